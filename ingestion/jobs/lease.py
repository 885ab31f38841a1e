"""The lease on a job: writes progress, sends heartbeats, and notices when it is lost."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.faults import is_transient
from db import jobs
from db.session import Database
from ingestion.jobs.rate import Rate, UsualRates
from ingestion.types import JobStage

log = structlog.get_logger(__name__)

LEASE_S = 15.0  # silence after which another worker may take the job
WRITE_EVERY_S = 0.25
HEARTBEAT_EVERY_S = 2.0
ANNOUNCE_WITHIN_S = 2.0
SHARE = {
    JobStage.PARSING: (0, 30),
    JobStage.CHUNKING: (30, 32),
    JobStage.EMBEDDING: (32, 98),
    JobStage.INDEXING: (98, 99),
}


class LeaseLost(Exception):
    """The job is no longer this attempt's: stopped by a person, deleted, or taken by another worker."""


def channel_of(job_id: UUID) -> str:
    """Where changes of a job are announced; the message says nothing, the row does."""
    return f"footnote:jobs:{job_id}"


async def announce(redis: Redis, job_id: UUID) -> None:
    """Wake those who watch a job. Call it after the commit; without Redis they look again by themselves."""
    try:
        async with asyncio.timeout(ANNOUNCE_WITHIN_S):
            await redis.publish(channel_of(job_id), b"")
    except (RedisError, OSError) as error:
        log.warning("job.not_announced", job_id=str(job_id), error=repr(error))


@dataclass
class Lease:
    """The holder's side of a claimed job.

    Attributes:
        attempt: the number of the attempt, by which the rows tell its holder from earlier ones.
        version: of the document, that is read.
        usual: what other jobs tell about the time that embedding takes.
    """

    database: Database
    redis: Redis
    job_id: UUID
    attempt: int
    version: int = 1
    stage: JobStage = JobStage.PARSING
    pages: tuple[int, int | None] = (0, None)  # done, in all
    chunks: tuple[int, int | None] = (0, None)
    usual: UsualRates = field(default_factory=UsualRates, repr=False)
    clock: Callable[[], float] = time.monotonic
    _is_changed: bool = field(default=True, repr=False)
    _rate: Rate = field(default_factory=Rate, repr=False)

    def __post_init__(self) -> None:
        self._rate.note(self.clock(), 0)

    def at(self, stage: JobStage) -> None:
        """The work enters a stage."""
        if self.stage is JobStage.EMBEDDING:
            self._learn()
        self.stage = stage
        self._rate = Rate()
        self._is_changed = True

    def pages_read(self, done: int, total: int) -> None:
        """So many pages are read."""
        self.pages = (done, total)
        self._rate.note(self.clock(), done)
        self._is_changed = True

    def chunks_embedded(self, done: int, total: int) -> None:
        """So many chunks have their vectors; they are in the index a moment later."""
        self.chunks = (done, total)
        self._rate.note(self.clock(), done)
        self._is_changed = True

    @property
    def percent(self) -> int:
        """0–99 over all stages."""
        first, last = SHARE.get(self.stage, (0, 0))
        done, total = self._counts
        return first + int((last - first) * done / total) if total else first

    @property
    def eta_s(self) -> int | None:
        """Seconds until it is through: this stage at its present rate, the next one as usual; None while that cannot be told."""
        total = self._counts[1]
        left_s = self._rate.left_s(self.clock(), total) if total else None
        if left_s is None or not total or self.stage is not JobStage.PARSING:
            return None if left_s is None else math.ceil(left_s)
        each_s = self.usual.embedding_s
        return None if each_s is None else math.ceil(left_s + total * each_s)

    async def keep(self) -> None:
        """Write and beat until cancelled.

        A database that does not answer is asked again for as long as the lease lasts; then its error is raised.

        Raises:
            LeaseLost: somebody else has a say in the job now.
        """
        clock = asyncio.get_running_loop().time
        written_at = clock()
        while True:
            if self._is_changed or clock() - written_at >= HEARTBEAT_EVERY_S:
                try:
                    await self.write()
                    written_at = clock()
                except Exception as error:
                    if not is_transient(error) or clock() - written_at >= LEASE_S:
                        raise
                    self._is_changed = True
            await asyncio.sleep(WRITE_EVERY_S)

    async def write(self) -> None:
        """Record the progress now. Raises LeaseLost."""
        self._is_changed = False
        async with self.database.transaction() as session:
            is_held = await jobs.advance(
                session,
                self.job_id,
                self.attempt,
                stage=self.stage,
                percent=self.percent,
                pages_done=self.pages[0],
                pages_total=self.pages[1],
                chunks_done=self.chunks[0],
                chunks_total=self.chunks[1],
                eta_s=self.eta_s,
            )
        if not is_held:
            raise LeaseLost
        await announce(self.redis, self.job_id)

    def _learn(self) -> None:
        """From a job that embedded everything, and whose file has pages."""
        pages, first = self.pages[1], self._rate.first
        if pages and first is not None and first[1] == 0:
            self.usual.note((self.clock() - first[0]) / pages)

    @property
    def _counts(self) -> tuple[int, int | None]:
        return self.pages if self.stage is JobStage.PARSING else self.chunks
