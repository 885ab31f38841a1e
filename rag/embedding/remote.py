"""Dense embeddings of an OpenAI-style ``/v1/embeddings`` server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from core.errors import UpstreamUnavailable
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.language_coverage import Languages

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

TIMEOUT_S = 60.0  # of a batch in the background
PATIENCE_S = 15.0  # of a person


class RemoteEmbeddings(FootnoteEmbeddings):
    """The server's model (TEI, vLLM, OpenAI, Azure)."""

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
            "timeout": TIMEOUT_S,
        }
        self._client = OpenAIEmbeddings(**options)
        return len(self._embed(["dimension"])[0])

    async def ping(self) -> None:
        """See :class:`FootnoteEmbeddings`. It makes a vector."""
        await super().ping()
        await self._embed_soon(["ready"])

    async def aembed_now(self, texts: list[str]) -> list[list[float]]:
        """See :class:`FootnoteEmbeddings`. Not in the thread, where a batch may be waiting for a server that is frozen."""
        return await (self._embed_soon(texts) if self.is_ready else super().aembed_now(texts))

    async def _embed_soon(self, texts: list[str]) -> list[list[float]]:
        assert self._client is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._client.aembed_documents(texts)
        except TimeoutError as error:
            raise UpstreamUnavailable("The embedding server does not answer. Please try again in a moment.") from error
        except Exception as error:
            raise UpstreamUnavailable("The embedding server does not answer as it should.") from error

    def _release(self) -> None:
        self._client = None

    def _embed(self, texts: list[str]) -> list[list[float]]:
        assert self._client is not None
        try:
            return self._client.embed_documents(texts)
        except Exception as error:
            raise UpstreamUnavailable("The embedding server does not answer as it should.") from error
