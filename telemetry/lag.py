"""How late the event loop is: while it is late, everybody waits."""

import asyncio
from collections import deque

EVERY_S = 0.25
WINDOW = 120  # measurements: half a minute, so that no scrape misses the worst of them


class LoopLag:
    """Measures how much later than wished the loop wakes a task."""

    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=WINDOW)

    @property
    def worst_s(self) -> float:
        """The longest of the last half minute, in seconds."""
        return max(self._late_s, default=0.0)

    async def watch(self) -> None:
        """Measure until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self._late_s.append(max(0.0, clock() - due))
