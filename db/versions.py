"""Versions of documents: earlier, present and coming files. The present one is repeated in ``documents``."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import SearchScope
from core.errors import NotFound
from db.base import now
from db.documents import is_within
from db.models import AnswerSource, Document, DocumentSection, DocumentVersion

COPIED = ("mime_type", "size_bytes", "sha256", "blob_key", "page_count")


async def add(
    session: AsyncSession,
    document_id: UUID,
    *,
    uploaded_by: UUID | None,
    mime_type: str,
    size_bytes: int,
    sha256: str,
    blob_key: str,
) -> DocumentVersion:
    """Store the next version of a document. It is answered from only after :func:`make_present`.

    The caller has locked the document's row.
    """
    last = await session.scalar(
        select(func.max(DocumentVersion.number)).where(DocumentVersion.document_id == document_id)
    )
    version = DocumentVersion(
        document_id=document_id,
        number=(last or 0) + 1,
        uploaded_by=uploaded_by,
        mime_type=mime_type,
        size_bytes=size_bytes,
        sha256=sha256,
        blob_key=blob_key,
        created_at=now(),
    )
    session.add(version)
    await session.flush()
    return version


async def find(session: AsyncSession, document_id: UUID, number: int) -> DocumentVersion | None:
    """A version, without an access check: for the worker, never for a request."""
    return await session.get(DocumentVersion, (document_id, number))


async def newest(session: AsyncSession, document_id: UUID) -> DocumentVersion | None:
    """The last uploaded version, read or not. The caller has checked access to the document."""
    statement = select(DocumentVersion).where(DocumentVersion.document_id == document_id)
    return (await session.scalars(statement.order_by(DocumentVersion.number.desc()).limit(1))).one_or_none()


async def of_source(session: AsyncSession, library_id: UUID, source: str) -> list[tuple[Document, DocumentVersion]]:
    """The documents of a library that are synchronised with a folder, by title, each with its last uploaded version.

    The caller has checked access to the library.
    """
    last = (
        select(DocumentVersion.document_id, func.max(DocumentVersion.number).label("number"))
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.library_id == library_id, Document.source == source)
        .group_by(DocumentVersion.document_id)
        .subquery()
    )
    statement = (
        select(Document, DocumentVersion)
        .join(last, last.c.document_id == Document.id)
        .join(
            DocumentVersion,
            (DocumentVersion.document_id == last.c.document_id) & (DocumentVersion.number == last.c.number),
        )
        .order_by(Document.title)
    )
    return [(document, version) for document, version in (await session.execute(statement)).all()]


async def get(session: AsyncSession, scope: SearchScope, document_id: UUID, number: int) -> DocumentVersion:
    """A version of a document that may be seen.

    Raises:
        NotFound: the document is outside the scope, or has no such version (any more).
    """
    statement = (
        select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.document_id == document_id, DocumentVersion.number == number, is_within(scope))
    )
    version = (await session.scalars(statement)).one_or_none()
    if version is None:
        raise NotFound("There is no such version.")
    return version


async def of_document(session: AsyncSession, scope: SearchScope, document_id: UUID) -> list[DocumentVersion]:
    """The stored versions of a document, newest first; none when it may not be seen."""
    statement = (
        select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.document_id == document_id, is_within(scope))
        .order_by(DocumentVersion.number.desc())
    )
    return list(await session.scalars(statement))


async def make_present(session: AsyncSession, version: DocumentVersion, page_count: int | None) -> None:
    """Make this version the document's present one."""
    version.page_count = page_count
    await session.flush()
    values = {name: getattr(version, name) for name in COPIED} | {"version": version.number}
    await session.execute(update(Document).where(Document.id == version.document_id).values(values))


async def remove_uncited(session: AsyncSession, document_id: UUID, present: int) -> list[DocumentVersion]:
    """Delete earlier versions that no answer cites, with their sections; returns the deleted rows, so that their files can be deleted.

    Of a library under a legal hold, all versions stay.
    """
    is_cited = (
        select(AnswerSource.number)
        .where(AnswerSource.document_id == document_id, AnswerSource.version == DocumentVersion.number)
        .exists()
    )
    library_id = select(Document.library_id).where(Document.id == document_id).scalar_subquery()
    is_held = func.is_held_library(library_id)
    statement = (
        delete(DocumentVersion)
        .where(DocumentVersion.document_id == document_id, DocumentVersion.number < present, ~is_cited, ~is_held)
        .returning(DocumentVersion)
    )
    removed = list(await session.scalars(statement))
    numbers = [version.number for version in removed]
    await session.execute(
        delete(DocumentSection).where(DocumentSection.document_id == document_id, DocumentSection.version.in_(numbers))
    )
    return removed


async def shas_within(session: AsyncSession, library_id: UUID, shas: Sequence[str]) -> dict[str, UUID]:
    """Those of these hashes that a library has: hash → document id. The caller has checked access to the library."""
    statement = select(Document.sha256, Document.id).where(Document.library_id == library_id, Document.sha256.in_(shas))
    return {row.sha256: row.id for row in await session.execute(statement)}


async def stored(session: AsyncSession, document_ids: Collection[UUID]) -> list[tuple[UUID, int, str]]:
    """Document id, number and blob key of every stored version of these documents: for the worker, never for a request."""
    of_documents = select(Document.id, Document.version, Document.blob_key).where(Document.id.in_(document_ids))
    columns = (DocumentVersion.document_id, DocumentVersion.number, DocumentVersion.blob_key)
    of_versions = select(*columns).where(DocumentVersion.document_id.in_(document_ids))
    return [(row[0], row[1], row[2]) for row in await session.execute(of_versions.union(of_documents))]
