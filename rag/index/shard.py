"""The configuration of a Qdrant Edge shard, needed whenever it is created or loaded."""

import qdrant_edge as engine

from rag.index import port


def config(dimension: int, optimizers: engine.EdgeOptimizersConfig | None = None) -> engine.EdgeConfig:
    """Dense vectors of this length, and BM25 terms. ``optimizers`` is for the vacuum process; None keeps the defaults."""
    return engine.EdgeConfig(
        vectors={port.DENSE: engine.EdgeVectorParams(size=dimension, distance=engine.Distance.Cosine)},
        sparse_vectors={port.SPARSE: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf)},
        optimizers=optimizers,
    )
