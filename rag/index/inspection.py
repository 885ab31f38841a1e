"""``python -m rag.index.inspection SHARD DIMENSION``: can a closed Qdrant Edge shard be opened, and are its chunks what they should be?

It is a separate process because a damaged file can end the process that maps it. The points are read for ``SCAN_S`` at most; whether
some are missing is seen by comparing their number with the rows (``ingestion/indexing/rebuild.py``). Exit codes: 0 when sound, ``DAMAGED``
with the reason on standard output, ``IN_USE`` when another process has it open. ``DEATHS`` are the signals that damaged files end in; any
other code says nothing about the shard.
"""

import math
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import qdrant_edge as engine

from rag.index import port
from rag.index.shard import config

DAMAGED, IN_USE = 3, 4
DEATHS = tuple(-number for number in (signal.SIGBUS, signal.SIGSEGV, signal.SIGABRT, signal.SIGILL))
SCAN_S = 5.0
POINTS_PER_STEP = 500
LENGTH_TOLERANCE = 0.01  # the engine keeps vectors at length 1


def main(arguments: Sequence[str]) -> int:
    """Inspects the shard; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        shard = engine.EdgeShard.load(arguments[0], config(int(arguments[1])))
    except BaseException as error:  # the engine raises bare exceptions, and panics
        sys.stdout.write(str(error))
        return IN_USE if is_in_use(error) else DAMAGED
    try:
        reason = _fault_of(shard, int(arguments[1]))
    except BaseException as error:
        reason = str(error)
    if reason:
        sys.stdout.write(reason)
        return DAMAGED
    shard.close()
    return 0


def is_in_use(error: BaseException) -> bool:
    """True when the engine says that another process has the shard open."""
    return "WAL" in str(error) and "WouldBlock" in str(error)


def _fault_of(shard: Any, dimension: int) -> str | None:
    """Searches once each way and reads points for ``SCAN_S``; returns what is wrong."""
    total = shard.count(engine.CountRequest(exact=True))
    if not total:
        return None
    questions = (engine.Query.Nearest([0.5] * dimension, port.DENSE),)
    shard.query_batch(engine.QueryBatchRequest([engine.QueryRequest(query=one, limit=10) for one in questions]))
    until, offset = time.monotonic() + SCAN_S, None
    library: str | None = None
    while time.monotonic() < until:
        request = engine.ScrollRequest(offset=offset, limit=POINTS_PER_STEP, with_payload=True, with_vector=True)
        points, offset = shard.scroll(request)
        for point in points:
            if not _is_sound(point, dimension):
                return f"The point {point.id} has no valid vector or payload."
            library = library or point.payload["library_id"]
        if offset is None:
            break
    if library is None:
        return "The points cannot be read."
    filter_ = engine.Filter(must=[engine.FieldCondition("library_id", match=engine.MatchAny([library]))])
    if not shard.count(engine.CountRequest(filter=filter_, exact=True)):
        return "The index of libraries does not find them."
    return None


def _is_sound(point: Any, dimension: int) -> bool:
    try:
        UUID(point.payload["library_id"]), UUID(point.payload["document_id"])
    except (KeyError, TypeError, ValueError):
        return False
    vector = point.vector.get(port.DENSE) if isinstance(point.vector, dict) else None
    if vector is None or len(vector) != dimension:
        return False
    length = math.sqrt(sum(one * one for one in vector))
    return abs(length - 1) < LENGTH_TOLERANCE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
