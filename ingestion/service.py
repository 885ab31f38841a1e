"""The service for documents: upload, watch, view, delete. It checks rules and writes rows; workers do the reading."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from uuid import UUID, uuid4

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.access import Principal, require_write, scope_of
from core.cache import Cache
from core.errors import Conflict
from core.precondition import UNCONDITIONAL, Precondition
from core.retry import is_transient
from core.settings import Settings
from db import documents, jobs
from db.library_order import DocumentQuery
from db.models import IngestionJob
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents import intake
from ingestion.documents.guides import DocumentGuides
from ingestion.documents.incoming import Incoming
from ingestion.documents.intake import IntakeResult, StoredFile, Target
from ingestion.documents.known_files import FolderRows
from ingestion.documents.listing import DocumentListing
from ingestion.documents.moving import DocumentMoves
from ingestion.documents.pages import blob_key_of
from ingestion.documents.quotas import Headroom, Quota
from ingestion.documents.removal import DocumentRemoval
from ingestion.documents.rows import document_view, job_status
from ingestion.documents.viewing import DocumentViewing
from ingestion.jobs.lease import announce, channel_of
from ingestion.jobs.queue import JobQueue
from ingestion.libraries import Libraries
from ingestion.types import Allowance, DocumentPage, DocumentView, JobState, JobStatus, Submission
from parsing.sandbox.sandbox import Sandbox
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

WRITING_AT_ONCE = 4  # uploads that write rows at the same time; the other database connections stay free for questions
LOOK_AGAIN_S = 2.0  # without a message from Redis
STOPPED = "Reading this document was stopped."


class IngestionService:
    """The documents for the doors. Every method checks what the principal may do.

    Raises, wherever an id is passed: NotFound when the principal may not see it, NotPermitted when they may not change it.
    """

    def __init__(
        self,
        database: Database,
        redis: Redis,
        blobs: BlobStore,
        queue: JobQueue,
        settings: Settings,
        live: LiveIndex,
        sandbox: Sandbox,
        cache: Cache,
    ) -> None:
        self._database = database
        self._redis = redis
        self._blobs = blobs
        self._queue = queue
        self._quota = Quota(database, blobs, settings.upload)
        self._turns = asyncio.Semaphore(WRITING_AT_ONCE)
        self.removal = DocumentRemoval(database, redis, cache, live, blobs, queue)
        self.moves = DocumentMoves(database, live, queue)
        self.libraries = Libraries(database, self.removal)
        self.listing = DocumentListing(database)
        self.folders = FolderRows(database)
        self.guides = DocumentGuides(database)
        self.viewing = DocumentViewing(database, blobs, sandbox)

    async def submit(
        self,
        principal: Principal,
        stream: AsyncIterator[bytes],
        filename: str,
        *,
        library_id: UUID | None = None,
        replaces: UUID | None = None,
        source: str | None = None,
        headroom: Headroom | None = None,
    ) -> Submission:
        """Store a file and queue it for reading. Bytes that the library has already are recognised and not read again.

        Args:
            library_id: None for the principal's personal library.
            replaces: the document whose next version it is; until it is read, answers come from the present one.
            source: for new documents, the folder that they are synchronised with.
            headroom: the result of :meth:`headroom`; None: it is determined now.

        Raises:
            TooLarge, QuotaExceeded, UnsupportedType, Invalid: the file is too large, of no accepted kind, or empty.
            StorageFull: the storage has no room for it.
            Conflict: another document of the library has the same bytes as this new version.
        """
        library_id = library_id or principal.personal_library_id
        await self._require_write(principal, library_id, replaces)
        incoming = Incoming(stream, filename, headroom or await self._quota.headroom(principal))
        document_id = replaces or uuid4()
        blob_key = blob_key_of(document_id, is_first=replaces is None)
        result: IntakeResult | None = None
        try:
            await self._blobs.put(blob_key, incoming.pieces())
            file = StoredFile(incoming.mime_type, incoming.size_bytes, incoming.sha256, blob_key)
            async with self._turns, self._database.transaction() as session, self._quota.counted(session, principal):
                if replaces is None:
                    target = Target(library_id, incoming.title, source)
                    stored = await intake.add(session, principal, file, document_id, target)
                else:
                    stored = await intake.replace(session, principal, replaces, file)
            result = stored
        finally:
            if result is None or not result.is_new:
                await asyncio.shield(self._blobs.delete(blob_key))
        if result.stopped is not None:
            await announce(self._redis, result.stopped)
        await self._enqueue(result.job)
        document, job = result.document, result.job
        log.info("document.submitted", document_id=str(document.id), version=job.version, is_known=not result.is_new)
        return Submission(document=document_view(document), job=job_status(job, document), is_known=not result.is_new)

    async def headroom(self, principal: Principal, declared_bytes: int = 0) -> Headroom:
        """What the principal may upload now, to be checked before a body is read. Raises TooLarge, QuotaExceeded, StorageFull."""
        return await self._quota.headroom(principal, declared_bytes)

    async def allowance(self, principal: Principal) -> Allowance:
        """How much the principal has uploaded, and may upload."""
        return await self._quota.allowance(principal)

    async def job(self, principal: Principal, job_id: UUID) -> JobStatus:
        """The status of a job."""
        async with self._database.reader() as session:
            return job_status(*await jobs.get(session, scope_of(principal), job_id))

    async def watch(self, principal: Principal, job_id: UUID) -> AsyncGenerator[JobStatus, None]:
        """The status of a job now, and after every change until it has ended. While the database does not answer, this waits."""
        async with contextlib.aclosing(self._wakes(job_id)) as wakes:
            last: JobStatus | None = None
            async for _ in wakes:
                try:
                    status = await self.job(principal, job_id)
                except Exception as error:
                    if not is_transient(error):
                        raise
                    log.warning("job.not_seen", job_id=str(job_id), error=repr(error))
                    continue
                if status != last:
                    yield status
                if status.is_ended:
                    return
                last = status

    async def cancel(self, principal: Principal, job_id: UUID) -> None:
        """Stop a job; its worker notices within seconds. A job that has ended stays as it is."""
        async with self._database.transaction() as session:
            _, document = await jobs.get_for_change(session, principal, job_id)
            if await jobs.stop(session, job_id) and document.state == "pending":
                await documents.set_state(session, document.id, "failed", error=STOPPED)
        await announce(self._redis, job_id)

    async def retry(self, principal: Principal, job_id: UUID) -> JobStatus:
        """Repeat a failed or stopped job: a new job, or the document's open one.

        Raises:
            Conflict: the job has not failed or been stopped, or it is not the newest and no job is open.
        """
        async with self._database.transaction() as session:
            job, document = await jobs.get_for_change(session, principal, job_id)
            again = await jobs.open_for_document(session, document.id)
            latest = await jobs.latest_for_document(session, document.id)
            is_last = latest is not None and latest.id == job.id
            if job.state not in (JobState.FAILED, JobState.STOPPED) or not (is_last or again):
                raise Conflict("Only a failed or stopped job can be tried again.")
            again = again or await intake.queue(session, document, job.version, principal)
        await self._enqueue(again)
        return job_status(again, document)

    async def copy(self, principal: Principal, document_id: UUID, library_id: UUID) -> Submission:
        """Bring the present file of a document into another library too, as its own document there.

        Raises:
            NotFound, NotPermitted: the principal may not see the document, or not write to the library.
            QuotaExceeded, StorageFull: as for a file that is uploaded.
        """
        require_write(principal, library_id, "library")
        opened = await self.viewing.open_file(principal, document_id)
        return await self.submit(principal, opened.stream(0, None), opened.document.title, library_id=library_id)

    async def reindex(self, principal: Principal, document_id: UUID) -> JobStatus:
        """Read the stored file of a document again; until that is done, answers come from the earlier reading.

        Raises:
            Conflict: it is being read already.
        """
        async with self._database.transaction() as session:
            document = await documents.get_for_change(session, principal, document_id)
            if await jobs.open_for_document(session, document_id) is not None:
                raise Conflict("This document is being read already.")
            job = await intake.queue(session, document, document.version, principal)
        await self._enqueue(job)
        return job_status(job, document)

    async def document(self, principal: Principal, document_id: UUID) -> DocumentView:
        """One document."""
        async with self._database.reader() as session:
            return document_view(await documents.get(session, scope_of(principal), document_id))

    async def documents(
        self, principal: Principal, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> DocumentPage:
        """The documents the principal may see, newest first. Raises Invalid for a cursor that is not valid."""
        return await self.listing.page(principal, DocumentQuery(search=search), limit=limit, cursor=cursor)

    async def delete_document(
        self,
        principal: Principal,
        document_id: UUID,
        seen: Precondition = UNCONDITIONAL,
    ) -> None:
        """Delete a document: its rows at once, then its chunks in the index and its files.

        Raises:
            PreconditionFailed: it is not what the principal saw.
        """
        await self.removal.delete(principal, document_id, seen)

    async def _require_write(self, principal: Principal, library_id: UUID, replaces: UUID | None) -> None:
        """Check access before the upload is read."""
        if replaces is None:
            require_write(principal, library_id, "library")
            return
        async with self._database.reader() as session:
            await documents.get_for_change(session, principal, replaces)

    async def _enqueue(self, job: IngestionJob) -> None:
        """Enqueue a job after the commit. Without Redis, the sweeper finds the row later."""
        if job.state != JobState.QUEUED:
            return
        try:
            await self._queue.enqueue_ingestion(job.id, job.attempts)
        except (RedisError, OSError) as error:
            log.warning("job.not_enqueued", job_id=str(job.id), error=repr(error))

    async def _wakes(self, job_id: UUID) -> AsyncGenerator[None, None]:
        """Yields at once, then whenever the job may have changed."""
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
