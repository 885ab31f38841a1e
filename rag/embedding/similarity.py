"""How alike two vectors are."""

from collections.abc import Sequence

import numpy as np


def cosine(left: Sequence[float], right: Sequence[float]) -> float:
    """Cosine similarity, -1 to 1; 0 when a vector is null."""
    return cosines([left], right)[0]


def cosines(vectors: Sequence[Sequence[float]], asked: Sequence[float]) -> list[float]:
    """Cosine similarity of each to one, -1 to 1; 0 where a vector is null."""
    if not vectors:
        return []
    found, one = np.asarray(vectors, dtype=np.float64), np.asarray(asked, dtype=np.float64)
    norms = np.linalg.norm(found, axis=1) * np.linalg.norm(one)
    similar: list[float] = np.clip(found @ one / np.where(norms, norms, np.inf), -1.0, 1.0).tolist()
    return similar
