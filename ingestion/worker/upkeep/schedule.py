"""The schedule of upkeep, in slots of time, so that each chore runs once whichever process asks."""

import asyncio
import math
import time

import structlog

from core.faults import is_transient
from core.settings import UpkeepSettings
from ingestion.jobs.queue import JobQueue
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
WARM_SLOT_S = 600  # processes that start or follow within it warm once


class Schedule:
    """Asks for chores that are due, unless somebody did."""

    def __init__(self, queue: JobQueue, live: LiveIndex, settings: UpkeepSettings) -> None:
        self._queue = queue
        self._live = live
        self._settings = settings
        self._since_s = math.inf
        self._warmed: int | None = None

    async def keep(self) -> None:
        """Ask until cancelled: now, whenever the time has come, and when another index version answers."""
        while True:
            try:
                await self.ask(time.time())
            except Exception as error:
                level = log.warning if is_transient(error) else log.exception
                level("upkeep.not_asked", error=repr(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def ask(self, now_s: float) -> None:
        """Ask for what is due at a time (seconds since 1970)."""
        self._since_s = min(self._since_s, now_s)
        await self._ask_every(self._settings.prune_every_s, "prune", now_s)
        if now_s - self._since_s >= self._settings.idle_s:  # who has just started has people coming
            await self._ask_every(self._settings.idle_s, "optimise", now_s)
        current = self._live.current
        if current is not None and current.number != self._warmed:
            await self._queue.enqueue_chore("warm", f"{current.number}-{now_s // WARM_SLOT_S:.0f}", WARM_SLOT_S)
            self._warmed = current.number

    async def _ask_every(self, slot_s: int, chore: str, now_s: float) -> None:
        await self._queue.enqueue_chore(chore, f"{now_s // slot_s:.0f}", slot_s)
