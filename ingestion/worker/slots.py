"""The jobs that this process runs at the same time. Each free slot takes the next job from PostgreSQL's fair queue."""

import asyncio
from collections import Counter
from uuid import UUID

import structlog

from core.faults import is_transient
from core.settings import WorkerSettings
from ingestion.worker.pipeline import Claimed, IngestionPipeline

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0  # without being woken: when Redis forgot, or a busy worker got the message


class Slots:
    """Takes and runs jobs until cancelled.

    Args:
        settings: how many at once, and how many of them may be one person's: the others stay free for other people.
    """

    def __init__(self, pipeline: IngestionPipeline, settings: WorkerSettings) -> None:
        self._pipeline = pipeline
        self._most = settings.max_jobs
        self._most_per_user = settings.max_jobs_per_user
        self._running: dict[asyncio.Task[float | None], UUID | None] = {}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be a job, or a free slot. Costs nothing; call it for every reason there is."""
        self._woken.set()

    async def run(self) -> None:
        """Keep the slots filled. Cancelled, it gives the running jobs back to the queue."""
        try:
            while True:
                self._woken.clear()
                await self._fill()
                await self._rest()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _fill(self) -> None:
        while len(self._running) < self._most:
            try:
                claimed = await self._pipeline.claim_next(self._at_their_limit())
            except Exception as error:
                level = log.warning if is_transient(error) else log.exception
                level("jobs.not_claimed", error=repr(error))
                return
            if claimed is None:
                return
            self._start(claimed)

    def _at_their_limit(self) -> set[UUID | None]:
        return {user_id for user_id, jobs in Counter(self._running.values()).items() if jobs >= self._most_per_user}

    def _start(self, claimed: Claimed) -> None:
        task = asyncio.create_task(self._pipeline.do(claimed), name=f"job {claimed.job.id}")
        self._running[task] = claimed.job.user_id
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

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._woken.wait()
        except TimeoutError:
            return
