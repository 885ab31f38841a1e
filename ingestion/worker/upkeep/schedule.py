"""The schedule of upkeep, in time slots, so that each chore runs once over all processes."""

import math
import time

from core.retry import forever
from core.settings import UpkeepSettings
from ingestion.jobs.queue import JobQueue
from rag.index.live import LiveIndex

LOOK_EVERY_S = 15.0
ATTEND_EVERY_S = 60  # what a killed process left; a wish is announced at once
WARM_SLOT_S = 600  # processes that start or switch within it warm once


class Schedule:
    """Requests chores that are due, unless another process has."""

    def __init__(self, queue: JobQueue, live: LiveIndex, settings: UpkeepSettings, retain_every_s: int = 3600) -> None:
        self._queue = queue
        self._retain_every_s = retain_every_s
        self._live = live
        self._settings = settings
        self._since_s = math.inf
        self._warmed: int | None = None

    async def keep(self) -> None:
        """Request chores until cancelled: at once, whenever one is due, and when another index version becomes live."""
        await forever("upkeep.not_asked", lambda: self.ask(time.time()), LOOK_EVERY_S)

    async def ask(self, now_s: float) -> None:
        """Request the chores that are due at a time (seconds since 1970)."""
        self._since_s = min(self._since_s, now_s)
        await self._ask_every(self._settings.prune_every_s, "prune", now_s)
        await self._ask_every(ATTEND_EVERY_S, "attend_rights", now_s)
        await self._ask_every(self._retain_every_s, "retain", now_s)
        if now_s - self._since_s >= self._settings.idle_s:  # not just after a start, when people come back
            await self._ask_every(self._settings.idle_s, "optimise", now_s)
        current = self._live.current
        if current is not None and current.number != self._warmed:
            await self._queue.enqueue_chore("warm", f"{current.number}-{now_s // WARM_SLOT_S:.0f}", WARM_SLOT_S)
            self._warmed = current.number

    async def _ask_every(self, slot_s: int, chore: str, now_s: float) -> None:
        await self._queue.enqueue_chore(chore, f"{now_s // slot_s:.0f}", slot_s)
