"""The text around retrieved chunks, from PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from core.access import SearchScope
from db import chunks
from db.session import Database
from rag.retrieval.expand import Excerpt


async def around(
    database: Database, scope: SearchScope, index_version: int, chunk_ids: Sequence[UUID], reach: int
) -> dict[UUID, Excerpt]:
    """The excerpt of its section around each chunk, ``reach`` chunks to each side; only for chunks that the scope allows."""
    async with database.autocommit() as session:
        excerpts = await chunks.around(session, scope, index_version, chunk_ids, reach)
    return {chunk_id: Excerpt(start=start, text=text) for chunk_id, (start, text) in excerpts.items()}
