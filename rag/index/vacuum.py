"""``python -m rag.index.vacuum SHARD DIMENSION``: rewrites a closed Qdrant Edge shard without its deleted chunks.

It is a separate process because the engine holds the interpreter lock while it works. It builds no graph: exact search takes a few
milliseconds at 100,000 chunks, and building a graph takes two minutes. Exit codes: 0 when there was something to do, 3 when not.
"""

import signal
import sys
from collections.abc import Sequence

import qdrant_edge as engine

from rag.index.shard import config

NOTHING_TO_DO = 3
NO_GRAPH_BELOW_KB = 10**9
DELETED_PART = 0.2  # deleted share of a segment from which it is rewritten
FEWEST = 1000  # vectors in a segment from which that is worth it


def main(arguments: Sequence[str]) -> int:
    """Rewrites the shard; returns the exit code. Raises the errors of the engine."""
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # sent when the parent dies: the shard must become free for its successor
    shard = engine.EdgeShard.load(arguments[0], config(int(arguments[1]), _optimizers()))
    try:
        is_done = shard.optimize()
        shard.flush()
    finally:
        shard.close()
    return 0 if is_done else NOTHING_TO_DO


def _optimizers() -> engine.EdgeOptimizersConfig:
    return engine.EdgeOptimizersConfig(
        deleted_threshold=DELETED_PART, vacuum_min_vector_number=FEWEST, indexing_threshold=NO_GRAPH_BELOW_KB
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
