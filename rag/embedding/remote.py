"""Dense embeddings from an OpenAI-style ``/v1/embeddings`` server (TEI, vLLM, OpenAI, Azure, Jina, Voyage, Cohere …)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from core.errors import UpstreamUnavailable
from core.settings import EmbeddingSettings
from rag.embedding.calibration import kept
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.port import BatchSize
from rag.embedding.prompts import NO_PROMPTS, Purpose, chosen_prompts
from rag.embedding.recipe import USUAL_SERVED, identity_of, text_types
from rag.embedding.scale import SimilarityScale
from rag.embedding.server import SILENT, EmbeddingServer
from rag.models.breaker import Breaker

log = structlog.get_logger(__name__)

TIMEOUT_S = 60.0  # for a batch in the background
PATIENCE_S = 15.0  # when a person waits
PEOPLE_AT_ONCE = 16  # requests for people who wait
BATCH = BatchSize(32, 16_384)  # what TEI takes in one request by default


class RemoteEmbeddings(FootnoteEmbeddings):
    """Embeddings from the model of a server. It owns the connections, and closes them."""

    def __init__(self, settings: EmbeddingSettings, cache_dir: Path | None = None) -> None:
        super().__init__(BatchSize(settings.batch_size or BATCH.texts, BATCH.tokens), settings.languages)
        assert settings.url is not None
        self.name = settings.model or USUAL_SERVED
        self._settings = settings
        self._cache_dir = settings.cache_dir or cache_dir
        self._types = text_types(settings)
        has_prompts = settings.query_prompt is not None or settings.passage_prompt is not None
        if self._types is None or has_prompts:
            usual = None if self._types is None else NO_PROMPTS
            self.prompts = chosen_prompts(self.name, settings.query_prompt, settings.passage_prompt, usual)
        self._server = EmbeddingServer(settings)
        self._people = ThreadPoolExecutor(PEOPLE_AT_ONCE, thread_name_prefix="embedding-server")

    @property
    def identity(self) -> tuple[object, ...]:
        """See :class:`FootnoteEmbeddings`."""
        return identity_of(self.name, self._settings)

    @property
    def breaker(self) -> Breaker:
        """The circuit breaker of its server."""
        return self._server.breaker

    def _open(self) -> int:
        return len(self._embed(["dimension"], Purpose.PASSAGE)[0])

    def _measured_scale(self) -> SimilarityScale:
        made_by = (self.name, self._settings.url, self.prompts, self._types, self._settings.dimensions)
        return kept(self._cache_dir, made_by, self._embed_in_batches)

    async def ping(self) -> None:
        """See :class:`FootnoteEmbeddings`. It makes one vector."""
        await super().ping()
        await self._embed_soon(["ready"], Purpose.QUERY)

    async def aembed_now(self, texts: list[str], purpose: Purpose = Purpose.LIKENESS) -> list[list[float]]:
        """See :class:`FootnoteEmbeddings`. It does not use the thread, where a batch may be waiting for a frozen server."""
        if not self.is_ready:
            return await super().aembed_now(texts, purpose)
        batches = [texts[start : start + self._batch.texts] for start in range(0, len(texts), self._batch.texts)]
        made = await asyncio.gather(*(self._embed_soon(batch, purpose) for batch in batches))
        return [vector for vectors in made for vector in vectors]

    async def _embed_soon(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        ask = partial(self._asked, texts, purpose, PATIENCE_S)
        try:
            with self._span(texts):
                async with asyncio.timeout(PATIENCE_S):
                    return await asyncio.get_running_loop().run_in_executor(self._people, ask)
        except TimeoutError as error:
            raise UpstreamUnavailable(SILENT) from error

    def _embed(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        return self._asked(texts, purpose, TIMEOUT_S)

    def _asked(self, texts: list[str], purpose: Purpose, timeout_s: float) -> list[list[float]]:
        prompt = self.prompts.of(purpose)
        request: dict[str, Any] = {"model": self.name, "input": [prompt + text for text in texts]}
        if self._settings.dimensions:
            request["dimensions"] = self._settings.dimensions
        return self._server.vectors(request | (self._types.of(purpose) if self._types else {}), timeout_s)

    def _release(self) -> None:
        self._server.close()
        self._people.shutdown(wait=False, cancel_futures=True)
        self._server = EmbeddingServer(self._settings)
        self._people = ThreadPoolExecutor(PEOPLE_AT_ONCE, thread_name_prefix="embedding-server")
