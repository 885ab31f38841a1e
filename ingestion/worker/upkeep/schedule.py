"""The schedule of upkeep, in slots of time, so that each chore runs once whichever process asks."""

import math
import time

from core.retry import forever
from core.settings import UpkeepSettings
from ingestion.jobs.queue import JobQueue
from rag.index.live import LiveIndex

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
        await forever("upkeep.not_asked", lambda: self.ask(time.time()), LOOK_EVERY_S)

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
