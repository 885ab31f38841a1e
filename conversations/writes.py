"""Ordered writes: one at a time per thread, retried when the connection fails, every failure reported."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog

from core.errors import FootnoteError, NotFound, NotPermitted
from core.retry import is_transient
from db.base import now

log = structlog.get_logger(__name__)
T = TypeVar("T")
WriteErrorCallback = Callable[[str, str], Awaitable[None]]

RETRY_AFTER_S = (0.1, 0.5, 2.0)
_LET_TASKS_BEGIN = 3  # Chainlit's message → task → task: three iterations of the loop until a write is in line


@dataclass(frozen=True, slots=True)
class WriteError:
    """A write that failed for good. ``reference`` is in the log and in the message to the person."""

    thread_id: UUID
    what: str
    reference: str
    at: datetime


class WriteFailed(FootnoteError):
    """A write could not be stored; the message has the reference."""

    def __init__(self) -> None:
        super().__init__("")
        self.message = f"This could not be saved (reference {self.reference})."
        self.args = (self.message,)


class ThreadWrites:
    """A line of writes per thread.

    Attributes:
        failed: how many writes failed for good since the start.
        errors: the last 100 of them.
        on_error: called with ``(thread_id, reference)`` for each, to show it on the pages of the thread.
    """

    def __init__(self, retry_after_s: tuple[float, ...] = RETRY_AFTER_S) -> None:
        self.failed = 0
        self.errors: deque[WriteError] = deque(maxlen=100)
        self.on_error: WriteErrorCallback | None = None
        self._retry_after_s = retry_after_s
        self._last: dict[UUID, asyncio.Task[object]] = {}

    async def run(self, thread_id: UUID, what: str, write: Callable[[], Awaitable[T]]) -> T:
        """Wait for the thread's earlier writes, then do this one. Cancelling the caller does not cancel the write.

        Args:
            what: a word or two for the log, such as ``step.create``.
            write: opens its own transaction; may be called more than once.

        Raises:
            FootnoteError: the write was refused, or (WriteFailed) did not succeed; already logged in both cases.
        """
        task = asyncio.create_task(self._in_line(self._last.get(thread_id), thread_id, what, write))
        self._last[thread_id] = task
        task.add_done_callback(lambda done: self._leave(thread_id, done))
        return await asyncio.shield(task)

    async def try_run(self, thread_id: UUID, what: str, write: Callable[[], Awaitable[object]]) -> None:
        """Like :meth:`run` for callers that are not awaited: failures are logged and reported, not raised."""
        try:
            await self.run(thread_id, what, write)
        except FootnoteError as error:
            log.debug("write.abandoned", what=what, reference=error.reference)

    async def flush(self, thread_id: UUID | None = None) -> None:
        """Wait until all writes are done, of one thread or of all, including those whose tasks have not begun."""
        while True:
            for _ in range(_LET_TASKS_BEGIN):
                await asyncio.sleep(0)
            waiting = [task for key, task in self._last.items() if thread_id in (None, key)]
            if not waiting:
                return
            await asyncio.wait(waiting)

    def _leave(self, thread_id: UUID, done: asyncio.Task[T]) -> None:
        if self._last.get(thread_id) is done:
            del self._last[thread_id]
        if not done.cancelled():
            done.exception()  # mark it as retrieved: the caller may have been cancelled

    async def _in_line(
        self, earlier: asyncio.Task[object] | None, thread_id: UUID, what: str, write: Callable[[], Awaitable[T]]
    ) -> T:
        if earlier is not None:
            await asyncio.wait([earlier])
        try:
            return await self._attempt(write, what)
        except (NotFound, NotPermitted) as error:
            # Not shown on the pages of the thread: someone else tried.
            log.warning("write.refused", thread_id=str(thread_id), what=what, reference=error.reference)
            raise
        except FootnoteError as error:
            await self._report(thread_id, what, error.reference, error)
            raise
        except Exception as error:
            failed = WriteFailed()
            await self._report(thread_id, what, failed.reference, error)
            raise failed from error

    async def _attempt(self, write: Callable[[], Awaitable[T]], what: str) -> T:
        for pause_s in self._retry_after_s:
            try:
                return await write()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("write.retried", what=what, pause_s=pause_s, error=type(error).__name__)
            await asyncio.sleep(pause_s)
        return await write()

    async def _report(self, thread_id: UUID, what: str, reference: str, error: Exception) -> None:
        self.failed += 1
        self.errors.append(WriteError(thread_id, what, reference, now()))
        log.error("write.failed", thread_id=str(thread_id), what=what, reference=reference, exc_info=error)
        if self.on_error is None:
            return
        try:
            await self.on_error(str(thread_id), reference)
        except Exception:
            log.exception("write.report_failed", reference=reference)
