"""A cache of question vectors.

Questions repeat and a person waits for each. Document texts are not cached: they are embedded once and stored in the index, and tens
of thousands of their vectors would push everything else out of the cache.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import numpy as np

from core.cache import fingerprint

LATEST = 32  # vectors kept in this process
SAME_QUESTION_S = 10.0  # a vector that was computed less long ago was computed for this very question


class KeyValueCache(Protocol):
    """Values by key; an entry may disappear at any time."""

    async def get(self, key: str) -> Any | None:
        """The value, or None without one."""

    def put_later(self, key: str, value: Any) -> None:
        """Stores a value in the background."""


class QuestionVectorCache:
    """Caches vectors by model and text.

    Args:
        cache: where the vectors are stored.
        model: what identifies the model: its name, and the folder or address from which it comes.
    """

    def __init__(self, cache: KeyValueCache, *model: str) -> None:
        self._cache = cache
        self._model = model
        self._latest: dict[str, list[float]] = {}  # one question is embedded for several purposes in a row
        self._computed: dict[str, float] = {}  # key → when its vector was computed here, by the monotonic clock

    async def vectors(
        self,
        texts: list[str],
        prompt: str,
        dimension: int,
        embed: Callable[[list[str]], Awaitable[list[list[float]]]],
        on_known: Callable[[int], object] = lambda _: None,
    ) -> list[list[float]]:
        """One vector per text, in order: cached ones of this dimension, and new ones for the rest.

        Args:
            prompt: what goes in front of the texts; vectors behind different prompts differ.
            embed: makes the missing vectors.
            on_known: called with the number of vectors that an earlier question had left here.
        """
        keys = [fingerprint(*self._model, prompt, text) for text in texts]
        vectors = [self._latest.get(key) or _vector(await self._cache.get(key), dimension) for key in keys]
        missing = [place for place, vector in enumerate(vectors) if vector is None]
        on_known(sum(vector is not None and not self._is_of_now(keys[place]) for place, vector in enumerate(vectors)))
        new = await embed([texts[place] for place in missing]) if missing else []
        for place, vector in zip(missing, new, strict=True):
            vectors[place] = vector
            self._cache.put_later(keys[place], np.asarray(vector, dtype=np.float32).tobytes())
        self._note([keys[place] for place in missing])
        complete = [vector for vector in vectors if vector is not None]
        self._latest = dict([*self._latest.items(), *zip(keys, complete, strict=True)][-LATEST:])
        return complete

    def _is_of_now(self, key: str) -> bool:
        return time.monotonic() - self._computed.get(key, -SAME_QUESTION_S) < SAME_QUESTION_S

    def _note(self, keys: list[str]) -> None:
        """Remember that these were computed now."""
        self._computed = dict([*self._computed.items(), *((key, time.monotonic()) for key in keys)][-LATEST:])


def _vector(cached: object, dimension: int) -> list[float] | None:
    if not isinstance(cached, bytes) or not cached or len(cached) != 4 * dimension:
        return None
    return list(map(float, np.frombuffer(cached, dtype=np.float32)))
