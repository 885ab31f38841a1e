"""One attempt at a job: its progress is written, its heartbeat sent, and its loss noticed, while the work goes on."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from db import jobs
from db.session import Database
from ingestion.types import JobStage

log = structlog.get_logger(__name__)

LEASE_S = 30.0  # silence after which another worker may take the job
WRITE_EVERY_S = 0.25
HEARTBEAT_EVERY_S = 2.0
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
        await redis.publish(channel_of(job_id), b"")
    except (RedisError, OSError) as error:
        log.warning("job.not_announced", job_id=str(job_id), error=repr(error))


@dataclass
class Lease:
    """The holder's side of a claimed job.

    Attributes:
        attempt: the number of the attempt, by which the rows tell its holder from earlier ones.
    """

    database: Database
    redis: Redis
    job_id: UUID
    attempt: int
    stage: JobStage = JobStage.PARSING
    pages: tuple[int, int | None] = (0, None)  # done, in all
    chunks: tuple[int, int | None] = (0, None)
    _is_changed: bool = field(default=True, repr=False)

    def at(self, stage: JobStage) -> None:
        """The work enters a stage."""
        self.stage = stage
        self._is_changed = True

    def pages_read(self, done: int, total: int) -> None:
        """So many pages are read."""
        self.pages = (done, total)
        self._is_changed = True

    def chunks_embedded(self, done: int, total: int) -> None:
        """So many chunks are in the index."""
        self.chunks = (done, total)
        self._is_changed = True

    @property
    def percent(self) -> int:
        """0–99 over all stages."""
        first, last = SHARE.get(self.stage, (0, 0))
        done, total = self.pages if self.stage is JobStage.PARSING else self.chunks
        return first + int((last - first) * done / total) if total else first

    async def keep(self) -> None:
        """Write and beat until cancelled.

        Raises:
            LeaseLost: somebody else has a say in the job now.
        """
        clock = asyncio.get_running_loop().time
        written_at = 0.0
        while True:
            if self._is_changed or clock() - written_at >= HEARTBEAT_EVERY_S:
                await self.write()
                written_at = clock()
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
            )
        if not is_held:
            raise LeaseLost
        await announce(self.redis, self.job_id)
