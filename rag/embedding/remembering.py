"""A cache of the vectors of questions.

Questions come again and somebody waits for each; the texts of documents are embedded once and kept in the index, and tens of
thousands of their vectors would push everything else out of a cache.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core.cache import fingerprint
from core.settings import EmbeddingSettings

if TYPE_CHECKING:
    from rag.embedding.embeddings import FootnoteEmbeddings


LATEST = 32  # vectors


class Memory(Protocol):
    """Values by key that may be gone at any moment."""

    async def get(self, key: str) -> Any | None:
        """The value, or None."""

    def put_later(self, key: str, value: Any) -> None:
        """Keep a value for a while; nobody waits for it."""


class QuestionMemory:
    """Vectors by model and text.

    Args:
        model: which one it is, exactly: its name, and the folder or address that it comes from.
    """

    def __init__(self, memory: Memory, *model: str) -> None:
        self._memory = memory
        self._model = model
        self._latest: dict[str, list[float]] = {}  # one question is embedded for several purposes, one after the other

    async def vectors(
        self, texts: list[str], dimension: int, embed: Callable[[list[str]], Awaitable[list[list[float]]]]
    ) -> list[list[float]]:
        """One vector per text, in order: remembered ones, if they are of this dimension, and the others made now."""
        keys = [fingerprint(*self._model, text) for text in texts]
        vectors = [self._latest.get(key) or _vector(await self._memory.get(key), dimension) for key in keys]
        missing = [place for place, vector in enumerate(vectors) if vector is None]
        made = await embed([texts[place] for place in missing]) if missing else []
        for place, vector in zip(missing, made, strict=True):
            vectors[place] = vector
            self._memory.put_later(keys[place], np.asarray(vector, dtype=np.float32).tobytes())
        found = [vector for vector in vectors if vector is not None]
        self._latest = dict([*self._latest.items(), *zip(keys, found, strict=True)][-LATEST:])
        return found


def remembering(
    build: Callable[[EmbeddingSettings], FootnoteEmbeddings], memory: Memory
) -> Callable[[EmbeddingSettings], FootnoteEmbeddings]:
    """Builds the same embeddings, which then remember questions."""

    def build_remembering(settings: EmbeddingSettings) -> FootnoteEmbeddings:
        embeddings = build(settings)
        embeddings.memory = QuestionMemory(memory, embeddings.name, settings.url or "", settings.model or "")
        return embeddings

    return build_remembering


def _vector(kept: object, dimension: int) -> list[float] | None:
    if not isinstance(kept, bytes) or not kept or len(kept) != 4 * dimension:
        return None
    return list(map(float, np.frombuffer(kept, dtype=np.float32)))
