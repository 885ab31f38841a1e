"""The jobs monitor: what waits, runs and failed over all people, who works on it, and an admin's stops and retries.

Every change is in the audit log.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from core.errors import Conflict
from db import audit, documents, job_monitor, jobs
from db.audit import Target
from db.base import now
from db.job_monitor import ENDED_BADLY, MonitoredJob, OpenQuestion
from db.models import IngestionJob
from db.session import Database
from ingestion.documents import intake
from ingestion.jobs.lease import announce
from ingestion.jobs.presence import WorkerStatus, workers
from ingestion.jobs.queue import ALL_QUEUES, JobQueue, attended, depths

log = structlog.get_logger(__name__)

T = TypeVar("T")
PAGE = 50  # jobs
MOST_QUESTIONS = 50
BATCH = 200  # jobs of one transaction
MOST_WOKEN = 20  # messages of one batch: each wakes a worker, which looks for more by itself
OPEN = ("queued", "started")
STOPPED = "Reading this document was stopped by an admin."


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """A queue in Redis: its messages, and whether a worker listens to it."""

    name: str
    messages: int
    is_attended: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the monitor shows.

    Attributes:
        at: when it was taken.
        counts: state → number of files.
        works_on: job or answer run → name of the worker that has it.
        redis_answers: False: queues and workers are not known now.
    """

    at: datetime
    counts: dict[str, int]
    jobs: Sequence[MonitoredJob]
    next_cursor: str | None
    questions: Sequence[OpenQuestion]
    queues: Sequence[QueueStatus]
    workers: Sequence[WorkerStatus]
    works_on: dict[UUID, str]
    redis_answers: bool


