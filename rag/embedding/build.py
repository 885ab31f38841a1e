"""Builds the configured embeddings: a model in this process, or a server."""

from pathlib import Path

from core.settings import EmbeddingSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.local import LocalEmbeddings
from rag.embedding.remote import RemoteEmbeddings


def build_embeddings(settings: EmbeddingSettings, cache_dir: Path | None = None) -> FootnoteEmbeddings:
    """The configured embeddings, not loaded yet.

    Args:
        cache_dir: folder for converted models, unless the settings name one.
    """
    if settings.url:
        return RemoteEmbeddings(settings, cache_dir)
    return LocalEmbeddings(settings, cache_dir)
