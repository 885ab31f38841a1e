"""Runs several jobs at the same time. Each free slot takes the next job from the fair queue in PostgreSQL."""

import asyncio
from collections import Counter
from uuid import UUID

import structlog

from core.retry import log_failure
from core.settings import WorkerSettings
from ingestion.worker.pipeline import ClaimedJob, IngestionPipeline

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0  # without being woken: Redis may lose a message, or a busy worker may get it


class Slots:
    """Takes and runs jobs until cancelled.

    Args:
        settings: the number of slots, and how many of them one person's jobs may take.
    """

    def __init__(self, pipeline: IngestionPipeline, settings: WorkerSettings) -> None:
        self._pipeline = pipeline
        self._most = settings.max_jobs
        self._most_per_user = settings.max_jobs_per_user
        self._running: dict[asyncio.Task[float | None], ClaimedJob] = {}
        self._woken = asyncio.Event()

    @property
    def running(self) -> list[UUID]:
        """Ids of the jobs that run here now."""
        return [claimed.job.id for claimed in self._running.values()]

    def wake(self) -> None:
        """Look for jobs, because there may be one or a slot is free. It is cheap: call it whenever that may be."""
        self._woken.set()

    async def run(self, look_every_s: float = LOOK_EVERY_S) -> None:
        """Keep the slots filled. When cancelled, it puts the running jobs back into the queue."""
        try:
            while True:
                self._woken.clear()
                await self._fill()
                await self._wait(look_every_s)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _fill(self) -> None:
        while len(self._running) < self._most:
            try:
                claimed = await self._pipeline.claim_next(self._at_their_limit())
            except Exception as error:
                log_failure("jobs.not_claimed", error)
                return
            if claimed is None:
                return
            self._start(claimed)

    def _at_their_limit(self) -> set[UUID | None]:
        counts = Counter(claimed.job.user_id for claimed in self._running.values())
        return {user_id for user_id, jobs in counts.items() if jobs >= self._most_per_user}

    def _start(self, claimed: ClaimedJob) -> None:
        task = asyncio.create_task(self._pipeline.do(claimed), name=f"job {claimed.job.id}")
        self._running[task] = claimed
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[float | None]) -> None:
        del self._running[task]
        self.wake()
        if task.cancelled():
            return
        if error := task.exception():
            log.error("job.broke_off", exc_info=error)
        elif (again_s := task.result()) is not None:
            asyncio.get_running_loop().call_later(again_s, self.wake)

    async def _wait(self, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._woken.wait()
        except TimeoutError:
            return
