"""The service for documents: upload, watch, view, delete. Rules and rows here; the work is done by workers."""

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
from core.faults import is_transient
from core.settings import Settings
from db import documents, jobs
from db.library_order import Wanted
from db.models import IngestionJob
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents import intake
from ingestion.documents.incoming import Incoming
from ingestion.documents.intake import StoredFile, Taken, Target
from ingestion.documents.known_files import FolderRows
from ingestion.documents.listing import DocumentListing
from ingestion.documents.pages import blob_key_of, forget_files
from ingestion.documents.quotas import Headroom, Quota
from ingestion.documents.rows import document_view, job_status
from ingestion.documents.viewing import DocumentViewing
from ingestion.jobs.lease import announce, channel_of
from ingestion.jobs.queue import JobQueue
from ingestion.types import Allowance, DocumentPage, DocumentView, JobState, JobStatus, Submission
from parsing.sandbox.sandbox import Sandbox
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

WRITING_AT_ONCE = 4  # uploads that write their rows: the other connections are for people who ask
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
        live: LiveIndex,
        sandbox: Sandbox,
    ) -> None:
        self._database = database
        self._redis = redis
        self._cache = Cache(redis)
        self._blobs = blobs
        self._queue = queue
        self._quota = Quota(database, blobs, settings.upload)
        self._turns = asyncio.Semaphore(WRITING_AT_ONCE)
        self._live = live
        self.listing = DocumentListing(database)
        self.folders = FolderRows(database)
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
        """Take a file in and queue it for reading. Bytes that the library has already are recognised and not read again.

        Args:
            library_id: None for the principal's personal library.
            replaces: the document whose next version it is; until it is read, answers come from the present one.
            source: the folder that the document is kept in step with, for new ones.
            headroom: what :meth:`headroom` said; asked now when None.

        Raises:
            TooLarge, QuotaExceeded, UnsupportedType, Invalid: the file is too large, of no kind that is taken, or empty.
            StorageFull: there is no room left for anybody's.
            Conflict: another document of the library has the same bytes as this new version.
        """
        library_id = library_id or principal.personal_library_id
        await self._require_write(principal, library_id, replaces)
        incoming = Incoming(stream, filename, headroom or await self._quota.headroom(principal))
        document_id = replaces or uuid4()
        blob_key = blob_key_of(document_id, is_first=replaces is None)
        taken: Taken | None = None
        try:
            await self._blobs.put(blob_key, incoming.pieces())
            file = StoredFile(incoming.mime_type, incoming.size_bytes, incoming.sha256, blob_key)
            async with self._turns, self._database.transaction() as session, self._quota.counted(session, principal):
                if replaces is None:
                    target = Target(library_id, incoming.title, source)
                    became = await intake.add(session, principal, file, document_id, target)
                else:
                    became = await intake.replace(session, principal, replaces, file)
            taken = became
        finally:
            if taken is None or not taken.is_new:
                await asyncio.shield(self._blobs.delete(blob_key))
        if taken.stopped is not None:
            await announce(self._redis, taken.stopped)
        await self._enqueue(taken.job)
        document, job = taken.document, taken.job
        log.info("document.submitted", document_id=str(document.id), version=job.version, is_known=not taken.is_new)
        return Submission(document=document_view(document), job=job_status(job, document), is_known=not taken.is_new)

    async def headroom(self, principal: Principal, declared_bytes: int = 0) -> Headroom:
        """What the principal may bring now; asked before a body is read. Raises TooLarge, QuotaExceeded, StorageFull."""
        return await self._quota.headroom(principal, declared_bytes)

    async def allowance(self, principal: Principal) -> Allowance:
        """How much the principal has brought, and may."""
        return await self._quota.allowance(principal)

    async def job(self, principal: Principal, job_id: UUID) -> JobStatus:
        """How a job goes."""
        async with self._database.reader() as session:
            return job_status(*await jobs.get(session, scope_of(principal), job_id))

    async def watch(self, principal: Principal, job_id: UUID) -> AsyncGenerator[JobStatus, None]:
        """How a job goes now, and again after every change until it has ended. A database that does not answer is waited for."""
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
        """Stop a job; its worker notices within some seconds. Nothing happens to one that has ended."""
        async with self._database.transaction() as session:
            _, document = await jobs.get_for_change(session, principal, job_id)
            if await jobs.stop(session, job_id) and document.state == "pending":
                await documents.set_state(session, document.id, "failed", error=STOPPED)
        await announce(self._redis, job_id)

    async def retry(self, principal: Principal, job_id: UUID) -> JobStatus:
        """Do a failed or stopped job again: a new job, or the one that does so already.

        Raises:
            Conflict: the job has not ended, or another one came after it.
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

    async def reindex(self, principal: Principal, document_id: UUID) -> JobStatus:
        """Read the stored file of a document again; answers come from the former reading until that is done.

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
        await self._cache.forget(str(document_id))  # they are given no more already, but quote it
        try:
            await self._live.delete_document(document_id)
            await forget_files(self._blobs, document_id, document.blob_key)
        except Exception as error:
            log.warning("document.not_cleared", document_id=str(document_id), error=repr(error))
            await self._queue.enqueue_clearing(document_id, document.blob_key)

    async def _require_write(self, principal: Principal, library_id: UUID, replaces: UUID | None) -> None:
        """Refuse before a single byte is taken."""
        if replaces is None:
            require_write(principal, library_id, "library")
            return
        async with self._database.reader() as session:
            await documents.get_for_change(session, principal, replaces)

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
