"""Writes one batch while the next one is prepared."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class WriteBehind:
    """Runs one write at a time in the background. No write is interrupted, and all have ended when the block ends."""

    def __init__(self) -> None:
        self._task: asyncio.Future[None] | None = None

    async def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for the previous write and start the next. Raises the previous write's error."""
        try:
            await self._wait()
        except BaseException:
            work.close()
            raise
        self._task = asyncio.ensure_future(work)

    async def _wait(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.gather(task, return_exceptions=True)
            raise

    async def __aenter__(self) -> "WriteBehind":
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            await self._wait()
        elif self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
