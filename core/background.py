"""Background tasks that are kept until they are done."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Tasks that are under way; the event loop alone would let go of them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self) -> None:
        """Wait until all of it is done, and what it began meanwhile."""
        while self._tasks:
            await asyncio.wait(self._tasks)
