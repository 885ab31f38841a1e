"""Builds the embeddings that the settings ask for: a model in this process, or one behind a server."""

from pathlib import Path

from core.settings import EmbeddingSettings
from rag.embedding.embeddings import FootnoteEmbeddings, LocalEmbeddings
from rag.embedding.remote import RemoteEmbeddings


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
