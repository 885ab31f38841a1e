"""Writes one batch while the next is made."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class OneBehind:
    """One write at a time while the next batch is made, none cut in two, all over when the block ends."""

    def __init__(self) -> None:
        self._task: asyncio.Future[None] | None = None

    async def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a write, when the one before is over. Raises what that raised."""
        try:
            await self._over()
        except BaseException:
            work.close()
            raise
        self._task = asyncio.ensure_future(work)

    async def _over(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.gather(task, return_exceptions=True)
            raise

    async def __aenter__(self) -> "OneBehind":
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            await self._over()
        elif self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