class JobMonitor:
    """Shows jobs to admins and changes them on their behalf. Every method raises NotPermitted for everybody else."""

    def __init__(self, database: Database, redis: Redis, queue: JobQueue) -> None:
        self._database = database
        self._redis = redis
        self._queue = queue

    async def snapshot(self, principal: Principal, *, state: str, cursor: str | None = None) -> Snapshot:
        """The present state, with a page of the files in ``state``. Raises Invalid for a cursor that is not valid."""
        async with self._database.reader() as session:
            found, next_cursor = await job_monitor.page(session, principal, state=state, limit=PAGE, cursor=cursor)
            counts = await job_monitor.counts(session, principal)
            questions = await job_monitor.questions(session, principal, limit=MOST_QUESTIONS)
        queues, alive, redis_answers = await self._in_redis()
        works_on = {work: worker.name for worker in alive for work in (*worker.files, *worker.questions)}
        return Snapshot(now(), counts, found, next_cursor, questions, queues, alive, works_on, redis_answers)

    async def count(self, principal: Principal, states: Collection[str]) -> int:
        """Number of the files in these states."""
        async with self._database.reader() as session:
            counts = await job_monitor.counts(session, principal)
        return sum(counts.get(state, 0) for state in states)

    async def stop(self, principal: Principal, job_id: UUID) -> bool:
        """Stop anybody's job; its worker notices within seconds. False when it had ended already. Raises NotFound."""
        async with self._database.transaction() as session:
            job, document = await job_monitor.get_for_change(session, principal, job_id)
            is_stopped = await jobs.stop(session, job_id)
            if is_stopped and document.state == "pending":
                await documents.set_state(session, document.id, "failed", error=STOPPED)
            if is_stopped:
                await audit.record(session, principal, "job.stopped", Target("job", job_id), _about(job))
        await announce(self._redis, job_id)
        return is_stopped

    async def retry(self, principal: Principal, job_id: UUID) -> None:
        """Repeat anybody's failed or stopped job: a new job, in the turn of the same person.

        Raises:
            NotFound: there is no such job.
            Conflict: it has not failed or been stopped, or it was tried again already.
        """
        async with self._database.transaction() as session:
            await job_monitor.get_for_change(session, principal, job_id)
            new = await self._again(session, principal, [job_id])
            if not new:
                raise Conflict("Only a failed or stopped job can be tried again, and only once.")
            await audit.record(session, principal, "job.retried", Target("job", job_id), _about(new[0]))
        await self._wake(new)

    async def stop_all(self, principal: Principal, states: Collection[str]) -> int:
        """Stop the files that wait (``queued``) or are being read (``started``); returns how many were stopped."""

        async def stop(session: AsyncSession, job_ids: Sequence[UUID]) -> Sequence[UUID]:
            stopped = await job_monitor.stop_many(session, principal, job_ids, STOPPED)
            await self._record_many(session, principal, "jobs.stopped", stopped)
            return stopped

        return await self._in_batches(principal, [state for state in OPEN if state in states], stop, self._announce)

    async def retry_all(self, principal: Principal, states: Collection[str]) -> int:
        """Repeat the jobs that failed or were stopped; returns how many were queued."""

        async def retry(session: AsyncSession, job_ids: Sequence[UUID]) -> Sequence[IngestionJob]:
            new = await self._again(session, principal, job_ids)
            await self._record_many(session, principal, "jobs.retried", [job.id for job in new])
            return new

        return await self._in_batches(principal, [one for one in ENDED_BADLY if one in states], retry, self._wake)

    async def stop_question(self, principal: Principal, run_id: UUID) -> bool:
        """Stop anybody's question that waits or is being answered; False when it had ended already. Raises NotFound."""
        async with self._database.transaction() as session:
            is_stopped = await job_monitor.stop_question(session, principal, run_id)
            if is_stopped:
                await audit.record(session, principal, "answer.stopped", Target("answer_run", run_id))
        return is_stopped

    async def _again(
        self, session: AsyncSession, principal: Principal, job_ids: Collection[UUID]
    ) -> list[IngestionJob]:
        found = await job_monitor.failed_with_documents(session, principal, job_ids)
        return [await intake.queue_for(session, document, job.version, job.user_id) for job, document in found]

    async def _in_batches(
        self,
        principal: Principal,
        states: Collection[str],
        change: Callable[[AsyncSession, Sequence[UUID]], Awaitable[Sequence[T]]],
        after_commit: Callable[[Sequence[T]], Awaitable[None]],
    ) -> int:
        """Change the jobs that are there now, each batch in its own transaction: who is interrupted has done whole batches."""
        require_admin(principal)
        before, last, changed = now(), None, 0
        while states:
            async with self._database.transaction() as session:
                job_ids = await job_monitor.ids(session, principal, states, before=before, after=last, limit=BATCH)
                done = await change(session, job_ids) if job_ids else ()
            await after_commit(done)
            changed += len(done)
            if len(job_ids) < BATCH:
                break
            last = job_ids[-1]
        return changed

    async def _record_many(
        self, session: AsyncSession, principal: Principal, action: str, job_ids: Sequence[UUID]
    ) -> None:
        if job_ids:
            await audit.record(
                session, principal, action, Target("job", "many"), {"jobs": [str(one) for one in job_ids]}
            )

    async def _announce(self, job_ids: Sequence[UUID]) -> None:
        for job_id in job_ids:
            await announce(self._redis, job_id)

    async def _wake(self, new: Sequence[IngestionJob]) -> None:
        """Tell the workers, after the commit. Without Redis they find the rows by themselves."""
        try:
            for job in new[:MOST_WOKEN]:
                await self._queue.enqueue_ingestion(job.id, job.attempts)
        except (RedisError, OSError) as error:
            log.warning("jobs.not_enqueued", error=repr(error))

    async def _in_redis(self) -> tuple[list[QueueStatus], list[WorkerStatus], bool]:
        try:
            listened, messages, alive = (
                await attended(self._redis),
                await depths(self._redis),
                await workers(self._redis),
            )
        except (RedisError, OSError) as error:
            log.warning("jobs.no_redis", error=repr(error))
            return [], [], False
        names = [queue.value for queue in ALL_QUEUES]
        return [QueueStatus(name, messages[name], listened[name] == "attended") for name in names], alive, True


def _about(job: IngestionJob) -> dict[str, object]:
    return {"document_id": str(job.document_id), "version": job.version, "attempts": job.attempts}
