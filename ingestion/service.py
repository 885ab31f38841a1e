"""Everything a person may do with documents: bring, follow, look at, delete. Rules and rows here; the work is done by workers."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from uuid import UUID, uuid4

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_write, scope_of
from core.errors import Conflict, NotFound
from core.settings import Settings
from db import chunks, documents, jobs, sections
from db.library_order import Wanted
from db.models import Document, IngestionJob
from db.session import Database
from ingestion import highlights
from ingestion.blobs import BlobStore
from ingestion.incoming import Incoming
from ingestion.lease import announce, channel_of
from ingestion.listing import DocumentListing
from ingestion.pages import PageImages, folder_of
from ingestion.queue import JobQueue
from ingestion.rows import document_view, job_status, section_view
from ingestion.sandbox import Sandbox
from ingestion.types import Box, DocumentPage, DocumentView, JobState, JobStatus, OpenedFile, SectionView, Submission
from rag.index import ChunkIndex
from rag.types import Span

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 2.0  # when Redis says nothing
STOPPED = "Reading this document was stopped."


class IngestionService:
    """What the doors call. Every method checks what the principal may do.

    Raises, wherever an id is given: NotFound when it is not the principal's to see, NotPermitted when it is not theirs to change.
    """

    def __init__(
        self,
        database: Database,
        redis: Redis,
        blobs: BlobStore,
        queue: JobQueue,
        settings: Settings,
        index: ChunkIndex,
        sandbox: Sandbox,
    ) -> None:
        self._database = database
        self._redis = redis
        self._blobs = blobs
        self._queue = queue
        self._max_bytes = settings.upload.max_bytes
        self._index = index
        self._pages = PageImages(blobs, sandbox)
        self.listing = DocumentListing(database)

    async def submit(
        self, principal: Principal, stream: AsyncIterator[bytes], filename: str, *, library_id: UUID | None = None
    ) -> Submission:
        """Take a file in and queue it for reading. Bytes that the library has already are recognised and not read again.

        Args:
            library_id: None for the principal's personal library.

        Raises:
            TooLarge, UnsupportedType, Invalid: the file is too large, of no known kind, or empty.
        """
        library_id = library_id or principal.personal_library_id
        require_write(principal, library_id, "library")
        incoming = Incoming(stream, filename, self._max_bytes)
        document_id = uuid4()
        blob_key = f"documents/{document_id}"
        is_new = False
        try:
            await self._blobs.put(blob_key, incoming.pieces())
            async with self._database.transaction() as session:
                document, is_created = await documents.create(
                    session,
                    principal,
                    library_id=library_id,
                    title=incoming.title,
                    mime_type=incoming.mime_type,
                    size_bytes=incoming.size_bytes,
                    sha256=incoming.sha256,
                    blob_key=blob_key,
                    document_id=document_id,
                )
                job = await _job_for(session, document, principal)
            is_new = is_created
        finally:
            if not is_new:
                await asyncio.shield(self._blobs.delete(blob_key))
        await self._enqueue(job)
        log.info(
            "document.submitted", document_id=str(document.id), size_bytes=document.size_bytes, is_known=not is_new
        )
        return Submission(document=document_view(document), job=job_status(job, document), is_known=not is_new)

    async def job(self, principal: Principal, job_id: UUID) -> JobStatus:
        """How a job goes."""
        async with self._database.reader() as session:
            return job_status(*await jobs.get(session, scope_of(principal), job_id))

    async def watch(self, principal: Principal, job_id: UUID) -> AsyncGenerator[JobStatus, None]:
        """How a job goes now, and again after every change until it has ended."""
        async with contextlib.aclosing(self._wakes(job_id)) as wakes:
            last: JobStatus | None = None
            async for _ in wakes:
                status = await self.job(principal, job_id)
                if status != last:
                    yield status
                if status.is_ended:
                    return
                last = status

    async def cancel(self, principal: Principal, job_id: UUID) -> None:
        """Stop a job; its worker notices within some seconds. Nothing happens to one that has ended."""
        async with self._database.transaction() as session:
            _, document = await jobs.get_for_change(session, principal, job_id)
            if await jobs.stop(session, job_id) and document.state == "pending":
                await documents.set_state(session, document.id, "failed", error=STOPPED)
        await announce(self._redis, job_id)

    async def retry(self, principal: Principal, job_id: UUID) -> JobStatus:
        """Read the document of a failed or stopped job again: a new job, or the one that does so already.

        Raises:
            Conflict: the job has not ended, or the document is in.
        """
        async with self._database.transaction() as session:
            job, document = await jobs.get_for_change(session, principal, job_id)
            if job.state not in (JobState.FAILED, JobState.STOPPED) or document.state == "ready":
                raise Conflict("Only a failed or stopped job can be tried again.")
            await documents.set_state(session, document.id, "pending")
            again = await jobs.create(session, document.id, user_id=principal.user_id)
        await self._enqueue(again)
        return job_status(again, document)

    async def document(self, principal: Principal, document_id: UUID) -> DocumentView:
        """One document."""
        return document_view(await self._document(principal, document_id))

    async def documents(
        self, principal: Principal, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> DocumentPage:
        """The documents the principal may see, newest first. Raises Invalid for a cursor that is not one."""
        return await self.listing.page(principal, Wanted(search=search), limit=limit, cursor=cursor)

    async def delete_document(self, principal: Principal, document_id: UUID) -> None:
        """Remove a document everywhere: its rows at once, then what the index and the store hold of it."""
        async with self._database.transaction() as session:
            job = await jobs.open_for_document(session, document_id)
            document = await documents.remove(session, principal, document_id)
        log.info("document.deleted", document_id=str(document_id))
        if job is not None:
            await announce(self._redis, job.id)
        try:
            await self._index.delete_document(document_id)
            await self._blobs.delete_all(folder_of(document_id))
            await self._blobs.delete(document.blob_key)
        except Exception as error:
            log.warning("document.not_cleared", document_id=str(document_id), error=repr(error))
            await self._queue.enqueue_clearing(document_id, document.blob_key)

    async def open_file(self, principal: Principal, document_id: UUID) -> OpenedFile:
        """The original file."""
        document = await self._document(principal, document_id)
        if not await self._blobs.exists(document.blob_key):
            raise NotFound("The file is no longer stored.")
        return OpenedFile(document_view(document), self._blobs.stream(document.blob_key))

    async def page_image(
        self, principal: Principal, document_id: UUID, page: int, *, width_px: int = 1200, chunk_id: UUID | None = None
    ) -> bytes:
        """A page (1-based) as a PNG; with ``chunk_id``, that chunk is highlighted in it.

        Raises:
            NotFound: the document has no such page, or the page no such chunk.
            DocumentUnreadable: the page cannot be drawn.
        """
        document = await self._document(principal, document_id)
        boxes: list[Box] = []
        if chunk_id is not None:
            async with self._database.reader() as session:
                chunk = await chunks.get(session, scope_of(principal), chunk_id)
            if chunk.document_id != document_id or chunk.page != page:
                raise NotFound("There is no such passage on this page.")
            spans = [Span(start=chunk.char_start, end=chunk.char_end)]
            boxes = await self.highlights(principal, document_id, chunk.section, spans)
        return await self._pages.image(document, page, width_px, boxes)

    async def section(self, principal: Principal, document_id: UUID, number: int) -> SectionView:
        """A section (PDF: a page) for display."""
        scope = scope_of(principal)
        async with self._database.reader() as session:
            document = await documents.get(session, scope, document_id)
            row = await sections.get(session, scope, document_id, number)
            return section_view(row, document, await sections.count(session, scope, document_id))

    async def highlights(
        self, principal: Principal, document_id: UUID, number: int, spans: Sequence[Span]
    ) -> list[Box]:
        """Where runs of a section's text stand on its page, a rectangle per line; nothing for formats without pages."""
        async with self._database.reader() as session:
            row = await sections.get(session, scope_of(principal), document_id, number)
        return highlights.boxes_of(row.words, spans)

    async def _document(self, principal: Principal, document_id: UUID) -> Document:
        async with self._database.reader() as session:
            return await documents.get(session, scope_of(principal), document_id)

    async def _enqueue(self, job: IngestionJob) -> None:
        """After the commit. Without Redis the sweeper finds the row later."""
        if job.state != JobState.QUEUED:
            return
        try:
            await self._queue.enqueue_ingestion(job.id, job.attempts)
        except (RedisError, OSError) as error:
            log.warning("job.not_enqueued", job_id=str(job.id), error=repr(error))

    async def _wakes(self, job_id: UUID) -> AsyncGenerator[None, None]:
        """Once at once, then whenever a job may have changed."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            try:
                await pubsub.subscribe(channel_of(job_id))
            except (RedisError, OSError) as error:
                log.warning("job.not_followed", job_id=str(job_id), error=repr(error))
            while True:
                yield
                try:
                    await pubsub.get_message(timeout=LOOK_AGAIN_S)
                except (RedisError, OSError, RuntimeError):
                    await asyncio.sleep(LOOK_AGAIN_S)


async def _job_for(session: AsyncSession, document: Document, principal: Principal) -> IngestionJob:
    """The job of a document just brought: the newest, or a new one when there is none or the last came to nothing."""
    latest = await jobs.latest_for_document(session, document.id)
    if latest is not None and document.state != "failed":
        return latest
    await documents.set_state(session, document.id, "pending")
    document.state, document.error = "pending", None
    return await jobs.create(session, document.id, user_id=principal.user_id)
