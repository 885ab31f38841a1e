"""Parsed parts of documents, per version: what citations point into.

While a file is read, its parts lie in a drawer of their own (the version's number, negative): what answers point into stays whole until
all of it has been read, also when the same file is read again.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from core.access import SearchScope
from core.errors import NotFound
from db.documents import is_within
from db.models import Document, DocumentSection

COLUMNS = [column.key for column in DocumentSection.__table__.columns if column.key != "document_id"]


def drawer(version: int) -> int:
    """Where the parts of a version lie while its file is read."""
    return -version


async def put(session: AsyncSession, document_id: UUID, sections: Sequence[DocumentSection]) -> None:
    """Add sections of a document; those of the same version and number are overwritten."""
    if not sections:
        return
    rows = [{key: getattr(section, key) for key in COLUMNS} | {"document_id": document_id} for section in sections]
    statement = insert(DocumentSection).values(rows)
    changes = {key: statement.excluded[key] for key in COLUMNS if key not in ("version", "number")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["document_id", "version", "number"], set_=changes)
    )


async def drop(session: AsyncSession, document_id: UUID, version: int) -> None:
    """Remove the sections of a version, or what lies in a drawer."""
    is_its = (DocumentSection.document_id == document_id) & (DocumentSection.version == version)
    await session.execute(delete(DocumentSection).where(is_its))


async def take_out(session: AsyncSession, document_id: UUID, version: int) -> None:
    """Make what lies in a version's drawer its sections; nothing changes when the drawer is empty."""
    in_drawer = (DocumentSection.document_id == document_id) & (DocumentSection.version == drawer(version))
    if await session.scalar(select(DocumentSection.number).where(in_drawer).limit(1)) is not None:
        await drop(session, document_id, version)
        await session.execute(update(DocumentSection).where(in_drawer).values(version=version))


async def drop_unfinished(session: AsyncSession, document_id: UUID, present: int) -> None:
    """Remove what was read of versions that came to nothing: all drawers, and all that is later than the present version."""
    beyond = (DocumentSection.version < 0) | (DocumentSection.version > present)
    await session.execute(delete(DocumentSection).where(DocumentSection.document_id == document_id, beyond))


async def batch(
    session: AsyncSession, document_id: UUID, version: int, after: int, limit: int
) -> list[DocumentSection]:
    """Some sections in order, those behind number ``after``, without their words: for the worker, to be cut into chunks."""
    statement = (
        select(DocumentSection)
        .options(defer(DocumentSection.words, raiseload=True))
        .where(
            DocumentSection.document_id == document_id,
            DocumentSection.version == version,
            DocumentSection.number > after,
        )
        .order_by(DocumentSection.number)
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def get(
    session: AsyncSession, scope: SearchScope, document_id: UUID, number: int, version: int | None = None
) -> DocumentSection:
    """One section of a document that may be seen; of its present version, when none is given.

    Raises:
        NotFound: the document is outside the scope, or has no such section.
    """
    statement = (
        select(DocumentSection)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(DocumentSection.document_id == document_id, DocumentSection.number == number, is_within(scope))
        .where(DocumentSection.version == (Document.version if version is None else version))
    )
    section = (await session.scalars(statement)).one_or_none()
    if section is None:
        raise NotFound("There is no such section.")
    return section


async def count(session: AsyncSession, scope: SearchScope, document_id: UUID, version: int | None = None) -> int:
    """How many sections a version of a document has (None: the present one); 0 when it may not be seen."""
    statement = (
        select(func.count())
        .select_from(DocumentSection)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(DocumentSection.document_id == document_id, is_within(scope))
        .where(DocumentSection.version == (Document.version if version is None else version))
    )
    return await session.scalar(statement) or 0
