"""One job from file to index: claimed, read, indexed, finished; or failed and taken out again.

A job may run twice, and be cut off anywhere: chunk ids are deterministic, a chunk's row is written only after the index has it, and a
worker that lost its lease writes nothing more. Parts of a document that failed or was stopped are taken out again.
"""

import asyncio
from uuid import UUID

import structlog
from redis.asyncio import Redis

from core.errors import FootnoteError, new_reference
from core.settings import Settings
from db import chunks as chunk_rows
from db import documents, jobs, sections
from db.models import Document
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.indexing import DocumentIndexer
from ingestion.lease import LEASE_S, Lease, LeaseLost, announce
from ingestion.queue import JobQueue
from ingestion.reading import DocumentReader
from ingestion.sandbox import Sandbox
from rag.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5  # of a job whose workers keep vanishing
UNKNOWN = "Something went wrong while this document was read."
ABANDONED = "This document was given up: the process reading it ended several times."


class IngestionPipeline:
    """Runs jobs; stateless between them."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        blobs: BlobStore,
        sandbox: Sandbox,
        embeddings: FootnoteEmbeddings,
        index: ChunkIndex,
        settings: Settings,
    ) -> None:
        self._database = database
        self._redis = redis
        self._blobs = blobs
        self._index = index
        self._reader = DocumentReader(database, blobs, sandbox, settings.chunk)
        self._indexer = DocumentIndexer(database, embeddings, index, settings)

    async def run(self, job_id: UUID) -> None:
        """Do the job, unless somebody else does; the outcome is in its row. Cancelled, it gives the job back to the queue."""
        claimed = await self._claim(job_id)
        if claimed is None:
            return
        lease, document = claimed
        work = asyncio.create_task(self._ingest(lease, document))
        keeper = asyncio.create_task(lease.keep())
        try:
            await asyncio.wait({work, keeper}, return_when=asyncio.FIRST_COMPLETED)
            (work if work.done() else keeper).result()
        except asyncio.CancelledError:
            await _cancelled(work, keeper)
            await self._give_back(lease)
            raise
        except LeaseLost:
            await _cancelled(work, keeper)
            log.info("job.lost", job_id=str(job_id))
            await self._tidy_up(document.id)
        except Exception as error:
            await _cancelled(work, keeper)
            await self._fail(lease, document, error)
        finally:
            await _cancelled(work, keeper)
            await announce(self._redis, job_id)

    async def requeue_silent(self, queue: JobQueue) -> int:
        """Enqueue every open job that nobody was heard of for a while; returns how many. The rows are the truth, the queue is not."""
        async with self._database.transaction() as session:
            silent = await jobs.expired(session, LEASE_S)
            given_up = [job for job in silent if job.state == "started" and job.attempts >= MOST_ATTEMPTS]
            for job in given_up:
                await jobs.fail(session, job.id, job.attempts, error=ABANDONED, reference=new_reference())
                await documents.set_state(session, job.document_id, "failed", error=ABANDONED)
            waiting = [(job.id, job.attempts) for job in silent if job not in given_up]
            for job_id, _ in waiting:
                await jobs.requeue(session, job_id)
        for job in given_up:
            await self._tidy_up(job.document_id)
        for job_id, attempts in waiting:
            await queue.enqueue_ingestion(job_id, attempts)
        return len(waiting)

    async def clear(self, document_id: UUID, blob_key: str) -> None:
        """Remove what is left of a deleted document; nothing when its row is still there."""
        async with self._database.reader() as session:
            if await documents.find(session, document_id) is not None:
                return
        await self._index.delete_document(document_id)
        await self._blobs.delete_all(f"pages/{document_id}")
        await self._blobs.delete(blob_key)

    async def _claim(self, job_id: UUID) -> tuple[Lease, Document] | None:
        async with self._database.transaction() as session:
            job = await jobs.claim(session, job_id, LEASE_S)
            document = await documents.find(session, job.document_id) if job else None
        if job is None or document is None:
            return None
        return Lease(self._database, self._redis, job_id, job.attempts), document

    async def _ingest(self, lease: Lease, document: Document) -> None:
        log.info("job.started", job_id=str(lease.job_id), document_id=str(document.id), attempt=lease.attempt)
        reading = await self._reader.read(lease, document)
        await self._indexer.index(lease, document, reading.chunks)
        await self._finish(lease, document, reading.page_count, len(reading.chunks))

    async def _finish(self, lease: Lease, document: Document, page_count: int | None, chunk_count: int) -> None:
        await lease.write()
        async with self._database.transaction() as session:
            await documents.set_state(session, document.id, "ready", page_count=page_count, chunk_count=chunk_count)
            if not await jobs.finish(session, lease.job_id, lease.attempt):
                raise LeaseLost
        log.info("job.finished", job_id=str(lease.job_id), document_id=str(document.id), chunks=chunk_count)

    async def _fail(self, lease: Lease, document: Document, error: Exception) -> None:
        """Write down why, in a sentence, and take out what had got in."""
        is_expected = isinstance(error, FootnoteError)
        sentence = error.message if isinstance(error, FootnoteError) else UNKNOWN
        reference = error.reference if isinstance(error, FootnoteError) else new_reference()
        async with self._database.transaction() as session:
            is_ours = await jobs.fail(session, lease.job_id, lease.attempt, error=sentence, reference=reference)
            if is_ours and document.state != "ready":
                await documents.set_state(session, document.id, "failed", error=sentence)
        level = "warning" if is_expected or not is_ours else "error"
        details = None if level == "warning" else error
        getattr(log, level)(
            "job.failed", job_id=str(lease.job_id), reference=reference, error=sentence, exc_info=details
        )
        await self._tidy_up(document.id)

    async def _give_back(self, lease: Lease) -> None:
        """The process is stopping: the next worker may take the job at once."""
        async with self._database.transaction() as session:
            if await jobs.heartbeat(session, lease.job_id, lease.attempt):
                await jobs.requeue(session, lease.job_id)

    async def _tidy_up(self, document_id: UUID) -> None:
        """Remove the parts of a document that will not be completed: deleted, failed or stopped, and no job open for it."""
        async with self._database.transaction() as session:
            row = await documents.find(session, document_id)
            if row is not None and (row.state != "failed" or await jobs.open_for_document(session, document_id)):
                return
            await sections.cut_after(session, document_id, 0)
            await chunk_rows.keep_only(session, document_id, set())
        await self._index.delete_document(document_id)


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they are through; what they raise is not wanted any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
