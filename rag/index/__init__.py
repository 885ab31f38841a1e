"""The search index: a port and its two adapters. Only this package imports Qdrant."""

from collections.abc import Callable
from pathlib import Path

from core.settings import QdrantSettings
from rag.index.fusion import Fusion
from rag.index.port import ChunkIndex, searched_text, with_chunks

RequireRoom = Callable[[], None]

__all__ = ["ChunkIndex", "Fusion", "build_index", "searched_text", "with_chunks"]


def build_index(
    settings: QdrantSettings, var_dir: Path, index_version: int = 1, *, require_room: RequireRoom = lambda: None
) -> ChunkIndex:
    """The configured index, not open yet. The clients are imported here because their import takes seconds.

    Args:
        index_version: number of the index version; each has a separate collection.
        require_room: raises StorageFull when this machine's disk has no room for what an index on it writes.
    """
    if not settings.url:
        from rag.index.edge import EdgeIndex

        name = settings.collection if index_version == 1 else f"{settings.collection}.{index_version}"
        return EdgeIndex(var_dir / "qdrant" / name, require_room=require_room)

    from qdrant_client import AsyncQdrantClient

    from rag.index.bm25 import Bm25Encoder
    from rag.index.server import ServerIndex

    api_key = settings.api_key.get_secret_value() if settings.api_key else None
    client = AsyncQdrantClient(url=settings.url, api_key=api_key, timeout=30, check_compatibility=False)
    return ServerIndex(client, settings, index_version, Bm25Encoder())
