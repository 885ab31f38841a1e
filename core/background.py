"""References to background tasks until they are done."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Holds running tasks, because the event loop itself has only weak references to them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel(self) -> None:
        """End all tasks early; :meth:`drain` waits for them."""
        for task in self._tasks:
            task.cancel()

    async def drain(self) -> None:
        """Wait until all tasks are done, including those they start meanwhile."""
        while self._tasks:
            await asyncio.wait(self._tasks)
