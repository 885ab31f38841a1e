"""Cosine similarity of vectors."""

from collections.abc import Sequence

import numpy as np


def cosine(left: Sequence[float], right: Sequence[float]) -> float:
    """Cosine similarity of two vectors, -1 to 1; 0 when one is null."""
    return cosines([left], right)[0]


def cosines(vectors: Sequence[Sequence[float]], reference: Sequence[float]) -> list[float]:
    """Cosine similarity of each vector to the reference, -1 to 1; 0 where one is null."""
    if not vectors:
        return []
    matrix, vector = np.asarray(vectors, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    norms = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
    similar: list[float] = np.clip(matrix @ vector / np.where(norms, norms, np.inf), -1.0, 1.0).tolist()
    return similar
