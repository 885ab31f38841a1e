"""Runs an ingestion job from file to index: claim, parse, index, finish. It is postponed when a server does not answer, or fails.

A job may run twice, and be interrupted anywhere: chunk ids are deterministic, a chunk's row is written only after the index has it, and
a worker that lost its lease writes nothing more. Parts of a document that failed or was stopped are removed again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from core.disk_space import WAITS, DiskSpace
from core.errors import DocumentUnreadable, FootnoteError, UpstreamUnavailable, new_reference
from core.retry import MOST_FAILURES, is_transient, pause_s, sentence_of
from core.settings import Settings
from core.telemetry import series, spans
from core.telemetry.origin import Origin
from db import documents, fair_queue, jobs
from db.models import Document, IngestionJob
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents.moving import refile
from ingestion.documents.pages import forget_files
from ingestion.indexing.indexer import DocumentIndexer
from ingestion.indexing.reading import DocumentReader
from ingestion.jobs.lease import LEASE_S, Lease, LeaseLost, announce
from ingestion.jobs.queue import JobQueue
from ingestion.jobs.rates import UsualRates
from parsing.sandbox.sandbox import Sandbox
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

LONGEST_JOB_S = 6 * 3600.0
MOST_ATTEMPTS = 5  # of a job whose workers ended without a result
ASK_AGAIN_S = 1.0  # after the outcome of a job could not be stored
UNKNOWN = "Something went wrong while this document was read."
ABANDONED = "This document was given up: the process reading it ended several times."
TOO_LONG = f"Reading this document took longer than {LONGEST_JOB_S / 3600:.0f} hours."


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this process holds the lease of, and its document. ``job`` is the row as it was claimed."""

    lease: Lease
    document: Document
    job: IngestionJob


