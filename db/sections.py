"""Sections of documents, per version: the parsed parts that citations point into.

While a file is read, its sections are staged. The published sections stay unchanged until the whole file has been read, also when the
same file is read again.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from core.access import SearchScope
from core.errors import NotFound
from db.documents import is_within
from db.models import Document, DocumentSection

KEY = ["document_id", "version", "is_staged", "number"]
Place = tuple[UUID, int, int]  # document, number of the section, version
COLUMNS = [column.key for column in DocumentSection.__table__.columns if column.key not in ("document_id", "is_staged")]


class SectionText(NamedTuple):
    """The text at a place, with the title and the present version of its document."""

    title: str
    present_version: int
    text: str


async def put(
    session: AsyncSession, document_id: UUID, sections: Sequence[DocumentSection], *, is_staged: bool = False
) -> None:
    """Add sections of a document, staged or not; those of the same version and number are overwritten."""
    if not sections:
        return
    key = {"document_id": document_id, "is_staged": is_staged}
    rows = [{name: getattr(section, name) for name in COLUMNS} | key for section in sections]
    statement = insert(DocumentSection).values(rows)
    changes = {key: statement.excluded[key] for key in COLUMNS if key not in KEY}
    await session.execute(statement.on_conflict_do_update(index_elements=KEY, set_=changes))


async def drop(session: AsyncSession, document_id: UUID, version: int, *, is_staged: bool = False) -> None:
    """Remove the published or the staged sections of a version."""
    await session.execute(delete(DocumentSection).where(*_of_version(document_id, version, is_staged)))


async def publish(session: AsyncSession, document_id: UUID, version: int) -> None:
    """Replace the sections of a version by its staged ones; does nothing when none are staged."""
    staged = _of_version(document_id, version, is_staged=True)
    if await session.scalar(select(DocumentSection.number).where(*staged).limit(1)) is not None:
        await drop(session, document_id, version)
        await session.execute(update(DocumentSection).where(*staged).values(is_staged=False))


async def drop_unfinished(session: AsyncSession, document_id: UUID, present: int) -> None:
    """Remove sections of versions that were not completed: all staged ones, and all later than the present version."""
    beyond = DocumentSection.is_staged | (DocumentSection.version > present)
    await session.execute(delete(DocumentSection).where(DocumentSection.document_id == document_id, beyond))


def _of_version(document_id: UUID, version: int, is_staged: bool) -> tuple[ColumnElement[bool], ...]:
    return (
        DocumentSection.document_id == document_id,
        DocumentSection.version == version,
        DocumentSection.is_staged.is_(is_staged),
    )


async def batch(
    session: AsyncSession, document_id: UUID, version: int, after: int, limit: int, *, is_staged: bool = False
) -> list[DocumentSection]:
    """Up to ``limit`` sections with numbers above ``after``, in order, without their words: for the worker, for chunking."""
    statement = (
        select(DocumentSection)
        .options(defer(DocumentSection.words, raiseload=True))
        .where(*_of_version(document_id, version, is_staged), DocumentSection.number > after)
        .order_by(DocumentSection.number)
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def get(
    session: AsyncSession, scope: SearchScope, document_id: UUID, number: int, version: int | None = None
) -> DocumentSection:
    """One section of a document that may be seen; with ``version`` None, of the present version.

    Raises:
        NotFound: the document is outside the scope, or has no such section.
    """
    statement = (
        select(DocumentSection)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(DocumentSection.document_id == document_id, DocumentSection.number == number, is_within(scope))
        .where(
            DocumentSection.version == (Document.version if version is None else version), ~DocumentSection.is_staged
        )
    )
    section = (await session.scalars(statement)).one_or_none()
    if section is None:
        raise NotFound("There is no such section.")
    return section


async def texts(session: AsyncSession, scope: SearchScope, places: Collection[Place]) -> dict[Place, SectionText]:
    """The texts at these places of documents that may be seen, by place; a place that may not be seen is left out."""
    if not places:
        return {}
    key = (DocumentSection.document_id, DocumentSection.number, DocumentSection.version)
    statement = (
        select(*key, Document.title, Document.version, DocumentSection.text)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(tuple_(*key).in_(places), is_within(scope), ~DocumentSection.is_staged)
    )
    return {(row[0], row[1], row[2]): SectionText(*row[3:]) for row in await session.execute(statement)}


async def count(session: AsyncSession, scope: SearchScope, document_id: UUID, version: int | None = None) -> int:
    """The number of sections of a version of a document (None: the present one); 0 when it may not be seen."""
    statement = (
        select(func.count())
        .select_from(DocumentSection)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(DocumentSection.document_id == document_id, is_within(scope))
        .where(
            DocumentSection.version == (Document.version if version is None else version), ~DocumentSection.is_staged
        )
    )
    return await session.scalar(statement) or 0
