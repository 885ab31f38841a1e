"""A reranker behind ``POST /rerank``, in the request format of Text Embeddings Inference, or of Jina, Cohere and vLLM."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from core.errors import UpstreamUnavailable

BATCH = 32  # texts per request: the default limit of TEI
LONGEST_S = 60.0


class ServerReranker:
    """:class:`~rag.retrieval.rerank.port.Reranker` over HTTP.

    Args:
        url: base URL; ``/rerank`` is appended unless it is there.
        model: name of the model on the server, required by Jina's and Cohere's API; None for TEI.
    """

    def __init__(self, url: str, model: str | None, api_key: str | None) -> None:
        self.name = model or "rerank server"
        self._url = url if url.rstrip("/").endswith("/rerank") else f"{url.rstrip('/')}/rerank"
        self._model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client: httpx.AsyncClient | None = None

    async def load(self) -> None:
        """Does nothing: there is no model to load, and while a server is still starting, searches go without reranking."""

    async def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """See :class:`~rag.retrieval.rerank.port.Reranker`."""
        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        results = await asyncio.gather(*(self._batch(question, batch) for batch in batches))
        return [score for scores in results for score in scores]

    async def close(self) -> None:
        """See :class:`~rag.retrieval.rerank.port.Reranker`."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _batch(self, question: str, texts: Sequence[str]) -> list[float]:
        self._client = self._client or httpx.AsyncClient(headers=self._headers, timeout=LONGEST_S)
        try:
            response = await self._client.post(self._url, json=self._request_body(question, texts))
            response.raise_for_status()
            return scores_in(response.json(), len(texts))
        except httpx.HTTPError as error:
            raise UpstreamUnavailable("The rerank server does not answer.") from error
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise UpstreamUnavailable("The rerank server's answer cannot be read.") from error

    def _request_body(self, question: str, texts: Sequence[str]) -> dict[str, Any]:
        if self._model is None:
            return {"query": question, "texts": list(texts), "truncate": True}
        return {"query": question, "documents": list(texts), "model": self._model, "top_n": len(texts)}


def scores_in(answer: Any, count: int) -> list[float]:
    """The scores of an answer, in the order of the texts.

    TEI answers ``[{"index", "score"}, …]``; Jina, Cohere and vLLM answer ``{"results": [{"index", "relevance_score"}, …]}``.

    Raises:
        ValueError, TypeError, KeyError, IndexError: the answer has neither format, or a text has no score.
    """
    ranked = answer["results"] if isinstance(answer, dict) else answer
    by_index = {int(one["index"]): float(one["score"] if "score" in one else one["relevance_score"]) for one in ranked}
    return [by_index[number] for number in range(count)]
