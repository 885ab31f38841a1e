"""Reranking of search results: a port, its adapters, and a time budget."""

from core.settings import RerankSettings
from rag.retrieval.rerank.port import Reranker
from rag.retrieval.rerank.stage import Reranking

__all__ = ["Reranker", "Reranking", "build_reranking"]


def build_reranking(settings: RerankSettings) -> Reranking | None:
    """The reranking that the settings configure, not loaded yet; None by default."""
    if settings.url:
        from rag.retrieval.rerank.server import ServerReranker

        key = settings.api_key.get_secret_value() if settings.api_key else None
        return Reranking(ServerReranker(settings.url, settings.model, key), settings)
    if settings.model:
        from rag.retrieval.rerank.cross_encoder import CrossEncoderReranker

        return Reranking(CrossEncoderReranker(settings.model), settings)
    return None
