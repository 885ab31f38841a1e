"""Dense embeddings: the interface of a model in this process (:mod:`rag.embedding.local`) and of a server (:mod:`rag.embedding.remote`).

Vectors are lists of floats of length ``dimension``; those of the local model are normalised. What a vector is for (:class:`Purpose`)
decides which prompt the model gets. Nothing heavy is imported before ``load()``.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from threading import Lock

import structlog
from langchain_core.embeddings import Embeddings

from core.errors import UpstreamUnavailable
from core.telemetry import spans
from rag.embedding.language_coverage import Languages, TokenSpan, language_coverage, latin_share
from rag.embedding.port import CPU_BATCH, BatchSize, rough_lengths
from rag.embedding.prompts import NO_PROMPTS, Purpose
from rag.embedding.question_cache import QuestionVectorCache
from rag.embedding.scale import AS_IT_IS, SimilarityScale
from rag.embedding.thread import EmbeddingThread, Priority

log = structlog.get_logger(__name__)

# of one caller: the next batch is already queued while the event loop takes the vectors of the last one
BATCHES_AHEAD = 2


class FootnoteEmbeddings(Embeddings):
    """LangChain's ``Embeddings`` with ``load()`` and ``close()``; every call waits for the load.

    Attributes:
        name: name of the model; vectors of different models must not be mixed in one collection.
        dimension: length of a vector; 0 until loaded.
        is_ready: True once loaded.
        prompts: what goes in front of texts; known once loaded.
        scale: puts the cosines of vectors on the common scale; known once loaded, or set before.
        question_cache: the vectors of earlier questions; None caches nothing.
    """

    name: str

    def __init__(self, batch: BatchSize = CPU_BATCH, languages: Languages = "auto") -> None:
        self.dimension = 0
        self.is_ready = False
        self.question_cache: QuestionVectorCache | None = None
        self.prompts = NO_PROMPTS
        self.scale = AS_IT_IS
        self._batch = batch
        self._languages = languages
        self._thread = EmbeddingThread()
        self._loading = Lock()

    @property
    def texts_per_batch(self) -> int:
        """Most texts that are embedded in one go."""
        return self._batch.texts

    @property
    def identity(self) -> tuple[object, ...]:
        """What its vectors depend on, as far as the settings say; those of equal identity are comparable."""
        return (self.name,)

    def load(self) -> None:
        """Loads the model; blocks for seconds the first time, then returns at once. Thread-safe.

        Raises:
            StartupFailed: there is no such model.
            UpstreamUnavailable: the embedding server does not answer.
        """
        with self._loading:
            if not self.is_ready:
                self.dimension = self._open()
                if self.scale is AS_IT_IS:
                    self.scale = self._measured_scale()
                self.is_ready = True
                log.info("embeddings.loaded", model=self.name, dimension=self.dimension)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per passage, in order. Blocks."""
        return self.embed(texts, Purpose.PASSAGE)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question. Blocks."""
        return self.embed([text], Purpose.QUERY)[0]

    def embed(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        """One vector per text, in order. Blocks."""
        self.load()
        return self._embed_in_batches(texts, purpose)

    def _embed_in_batches(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        vectors: list[list[float]] = [[] for _ in texts]
        for positions in self._batches(self._lengths(texts, purpose) if len(texts) > 1 else rough_lengths(texts)):
            batch = self._embed([texts[position] for position in positions], purpose)
            for position, vector in zip(positions, batch, strict=True):
                vectors[position] = vector
        return vectors

    def language_coverage(self, text: str) -> float:
        """How well the model knows the language of a text, 0 to 1; 1 where that is unknown."""
        if self._languages == "latin":
            return latin_share(text)
        if self._languages == "all":
            return 1.0
        tokens = self._tokens_of(text)
        if tokens is not None:
            return language_coverage(text, tokens)
        measured = self.scale.coverage(text)
        return 1.0 if measured is None else measured

    async def aembed_documents(
        self, texts: list[str], on_batch: Callable[[int], object] = lambda _: None
    ) -> list[list[float]]:
        """One vector per passage, in order, for background work: people's questions go between its batches.

        Args:
            on_batch: called after each batch with its number of vectors.
        """
        return await self._in_thread(texts, Purpose.PASSAGE, Priority.BACKGROUND, on_batch)

    async def aembed_now(self, texts: list[str], purpose: Purpose = Purpose.LIKENESS) -> list[list[float]]:
        """One vector per text, in order, for a person who waits; by default to compare the texts with each other."""
        return await self._in_thread(texts, purpose, Priority.PERSON)

    async def aembed_later(self, texts: list[str]) -> list[list[float]]:
        """As :meth:`aembed_now` to compare texts with each other, for background work."""
        return await self._in_thread(texts, Purpose.LIKENESS, Priority.BACKGROUND)

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question; it waits for at most one batch of background work."""
        return (await self.aembed_queries([text]))[0]

    async def aembed_queries(
        self, texts: list[str], on_known: Callable[[int], object] = lambda _: None
    ) -> list[list[float]]:
        """The vectors of questions, in order; those in ``question_cache`` are not computed again.

        Args:
            on_known: called with the number of those that an earlier question had left in the cache; not without a cache.
        """
        return await self._of_questions(texts, Purpose.QUERY, on_known)

    async def aembed_likeness(self, text: str) -> list[float]:
        """The vector of a question, to be compared with those of other questions; one in ``question_cache`` is not computed again."""
        return (await self._of_questions([text], Purpose.LIKENESS))[0]

    async def ping(self) -> None:
        """Raises UpstreamUnavailable when no vector can be made now."""
        if not self.is_ready:
            raise UpstreamUnavailable("The embedding model is not loaded.")

    def close(self) -> None:
        """Ends the thread and releases the model; the next use loads it again. Does not wait for a load in progress."""
        self._thread.close()
        if self._loading.acquire(blocking=False):
            self.is_ready = False
            self._release()
            self._loading.release()

    @abstractmethod
    def _open(self) -> int:
        """Loads the model or connects to the server; returns the dimension."""

    @abstractmethod
    def _embed(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        """Embeds one batch; one vector per text, in order."""

    @abstractmethod
    def _release(self) -> None:
        """Frees what ``_open`` took."""

    def _measured_scale(self) -> SimilarityScale:
        """The scale of the loaded model."""
        return AS_IT_IS

    def _lengths(self, texts: Sequence[str], purpose: Purpose) -> list[int]:  # noqa: ARG002
        """The approximate number of tokens of each text."""
        return rough_lengths(texts)

    def _tokens_of(self, text: str) -> list[TokenSpan] | None:  # noqa: ARG002  for subclasses with a tokenizer
        """The tokens of a text by the model's tokenizer; None without one."""
        return None

    def _batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """The positions of the texts of each batch: texts of similar length, because padding costs as much as text."""
        batches: list[list[int]] = []
        for position in sorted(range(len(lengths)), key=lengths.__getitem__):
            is_full = not batches or len(batches[-1]) == self._batch.texts
            if is_full or (len(batches[-1]) + 1) * lengths[position] > self._batch.tokens:
                batches.append([])
            batches[-1].append(position)
        return batches

    async def _of_questions(
        self, texts: list[str], purpose: Purpose, on_known: Callable[[int], object] = lambda _: None
    ) -> list[list[float]]:
        if self.question_cache is None or not self.is_ready:
            return await self.aembed_now(texts, purpose)
        embed = partial(self.aembed_now, purpose=purpose)
        return await self.question_cache.vectors(texts, self.prompts.of(purpose), self.dimension, embed, on_known)

    async def _in_thread(
        self,
        texts: list[str],
        purpose: Purpose,
        priority: Priority,
        on_batch: Callable[[int], object] = lambda _: None,
    ) -> list[list[float]]:
        with self._span(texts):
            return await self._batch_by_batch(texts, purpose, priority, on_batch)

    def _span(self, texts: Sequence[str]) -> AbstractContextManager[spans.Span]:
        about: spans.Attributes = {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.request.model": self.name,
            "footnote.texts": len(texts),
        }
        return spans.span(f"embeddings {self.name}", "client", about)

    async def _batch_by_batch(
        self, texts: list[str], purpose: Purpose, priority: Priority, on_batch: Callable[[int], object]
    ) -> list[list[float]]:
        vectors: list[list[float]] = [[] for _ in texts]
        ahead = asyncio.Semaphore(BATCHES_AHEAD)

        async def embed(positions: list[int]) -> None:
            batch = [texts[position] for position in positions]
            async with ahead:
                batch_vectors = await self._thread.run(lambda: self._embed_loaded(batch, purpose), priority)
            for position, vector in zip(positions, batch_vectors, strict=True):
                vectors[position] = vector
            on_batch(len(positions))

        if priority is Priority.PERSON or len(texts) <= 1:  # a person should not wait for the thread twice
            lengths = rough_lengths(texts)
        else:
            lengths = await self._thread.run(lambda: self._lengths_loaded(texts, purpose), priority)
        tasks = [asyncio.ensure_future(embed(positions)) for positions in self._batches(lengths)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return vectors

    def _lengths_loaded(self, texts: list[str], purpose: Purpose) -> list[int]:
        self.load()
        return self._lengths(texts, purpose)

    def _embed_loaded(self, batch: list[str], purpose: Purpose) -> list[list[float]]:
        self.load()
        return self._embed(batch, purpose)
