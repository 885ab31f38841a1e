"""Tasks that show pages the answers that others write: another page, another door, another process."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Viewers:
    """At most one task for each page of this process."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, page_id: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Show a page what ``work`` shows, in the place of an earlier task of it."""
        self.stop(page_id)
        task = self._tasks[page_id] = asyncio.create_task(work(), name=f"viewer of {page_id}")
        task.add_done_callback(lambda done: self._forget(page_id, done))

    def has(self, page_id: str) -> bool:
        """Whether a page is being shown an answer."""
        return page_id in self._tasks

    def stop(self, page_id: str) -> None:
        """Show a page no more."""
        if page_id in self._tasks:
            self._tasks.pop(page_id).cancel()

    async def close(self) -> None:
        """End all tasks."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _forget(self, page_id: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(page_id) is done:
            del self._tasks[page_id]
