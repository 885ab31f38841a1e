"""Parsed parts of documents: what citations point into."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import SearchScope
from core.errors import NotFound
from db.documents import is_within
from db.models import Document, DocumentSection

COLUMNS = [column.key for column in DocumentSection.__table__.columns if column.key != "document_id"]


async def replace(session: AsyncSession, document_id: UUID, sections: Sequence[DocumentSection]) -> None:
    """Put these sections in the place of the document's present ones."""
    await session.execute(delete(DocumentSection).where(DocumentSection.document_id == document_id))
    for section in sections:
        section.document_id = document_id
    session.add_all(sections)
    await session.flush()


async def put(session: AsyncSession, document_id: UUID, sections: Sequence[DocumentSection]) -> None:
    """Add sections of a document; those of the same number are overwritten."""
    if not sections:
        return
    rows = [{key: getattr(section, key) for key in COLUMNS} | {"document_id": document_id} for section in sections]
    statement = insert(DocumentSection).values(rows)
    changes = {key: statement.excluded[key] for key in COLUMNS if key not in ("version", "number")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["document_id", "version", "number"], set_=changes)
    )


async def cut_after(session: AsyncSession, document_id: UUID, number: int) -> None:
    """Remove the sections of a document whose number is larger; 0 removes all."""
    beyond = DocumentSection.number > number
    await session.execute(delete(DocumentSection).where(DocumentSection.document_id == document_id, beyond))


async def get(session: AsyncSession, scope: SearchScope, document_id: UUID, number: int) -> DocumentSection:
    """One section of a document that may be seen.

    Raises:
        NotFound: the document is outside the scope, or has no such section.
    """
    statement = (
        select(DocumentSection)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(DocumentSection.document_id == document_id, DocumentSection.number == number, is_within(scope))
    )
    section = (await session.scalars(statement)).one_or_none()
    if section is None:
        raise NotFound("There is no such section.")
    return section


async def count(session: AsyncSession, scope: SearchScope, document_id: UUID) -> int:
    """How many sections a document has; 0 when it may not be seen."""
    statement = (
        select(func.count())
        .select_from(DocumentSection)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(DocumentSection.document_id == document_id, is_within(scope))
    )
    return await session.scalar(statement) or 0


async def texts(
    session: AsyncSession, scope: SearchScope, places: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int], str]:
    """The texts of many sections, named by document and number; those that may not be seen are left out."""
    wanted = {document_id for document_id, _ in places}
    statement = (
        select(DocumentSection.document_id, DocumentSection.number, DocumentSection.text)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(
            DocumentSection.document_id.in_(wanted),
            DocumentSection.number.in_({number for _, number in places}),
            is_within(scope),
        )
    )
    rows = (await session.execute(statement)).all()
    return {(document_id, number): text for document_id, number, text in rows if (document_id, number) in places}
