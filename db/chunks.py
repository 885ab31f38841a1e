"""Chunks per index version: the rows that the search index is built from.

A chunk is visible when its version is its document's present one: the chunks of a version that is still being read are stored
already, but nobody may see them.
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

BATCH = 1000  # 13 columns per row; PostgreSQL takes 32,767 parameters per statement
ROWS_PER_INSERT = (
    200  # SQLAlchemy writes the statement of so many rows in some 20 ms, in which the event loop stands still
)
COLUMNS = [column.key for column in ChunkRow.__table__.columns]
CHUNK_FIELDS = [name for name in COLUMNS if name not in ("id", "index_version")]  # also fields of ``rag.types.Chunk``


async def put(session: AsyncSession, chunks: Sequence[ChunkRow]) -> None:
    """Add chunks; ids are deterministic, so known ones are overwritten."""
    for start in range(0, len(chunks), ROWS_PER_INSERT):
        rows = [{key: getattr(chunk, key) for key in COLUMNS} for chunk in chunks[start : start + ROWS_PER_INSERT]]
        statement = insert(ChunkRow).values(rows)
        changes = {key: statement.excluded[key] for key in COLUMNS if key not in ("index_version", "id", "document_id")}
        await session.execute(statement.on_conflict_do_update(index_elements=["index_version", "id"], set_=changes))


async def keep_only(session: AsyncSession, index_version: int, document_id: UUID, chunk_ids: Collection[UUID]) -> None:
    """Remove all chunks of a document from an index version but these."""
    is_match = (ChunkRow.index_version == index_version) & (ChunkRow.document_id == document_id)
    stale = list(set(await session.scalars(select(ChunkRow.id).where(is_match))) - set(chunk_ids))
    for start in range(0, len(stale), BATCH):
        some = ChunkRow.id.in_(stale[start : start + BATCH])
        await session.execute(delete(ChunkRow).where(ChunkRow.index_version == index_version, some))


async def set_version(session: AsyncSession, index_version: int, document_id: UUID, version: int) -> None:
    """Set the version of all chunks of a document in an index version."""
    is_match = (ChunkRow.index_version == index_version) & (ChunkRow.document_id == document_id)
    statement = update(ChunkRow).where(is_match, ChunkRow.version != version)
    await session.execute(statement.values(version=version))


async def drop_later(session: AsyncSession, document_id: UUID, version: int) -> None:
    """Remove the chunks of later versions of a document, which were not completed; with version 0, all of them."""
    await session.execute(delete(ChunkRow).where(ChunkRow.document_id == document_id, ChunkRow.version > version))


async def of_document(session: AsyncSession, document_id: UUID, index_version: int) -> list[ChunkRow]:
    """All chunks of a document in reading order, without an access check: for the worker."""
    statement = select(ChunkRow).where(ChunkRow.document_id == document_id, ChunkRow.index_version == index_version)
    return list(await session.scalars(statement.order_by(ChunkRow.index)))


async def get(session: AsyncSession, scope: SearchScope, chunk_id: UUID) -> ChunkRow:
    """A chunk of a document that may be seen, from the live index version, else from the newest other one.

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


async def headings(
    session: AsyncSession, scope: SearchScope, chunk_ids: Collection[UUID]
) -> dict[UUID, tuple[str, ...]]:
    """The headings above those chunks that are there and may be seen, outermost first, in whatever index version."""
    if not chunk_ids:
        return {}
    statement = (
        select(ChunkRow.id, ChunkRow.path)
        .join(Document, Document.id == ChunkRow.document_id)
        .where(ChunkRow.id.in_(chunk_ids), is_within(scope))
    )
    return {chunk_id: tuple(path) for chunk_id, path in await session.execute(statement)}


async def visible(
    session: AsyncSession,
    scope: SearchScope,
    index_version: int,
    chunk_ids: Collection[UUID],
    *,
    is_held: bool = False,
) -> dict[UUID, dict[str, Any]]:
    """Those chunks of an index version that may be seen, as they are now: id → fields of ``rag.types.Chunk``.

    Args:
        is_held: lock their documents, so that none can be deleted before the transaction ends.
    """
    parameters = {"index_version": index_version, "chunk_ids": list(chunk_ids), **scope_bound(scope)}
    statement = _visible(is_narrowed=scope.document_ids is not None, is_held=is_held)
    rows = (await session.execute(statement, parameters)).mappings()
    return {row["chunk_id"]: dict(row) for row in rows}


async def around(
    session: AsyncSession, scope: SearchScope, index_version: int, chunk_ids: Collection[UUID], reach: int
) -> dict[UUID, tuple[int, str]]:
    """Those chunks that may be seen, widened by ``reach`` neighbours on each side, within their section.

    Returns:
        id → (start of the span in the section's text, text of the span).
    """
    parameters = {"index_version": index_version, "chunk_ids": list(chunk_ids), "reach": reach, **scope_bound(scope)}
    rows = (await session.execute(_around(is_narrowed=scope.document_ids is not None), parameters)).all()
    return {chunk_id: (start, text) for chunk_id, start, text in rows}


# Both run for every question. Building them takes SQLAlchemy longer than PostgreSQL takes to answer: they are cached.


@cache
def _visible(*, is_narrowed: bool, is_held: bool) -> Select[Any]:
    """Selects columns, not objects."""
    of_chunk = [getattr(ChunkRow, name) for name in CHUNK_FIELDS]
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
    is_match = (DocumentSection.document_id == ChunkRow.document_id) & (DocumentSection.number == ChunkRow.section)
    span = func.substr(DocumentSection.text, extent.c.start + 1, extent.c.end - extent.c.start)
    statement = _present(select(ChunkRow.id, extent.c.start, span), is_narrowed=is_narrowed)
    statement = statement.join(
        DocumentSection, is_match & (DocumentSection.version == ChunkRow.version) & ~DocumentSection.is_staged
    )
    return statement.join(extent, true())


def _present(statement: Select[Any], *, is_narrowed: bool) -> Select[Any]:
    """Restrict to the chunks ``:chunk_ids`` of ``:index_version`` that are of their document's present version and within a scope."""
    return statement.join(Document, Document.id == ChunkRow.document_id).where(
        ChunkRow.index_version == bindparam("index_version"),
        ChunkRow.id == any_(bindparam("chunk_ids", type_=ARRAY(Uuid()))),
        ChunkRow.version == Document.version,
        is_within_bound(is_narrowed=is_narrowed),
    )


async def count(session: AsyncSession, index_version: int) -> int:
    """The number of chunks that an index version should hold."""
    statement = select(func.count()).select_from(ChunkRow).where(ChunkRow.index_version == index_version)
    return await session.scalar(statement) or 0


async def batch(
    session: AsyncSession, index_version: int, after: UUID | None, limit: int
) -> list[tuple[ChunkRow, Document]]:
    """Up to ``limit`` chunks of all documents with ids above ``after``, by id, each with its document: for rebuilding the index."""
    statement = select(ChunkRow, Document).join(Document, Document.id == ChunkRow.document_id)
    statement = statement.where(ChunkRow.index_version == index_version)
    if after is not None:
        statement = statement.where(ChunkRow.id > after)
    rows = (await session.execute(statement.order_by(ChunkRow.id).limit(limit))).all()
    return [(chunk, document) for chunk, document in rows]


def fields(row: ChunkRow, document: Document) -> dict[str, Any]:
    """The fields of ``rag.types.Chunk`` from a row and its document."""
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
