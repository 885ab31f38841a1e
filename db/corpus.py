"""All documents and all chunks within a scope, for answers that look through everything."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, case, cast, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import SearchScope
from db.chunks import CHUNK_FIELDS
from db.documents import is_within
from db.models import ChunkRow, Document, DocumentSection, DocumentVersion, IngestionJob, Library


async def cards(session: AsyncSession, scope: SearchScope, *, unready: bool = False) -> list[dict[str, Any]]:
    """The fields of ``rag.corpus.DocumentCard`` of all documents, newest first.

    Args:
        unready: only those that are being read or could not be read.
    """
    is_open = IngestionJob.state.in_(("queued", "started"))  # a document has one such job at most
    statement = (
        select(
            Document.id.label("document_id"),
            Document.library_id,
            Library.name.label("library"),
            Document.title,
            Document.state,
            Document.version,
            Document.page_count.label("pages"),
            Document.chunk_count.label("chunks"),
            IngestionJob.percent,
            Document.created_at,
            Document.source,
        )
        .join(Library, Library.id == Document.library_id)
        .outerjoin(IngestionJob, (IngestionJob.document_id == Document.id) & is_open)
        .where(is_within(scope), Document.state != "ready" if unready else true())
        .order_by(Document.created_at.desc(), Document.id.desc())
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def titles(session: AsyncSession, scope: SearchScope, limit: int) -> list[tuple[UUID, str]]:
    """Id and title of the newest documents."""
    statement = select(Document.id, Document.title).where(is_within(scope))
    rows = await session.execute(statement.order_by(Document.created_at.desc(), Document.id.desc()).limit(limit))
    return [(row.id, row.title) for row in rows]


async def beginnings(session: AsyncSession, scope: SearchScope, index_version: int) -> list[dict[str, Any]]:
    """The fields of ``rag.corpus.DocumentBeginning`` of the documents of a narrow scope that have text."""
    is_present = (DocumentVersion.document_id == Document.id) & (DocumentVersion.number == Document.version)
    is_first = (ChunkRow.document_id == Document.id) & (ChunkRow.index_version == index_version) & (ChunkRow.index == 0)
    statement = (
        select(
            Document.id.label("document_id"),
            Document.title,
            func.coalesce(DocumentVersion.created_at, Document.created_at).label("added_at"),
            ChunkRow.text,
        )
        .join(ChunkRow, is_first & (ChunkRow.version == Document.version))
        .outerjoin(DocumentVersion, is_present)
        .where(is_within(scope))
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def earlier_sections(
    session: AsyncSession, scope: SearchScope, document_id: UUID, limit: int
) -> list[dict[str, Any]]:
    """The sections of the last earlier version of a document that is kept, in order, as fields of ``rag.types.Chunk``."""
    earlier = (
        select(func.max(DocumentSection.version))
        .where(DocumentSection.document_id == Document.id, DocumentSection.version < Document.version)
        .where(~DocumentSection.is_staged)
        .correlate(Document)
        .scalar_subquery()
    )
    statement = (
        select(
            DocumentSection.document_id,
            Document.library_id,
            Document.title,
            DocumentSection.version,
            DocumentSection.number.label("section"),
            DocumentSection.page,
            DocumentSection.path,
            DocumentSection.text,
        )
        .join(Document, Document.id == DocumentSection.document_id)
        .where(DocumentSection.document_id == document_id, is_within(scope))
        .where(DocumentSection.version == earlier, ~DocumentSection.is_staged)
        .order_by(DocumentSection.number)
        .limit(limit)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def holding(
    session: AsyncSession, scope: SearchScope, index_version: int, words: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """Visible chunks that hold some of the words, those with the most and longest first, as fields of ``rag.types.Chunk``.

    Every chunk of the scope is looked at: it is for when the search index does not answer.

    Args:
        words: at least one, of letters and digits only.
    """
    searched = func.concat(cast(ChunkRow.path, Text), " ", ChunkRow.text)
    holds = [searched.ilike(f"%{word}%") for word in words]
    weight = sum((case((one, len(word)), else_=0) for one, word in zip(holds, words, strict=True)), literal(0))
    statement = _visible(scope, index_version).where(or_(*holds)).order_by(weight.desc(), ChunkRow.id).limit(limit)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


def _visible(scope: SearchScope, index_version: int) -> Select[Any]:
    of_chunk = [getattr(ChunkRow, name) for name in CHUNK_FIELDS]
    return (
        select(ChunkRow.id.label("chunk_id"), Document.library_id, Document.title, *of_chunk)
        .join(Document, Document.id == ChunkRow.document_id)
        .where(ChunkRow.index_version == index_version, ChunkRow.version == Document.version, is_within(scope))
    )


async def chunks(
    session: AsyncSession, scope: SearchScope, index_version: int, document_ids: Collection[UUID]
) -> list[dict[str, Any]]:
    """All visible chunks of some documents in reading order, by title, as fields of ``rag.types.Chunk``."""
    statement = _visible(scope, index_version).where(ChunkRow.document_id.in_(document_ids))
    statement = statement.order_by(Document.title, ChunkRow.document_id, ChunkRow.index)
    return [dict(row) for row in (await session.execute(statement)).mappings()]
