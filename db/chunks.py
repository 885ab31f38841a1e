"""Chunks, the truth behind the search index, per index version.

A chunk is shown when its version is its document's: those of a version that is still being read are there already, and are no one's to see.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import SearchScope
from core.errors import NotFound
from db.documents import is_within, is_within_bound, scope_bound
from db.models import ChunkRow, Document, DocumentSection, IndexVersionRow

BATCH = 1000  # 15 columns a row; PostgreSQL takes 32,767 parameters a statement
COLUMNS = [column.key for column in ChunkRow.__table__.columns]
SHOWN = [name for name in COLUMNS if name not in ("id", "index_version")]  # as fields of ``rag.types.Chunk``


async def put(session: AsyncSession, chunks: Sequence[ChunkRow]) -> None:
    """Add chunks; ids are deterministic, so known ones are overwritten."""
    for start in range(0, len(chunks), BATCH):
        rows = [{key: getattr(chunk, key) for key in COLUMNS} for chunk in chunks[start : start + BATCH]]
        statement = insert(ChunkRow).values(rows)
        changes = {key: statement.excluded[key] for key in COLUMNS if key not in ("index_version", "id", "document_id")}
        await session.execute(statement.on_conflict_do_update(index_elements=["index_version", "id"], set_=changes))


async def keep_only(session: AsyncSession, index_version: int, document_id: UUID, chunk_ids: Collection[UUID]) -> None:
    """Remove all other chunks of a document from an index version."""
    is_its = (ChunkRow.index_version == index_version) & (ChunkRow.document_id == document_id)
    stale = list(set(await session.scalars(select(ChunkRow.id).where(is_its))) - set(chunk_ids))
    for start in range(0, len(stale), BATCH):
        some = ChunkRow.id.in_(stale[start : start + BATCH])
        await session.execute(delete(ChunkRow).where(ChunkRow.index_version == index_version, some))


async def set_version(session: AsyncSession, index_version: int, document_id: UUID, version: int) -> None:
    """Let all chunks of a document in an index version be of this version."""
    is_its = (ChunkRow.index_version == index_version) & (ChunkRow.document_id == document_id)
    statement = update(ChunkRow).where(is_its, ChunkRow.version != version)
    await session.execute(statement.values(version=version))


async def drop_later(session: AsyncSession, document_id: UUID, version: int) -> None:
    """Remove the chunks of later versions of a document, which came to nothing; with version 0, all of them."""
    await session.execute(delete(ChunkRow).where(ChunkRow.document_id == document_id, ChunkRow.version > version))


async def of_document(session: AsyncSession, document_id: UUID, index_version: int) -> list[ChunkRow]:
    """All chunks of a document in reading order, whoever asks: for the worker."""
    statement = select(ChunkRow).where(ChunkRow.document_id == document_id, ChunkRow.index_version == index_version)
    return list(await session.scalars(statement.order_by(ChunkRow.index)))


async def get(session: AsyncSession, scope: SearchScope, chunk_id: UUID) -> ChunkRow:
    """A chunk of a document that may be seen, as the live index version has it; else as another one has or had it.

    Raises:
        NotFound: outside the scope, or not there.
    """
    statement = (
        select(ChunkRow)
        .join(Document, Document.id == ChunkRow.document_id)
        .join(IndexVersionRow, IndexVersionRow.number == ChunkRow.index_version)
        .where(ChunkRow.id == chunk_id, ChunkRow.version == Document.version, is_within(scope))
        .order_by((IndexVersionRow.state == "live").desc(), ChunkRow.index_version.desc())
        .limit(1)
    )
    chunk = (await session.scalars(statement)).one_or_none()
    if chunk is None:
        raise NotFound("There is no such passage.")
    return chunk


async def shown(
    session: AsyncSession,
    scope: SearchScope,
    index_version: int,
    chunk_ids: Collection[UUID],
    *,
    is_held: bool = False,
) -> dict[UUID, dict[str, Any]]:
    """Those of the chunks found in an index version that may be seen, as they are now: fields of ``rag.types.Chunk`` by id.

    Args:
        is_held: none of their documents can be deleted before the transaction ends.
    """
    asked = {"index_version": index_version, "chunk_ids": list(chunk_ids), **scope_bound(scope)}
    statement = _shown(is_narrowed=scope.document_ids is not None, is_held=is_held)
    rows = (await session.execute(statement, asked)).mappings()
    return {row["chunk_id"]: dict(row) for row in rows}


async def around(
    session: AsyncSession, scope: SearchScope, index_version: int, chunk_ids: Collection[UUID], reach: int
) -> dict[UUID, tuple[int, str]]:
    """Those of the chunks that may be seen, with so many neighbours to each side, as far as their section goes.

    Returns:
        id → where the run begins in the section's text, and the run.
    """
    asked = {"index_version": index_version, "chunk_ids": list(chunk_ids), "reach": reach, **scope_bound(scope)}
    rows = (await session.execute(_around(is_narrowed=scope.document_ids is not None), asked)).all()
    return {chunk_id: (start, text) for chunk_id, start, text in rows}


# Both are asked for every question, and SQLAlchemy takes longer to put them together than PostgreSQL to answer: that is done once.


@cache
def _shown(*, is_narrowed: bool, is_held: bool) -> Select[Any]:
    """Columns, not objects."""
    of_chunk = [getattr(ChunkRow, name) for name in SHOWN]
    statement = select(ChunkRow.id.label("chunk_id"), Document.library_id, Document.title, *of_chunk)
    statement = _present(statement, is_narrowed=is_narrowed)
    return statement.with_for_update(read=True, key_share=True, of=Document) if is_held else statement


@cache
def _around(*, is_narrowed: bool) -> Select[Any]:
    near = aliased(ChunkRow)
    extent = (
        select(func.min(near.char_start).label("start"), func.max(near.char_end).label("end"))
        .where(
            near.index_version == ChunkRow.index_version,
            near.document_id == ChunkRow.document_id,
            near.index.between(ChunkRow.index - bindparam("reach"), ChunkRow.index + bindparam("reach")),
            near.section == ChunkRow.section,
            near.version == ChunkRow.version,
        )
        .lateral()
    )
    is_its = (DocumentSection.document_id == ChunkRow.document_id) & (DocumentSection.number == ChunkRow.section)
    run = func.substr(DocumentSection.text, extent.c.start + 1, extent.c.end - extent.c.start)
    statement = _present(select(ChunkRow.id, extent.c.start, run), is_narrowed=is_narrowed)
    statement = statement.join(DocumentSection, is_its & (DocumentSection.version == ChunkRow.version))
    return statement.join(extent, true())


def _present(statement: Select[Any], *, is_narrowed: bool) -> Select[Any]:
    """Of the chunks ``:chunk_ids`` of a ``:index_version``, those of their document's present version within a scope."""
    return statement.join(Document, Document.id == ChunkRow.document_id).where(
        ChunkRow.index_version == bindparam("index_version"),
        ChunkRow.id == any_(bindparam("chunk_ids", type_=ARRAY(Uuid()))),
        ChunkRow.version == Document.version,
        is_within_bound(is_narrowed=is_narrowed),
    )


