"""The lease on a job: writes progress, sends heartbeats, and detects when it is lost."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.retry import is_transient
from core.telemetry import series
from db import jobs
from db.session import Database
from ingestion.jobs.rates import Rate, UsualRates
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
    """The Redis channel for changes of a job. Messages are empty: the row has the status."""
    return f"footnote:jobs:{job_id}"


async def announce(redis: Redis, job_id: UUID) -> None:
    """Wake the watchers of a job. Call it after the commit; without Redis, watchers poll."""
    try:
        async with asyncio.timeout(ANNOUNCE_WITHIN_S):
            await redis.publish(channel_of(job_id), b"")
    except (RedisError, OSError) as error:
        log.warning("job.not_announced", job_id=str(job_id), error=repr(error))


@dataclass
class Lease:
    """The lease of this process on a claimed job.

    Attributes:
        attempt: number of the attempt, the fencing token against earlier holders.
        version: the version of the document that is read.
        usual: how long embedding took in other jobs.
    """

    database: Database
    redis: Redis
    job_id: UUID
    attempt: int
    version: int = 1
    stage: JobStage = JobStage.PARSING
    pages: tuple[int, int | None] = (0, None)  # done, total
    chunks: tuple[int, int | None] = (0, None)
    usual: UsualRates = field(default_factory=UsualRates, repr=False)
    clock: Callable[[], float] = time.monotonic
    _is_changed: bool = field(default=True, repr=False)
    _rate: Rate = field(default_factory=Rate, repr=False)
    _stage_began: float = field(default=0.0, repr=False)

    def __post_init__(self) -> None:
        self._stage_began = self.clock()
        self._rate.note(self._stage_began, 0)

    def at(self, stage: JobStage) -> None:
        """Enter a stage."""
        if self.stage is JobStage.EMBEDDING:
            self._learn()
        if stage is not self.stage:
            self.end_stage()
        self.stage = stage
        self._rate = Rate()
        self._is_changed = True

    def pages_read(self, done: int, total: int) -> None:
        """Report how many pages are read."""
        self.pages = (done, total)
        self._rate.note(self.clock(), done)
        self._is_changed = True

    def chunks_embedded(self, done: int, total: int) -> None:
        """Report how many chunks have their vectors; they are written to the index shortly after."""
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
        """Estimated seconds until the end: this stage at its present rate, the next as usual; None when there is no estimate."""
        total = self._counts[1]
        left_s = self._rate.left_s(self.clock(), total) if total else None
        if left_s is None or not total or self.stage is not JobStage.PARSING:
            return None if left_s is None else math.ceil(left_s)
        each_s = self.usual.embedding_s
        return None if each_s is None else math.ceil(left_s + total * each_s)

    async def keep(self) -> None:
        """Write progress and heartbeats until cancelled.

        A database that does not answer is tried again for as long as the lease lasts; then its error is raised.

        Raises:
            LeaseLost: the job was stopped or deleted, or has another holder.
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

    def end_stage(self) -> None:
        """Take the time of the present stage."""
        present = self.clock()
        series.JOB_STAGE_SECONDS.add(present - self._stage_began, self.stage.value)
        self._stage_began = present

    def _learn(self) -> None:
        """Note the time per page of a job that embedded all its chunks and whose file has pages."""
        pages, first = self.pages[1], self._rate.first
        if pages and first is not None and first[1] == 0:
            self.usual.note((self.clock() - first[0]) / pages)

    @property
    def _counts(self) -> tuple[int, int | None]:
        return self.pages if self.stage is JobStage.PARSING else self.chunks
