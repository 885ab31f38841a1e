"""Chunks: the truth behind the index."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import SearchScope
from core.errors import NotFound
from db.documents import is_within
from db.models import ChunkRow, Document

BATCH = 1000  # 10 columns a row; PostgreSQL takes 32,767 parameters a statement
COLUMNS = [column.key for column in ChunkRow.__table__.columns]


async def ids_of(session: AsyncSession, document_id: UUID) -> set[UUID]:
    """Ids of the chunks a document has now: those need no new embedding."""
    return set(await session.scalars(select(ChunkRow.id).where(ChunkRow.document_id == document_id)))


async def put(session: AsyncSession, chunks: Sequence[ChunkRow]) -> None:
    """Add chunks; ids are deterministic, so known ones are overwritten."""
    for start in range(0, len(chunks), BATCH):
        rows = [{key: getattr(chunk, key) for key in COLUMNS} for chunk in chunks[start : start + BATCH]]
        statement = insert(ChunkRow).values(rows)
        changes = {key: statement.excluded[key] for key in COLUMNS if key not in ("generation", "id", "document_id")}
        await session.execute(statement.on_conflict_do_update(index_elements=["generation", "id"], set_=changes))


async def keep_only(session: AsyncSession, document_id: UUID, chunk_ids: set[UUID]) -> list[UUID]:
    """Remove all other chunks of a document; returns their ids."""
    stale = list(await ids_of(session, document_id) - chunk_ids)
    for start in range(0, len(stale), BATCH):
        await session.execute(delete(ChunkRow).where(ChunkRow.id.in_(stale[start : start + BATCH])))
    return stale


async def replace(session: AsyncSession, document_id: UUID, chunks: Sequence[ChunkRow]) -> list[UUID]:
    """Make these the document's chunks.

    Returns:
        ids of the chunks that are no longer part of it, now gone from here.
    """
    await put(session, chunks)
    return await keep_only(session, document_id, {chunk.id for chunk in chunks})


async def of_document(session: AsyncSession, document_id: UUID) -> list[ChunkRow]:
    """All chunks of a document in reading order, whoever asks: for the worker."""
    statement = select(ChunkRow).where(ChunkRow.document_id == document_id).order_by(ChunkRow.index)
    return list(await session.scalars(statement))


async def get(session: AsyncSession, scope: SearchScope, chunk_id: UUID) -> ChunkRow:
    """A chunk of a document that may be seen.

    Raises:
        NotFound: outside the scope, or not there.
    """
    statement = (
        select(ChunkRow)
        .join(Document, Document.id == ChunkRow.document_id)
        .where(ChunkRow.id == chunk_id, is_within(scope))
    )
    chunk = (await session.scalars(statement)).one_or_none()
    if chunk is None:
        raise NotFound("There is no such passage.")
    return chunk


async def count(session: AsyncSession) -> int:
    """Chunks of every document: what the index should hold."""
    return await session.scalar(select(func.count()).select_from(ChunkRow)) or 0


async def batch(session: AsyncSession, after: UUID | None, limit: int) -> list[tuple[ChunkRow, Document]]:
    """Chunks of every document in the order of their ids, each with its document: for rebuilding the index."""
    statement = select(ChunkRow, Document).join(Document, Document.id == ChunkRow.document_id)
    if after is not None:
        statement = statement.where(ChunkRow.id > after)
    rows = (await session.execute(statement.order_by(ChunkRow.id).limit(limit))).all()
    return [(chunk, document) for chunk, document in rows]