class IngestionPipeline:
    """Runs jobs. Its only state between jobs is how long they usually take."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        blobs: BlobStore,
        sandbox: Sandbox,
        live: LiveIndex,
        settings: Settings,
        queue: JobQueue,
        disk: DiskSpace,
    ) -> None:
        self.database = database
        self._redis = redis
        self._queue = queue
        self._disk = disk
        self._usual = UsualRates()
        self._blobs = blobs
        self._live = live
        self._reader = DocumentReader(database, blobs, sandbox, disk)
        self._indexer = DocumentIndexer(database, blobs, live, settings.embedding.batch_size, disk)

    async def claim(self, job_id: UUID) -> ClaimedJob | None:
        """Claim this job; None when another worker holds it or it has ended."""
        async with self.database.transaction() as session:
            return await self._with_lease(session, await jobs.claim(session, job_id, LEASE_S))

    async def claim_next(self, without: Collection[UUID | None] = ()) -> ClaimedJob | None:
        """Claim the next job of the fair queue, without jobs of these people; None when there is none, or no room on the disk.

        Jobs that wait for room say so.
        """
        if self._disk.is_low:
            async with self.database.transaction() as session:
                await jobs.explain_waiting(session, WAITS)
            return None
        async with self.database.transaction() as session:
            return await self._with_lease(session, await fair_queue.claim_next(session, LEASE_S, without))

    async def run(self, job_id: UUID) -> None:
        """Do the job, unless another worker holds it; the outcome is in its row."""
        claimed = await self.claim(job_id)
        if claimed is not None:
            await self.do(claimed)

    async def do(self, claimed: ClaimedJob) -> float | None:
        """Do a claimed job. When cancelled, it puts the job back into the queue.

        Returns:
            Seconds after which it is due again, when a server did not answer; else None.
        """
        with Origin(claimed.job.request_id, claimed.job.traceparent).resumed():
            return await self._do(claimed)

    async def _do(self, claimed: ClaimedJob) -> float | None:
        lease, document = claimed.lease, claimed.document
        work = asyncio.create_task(self._ingest(claimed))
        keeper = asyncio.create_task(lease.keep())
        try:
            either = {work, keeper}
            done, _ = await asyncio.wait(either, timeout=LONGEST_JOB_S, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                raise DocumentUnreadable(TOO_LONG)
            (work if work.done() else keeper).result()
        except asyncio.CancelledError:
            await _cancel(work, keeper)
            await self._give_back(lease)
            raise
        except LeaseLost:
            await _cancel(work, keeper)
            log.info("job.lost", job_id=str(lease.job_id))
            series.JOBS_ENDED.add("lost")
            await self._tidy_or_enqueue(document.id)
        except Exception as error:
            await _cancel(work, keeper)
            return await self._end(claimed, error)
        finally:
            await _cancel(work, keeper)
            await announce(self._redis, lease.job_id)
        return None

    async def requeue_silent(self) -> int:
        """Put jobs back into the queue whose holder sent no heartbeat for ``LEASE_S``; returns how many."""
        async with self.database.transaction() as session:
            silent = await jobs.expired(session, LEASE_S)
            given_up = [job for job in silent if job.attempts - job.failures >= MOST_ATTEMPTS]
            for job in given_up:
                await jobs.fail(session, job.id, job.attempts, error=ABANDONED, reference=new_reference())
                await documents.fail_version(session, job.document_id, ABANDONED)
            requeued = [job.id for job in silent if job not in given_up]
            for job_id in requeued:
                await jobs.requeue(session, job_id)
        series.LEASES_LOST.add("job", amount=len(silent))
        for job in given_up:
            await self._tidy_or_enqueue(job.document_id)
        return len(requeued)

    async def clear(self, document_id: UUID, blob_key: str) -> None:
        """Remove the chunks and files of a deleted document; does nothing while its row exists."""
        async with self.database.reader() as session:
            if await documents.find(session, document_id) is not None:
                return
        await self._live.delete_document(document_id)
        await forget_files(self._blobs, document_id, blob_key)

    async def refile(self, document_id: UUID) -> None:
        """Give the chunks of a moved document its library in the index."""
        await refile(self.database, self._live, document_id)

    async def _with_lease(self, session: AsyncSession, job: IngestionJob | None) -> ClaimedJob | None:
        document = await documents.find(session, job.document_id) if job else None
        if job is None or document is None:
            return None
        return ClaimedJob(
            Lease(self.database, self._redis, job.id, job.attempts, job.version, usual=self._usual), document, job
        )

    async def _ingest(self, claimed: ClaimedJob) -> None:
        lease, document = claimed.lease, claimed.document
        about: spans.Attributes = {"footnote.job_id": str(lease.job_id), "footnote.attempt": lease.attempt}
        with spans.root("ingest", "consumer", about):
            await self._read_and_index(lease, document, claimed.job.user_id)

    async def _read_and_index(self, lease: Lease, document: Document, user_id: UUID | None) -> None:
        log.info("job.started", job_id=str(lease.job_id), document_id=str(document.id), attempt=lease.attempt)
        with spans.span("parse"):
            reading = await self._reader.read(lease, document, user_id)
        await self._indexer.index(lease, document, reading)
        async with self.database.transaction() as session:
            if not await jobs.finish(session, lease.job_id, lease.attempt):
                raise LeaseLost
        lease.end_stage()
        series.JOBS_ENDED.add("finished")
        log.info("job.finished", job_id=str(lease.job_id), document_id=str(document.id), chunks=lease.chunks[1])

    async def _end(self, claimed: ClaimedJob, error: Exception) -> float | None:
        """Postpone the job after a transient error; after any other, or too many of them, it fails."""
        lease, failures = claimed.lease, claimed.job.failures + 1
        if not is_transient(error):
            await _write_patiently(partial(self._fail, lease, claimed.document, error))
            return None
        if failures >= MOST_FAILURES:
            last = UpstreamUnavailable(f"{sentence_of(error)} It was tried {failures} times; please try again later.")
            await _write_patiently(partial(self._fail, lease, claimed.document, last))
            return None
        wait_s = pause_s(failures)
        notice = f"{sentence_of(error).rstrip('.')}; trying again in {wait_s:.0f} s."
        series.JOBS_ENDED.add("postponed")
        log.warning("job.postponed", job_id=str(lease.job_id), failures=failures, error=repr(error))
        await _write_patiently(partial(self._postpone, lease, wait_s, notice))
        return wait_s

    async def _postpone(self, lease: Lease, wait_s: float, notice: str) -> None:
        async with self.database.transaction() as session:
            await jobs.postpone(session, lease.job_id, lease.attempt, wait_s=wait_s, notice=notice)

    async def _fail(self, lease: Lease, document: Document, error: Exception) -> None:
        """Store why the job failed, in a sentence, and remove the document's incomplete parts."""
        is_expected = isinstance(error, FootnoteError)
        sentence = error.message if isinstance(error, FootnoteError) else UNKNOWN
        reference = error.reference if isinstance(error, FootnoteError) else new_reference()
        async with self.database.transaction() as session:
            is_ours = await jobs.fail(session, lease.job_id, lease.attempt, error=sentence, reference=reference)
            if is_ours:
                await documents.fail_version(session, document.id, sentence)
        series.JOBS_ENDED.add("failed")
        level = "warning" if is_expected or not is_ours else "error"
        details = None if level == "warning" else error
        getattr(log, level)(
            "job.failed", job_id=str(lease.job_id), reference=reference, error=sentence, exc_info=details
        )
        await self._tidy_or_enqueue(document.id)

    async def _give_back(self, lease: Lease) -> None:
        """Put the job back when the process stops, so that the next worker need not wait for the lease to expire."""
        try:
            async with self.database.transaction() as session:
                if await jobs.heartbeat(session, lease.job_id, lease.attempt):
                    await jobs.requeue(session, lease.job_id)
        except Exception as error:
            log.warning("job.not_given_back", job_id=str(lease.job_id), error=repr(error))

    async def _tidy_or_enqueue(self, document_id: UUID) -> None:
        """As ``tidy_up``; when a server does not answer, it is enqueued for later."""
        try:
            await self.tidy_up(document_id)
        except Exception as error:
            log.warning("document.not_tidied", document_id=str(document_id), error=repr(error))
            with contextlib.suppress(RedisError, OSError):
                await self._queue.enqueue_tidying(document_id)

    async def tidy_up(self, document_id: UUID) -> None:
        """Remove the incomplete parts of a document that was deleted, failed or stopped and has no open job."""
        await self._indexer.tidy_up(document_id)


async def _write_patiently(write: Callable[[], Awaitable[None]]) -> None:
    """Store an outcome. While the database does not answer, it is tried again for ``LEASE_S``; then the sweeper takes over."""
    clock = asyncio.get_running_loop().time
    until = clock() + LEASE_S
    while True:
        try:
            return await write()
        except Exception as error:
            if not is_transient(error) or clock() > until:
                log.exception("job.outcome_lost")
                return
        await asyncio.sleep(ASK_AGAIN_S)


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they have ended; their errors are ignored."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