async def count(session: AsyncSession, index_version: int) -> int:
    """Chunks of every document: what an index version should hold."""
    statement = select(func.count()).select_from(ChunkRow).where(ChunkRow.index_version == index_version)
    return await session.scalar(statement) or 0


async def batch(
    session: AsyncSession, index_version: int, after: UUID | None, limit: int
) -> list[tuple[ChunkRow, Document]]:
    """Chunks of every document in the order of their ids, each with its document: for rebuilding the index."""
    statement = select(ChunkRow, Document).join(Document, Document.id == ChunkRow.document_id)
    statement = statement.where(ChunkRow.index_version == index_version)
    if after is not None:
        statement = statement.where(ChunkRow.id > after)
    rows = (await session.execute(statement.order_by(ChunkRow.id).limit(limit))).all()
    return [(chunk, document) for chunk, document in rows]


def fields(row: ChunkRow, document: Document) -> dict[str, Any]:
    """A row and its document as the fields of ``rag.types.Chunk``."""
    return {
        "chunk_id": row.id,
        "document_id": row.document_id,
        "library_id": document.library_id,
        "title": document.title,
        "index": row.index,
        "text": row.text,
        "section": row.section,
        "page": row.page,
        "path": tuple(row.path),
        "char_start": row.char_start,
        "char_end": row.char_end,
        "content_hash": row.content_hash,
        "version": row.version,
        "locator": row.locator,
    }
