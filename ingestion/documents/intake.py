"""Writes the rows of an uploaded file: a new document, a new version, or none when the library has its bytes already."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal
from core.errors import Conflict
from db import documents, jobs, versions
from db.models import Document, IngestionJob


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the blob store."""

    mime_type: str
    size_bytes: int
    sha256: str
    blob_key: str


@dataclass(frozen=True, slots=True)
class Target:
    """The place of a new document. ``source`` is the folder that it is synchronised with, if any."""

    library_id: UUID
    title: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """The result of an upload.

    Attributes:
        job: the job that reads the file, or did.
        is_new: False when the library has the file already, so that the uploaded one is not needed.
        stopped: id of the job that was reading the previous file, which was stopped.
    """

    document: Document
    job: IngestionJob
    is_new: bool
    stopped: UUID | None = None


async def add(
    session: AsyncSession, principal: Principal, file: StoredFile, document_id: UUID, target: Target
) -> IntakeResult:
    """Add a new document, unless the library has one with these bytes.

    Raises:
        NotFound, NotPermitted, Conflict: see ``documents.create``.
    """
    document, is_new = await documents.create(
        session,
        principal,
        document_id=document_id,
        library_id=target.library_id,
        title=target.title,
        source=target.source,
        mime_type=file.mime_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        blob_key=file.blob_key,
    )
    return IntakeResult(document, await _job_of(session, document, principal), is_new)


async def replace(session: AsyncSession, principal: Principal, document_id: UUID, file: StoredFile) -> IntakeResult:
    """Add the next version of a document, unless it is the present one or is being read already.

    Raises:
        NotFound, NotPermitted: the principal may not see, or not change, the document.
        Conflict: another document of the library has these bytes.
    """
    document = await documents.get_for_change(session, principal, document_id)
    running = await jobs.open_for_document(session, document.id)
    newest = await versions.newest(session, document.id)
    assert newest is not None
    if newest.sha256 == file.sha256 and (running is None or running.version == newest.number):
        if newest.number == document.version:
            return IntakeResult(document, await _job_of(session, document, principal), is_new=False)
        return IntakeResult(document, running or await queue(session, document, newest.number, principal), is_new=False)
    await _require_unknown(session, document, file.sha256)
    stopped = running.id if running is not None and await jobs.stop(session, running.id) else None
    if document.sha256 == file.sha256:
        return IntakeResult(document, await _job_of(session, document, principal), is_new=False, stopped=stopped)
    version = await versions.add(
        session,
        document.id,
        uploaded_by=principal.user_id,
        mime_type=file.mime_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        blob_key=file.blob_key,
    )
    job = await queue(session, document, version.number, principal)
    return IntakeResult(document, job, is_new=True, stopped=stopped)


async def queue(session: AsyncSession, document: Document, version: int, principal: Principal) -> IngestionJob:
    """A new job of the principal's that reads a version, or the open one. A document that is ready stays ready meanwhile."""
    return await queue_for(session, document, version, principal.user_id)


async def queue_for(session: AsyncSession, document: Document, version: int, user_id: UUID | None) -> IngestionJob:
    """As :func:`queue`; it takes this person's turn."""
    if document.state == "failed":
        await documents.set_state(session, document.id, "pending")
        document.state, document.error = "pending", None
    return await jobs.create(session, document.id, version=version, user_id=user_id)


async def _job_of(session: AsyncSession, document: Document, principal: Principal) -> IngestionJob:
    """The job of a document's present file: the newest, or a new one when there is none or the document has failed."""
    latest = await jobs.latest_for_document(session, document.id)
    if latest is not None and document.state != "failed":
        return latest
    return await queue(session, document, document.version, principal)


async def _require_unknown(session: AsyncSession, document: Document, sha256: str) -> None:
    owner = (await versions.shas_within(session, document.library_id, [sha256])).get(sha256, document.id)
    if owner != document.id:
        other = await documents.find(session, owner)
        title = other.title if other is not None else "another document"
        raise Conflict(f"The library has the same content already, as “{title}”.")
