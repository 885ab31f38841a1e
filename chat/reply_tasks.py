"""Tasks that write replies: one at a time per thread, stoppable, and awaited at shutdown."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.errors import Conflict, UpstreamUnavailable

_MOST_WAITING = 4

Snapshot = Callable[[], dict[str, Any] | None]


@dataclass(eq=False, slots=True)
class ReplyTask:
    """A reply in progress. ``snapshot`` returns its step as written so far, for its page when it reconnects.

    Attributes:
        session_id: the sign-in that asked.
        page_id: the page that asked, on which the reply is written; others follow the answer run (``chat/viewers.py``).
    """

    thread_id: str
    session_id: UUID | None
    page_id: str
    task: asyncio.Task[None] | None = None
    snapshot: Snapshot | None = None

    @property
    def is_ending(self) -> bool:
        """True once it was stopped; it may still be storing its text."""
        return self.task is not None and self.task.cancelling() > 0


@dataclass(slots=True)
class _Thread:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    tasks: list[ReplyTask] = field(default_factory=list)


class ReplyTasks:
    """All replies in progress in this process."""

    def __init__(self) -> None:
        self._threads: dict[str, _Thread] = {}
        self._is_closing = False

    def start(
        self, thread_id: str, session_id: UUID | None, page_id: str, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> asyncio.Task[None]:
        """Run ``work`` as a reply in this thread; ``work`` enters :meth:`in_order` before it writes.

        Raises:
            UpstreamUnavailable: the server is shutting down.
            Conflict: too many questions already wait in this thread.
        """
        if self._is_closing:
            raise UpstreamUnavailable("Footnote is restarting. Ask again in a moment.", retry_after_s=5)
        if sum(not reply.is_ending for reply in self._of(thread_id)) >= _MOST_WAITING:
            raise Conflict("This conversation still works on earlier questions. Wait for them, or press Stop.")
        reply = ReplyTask(thread_id, session_id, page_id)
        self._threads.setdefault(thread_id, _Thread()).tasks.append(reply)
        reply.task = asyncio.create_task(work(), name=f"reply {thread_id}")
        reply.task.add_done_callback(lambda _: self._forget(reply))
        return reply.task

    def _forget(self, reply: ReplyTask) -> None:
        thread = self._threads.get(reply.thread_id)
        if thread is None:
            return
        if reply in thread.tasks:
            thread.tasks.remove(reply)
        if not thread.tasks:
            self._threads.pop(reply.thread_id, None)

    @asynccontextmanager
    async def in_order(self, thread_id: str) -> AsyncIterator[None]:
        """Wait for the thread's earlier replies; later ones wait until the block ends."""
        async with self._threads.setdefault(thread_id, _Thread()).lock:
            yield

    def set_snapshot(self, thread_id: str, snapshot: Snapshot | None) -> None:
        """Set the ``snapshot`` of the reply that the current task writes."""
        for reply in self._of(thread_id):
            if reply.task is asyncio.current_task():
                reply.snapshot = snapshot

    def snapshots(self, thread_id: str) -> list[dict[str, Any]]:
        """The unfinished replies of a thread, as steps."""
        steps = [reply.snapshot() for reply in self._of(thread_id) if reply.snapshot]
        return [step for step in steps if step is not None]

    def is_writing(self, thread_id: str, page_id: str) -> bool:
        """Whether a reply is written on this very page."""
        return any(reply.page_id == page_id for reply in self._of(thread_id))

    def is_busy(self, thread_id: str, except_task: asyncio.Task[Any] | None = None) -> bool:
        """True while a reply of the thread runs or waits, ``except_task`` not counted."""
        return any(reply.task is not except_task for reply in self._of(thread_id))

    @property
    def is_writing_any(self) -> bool:
        """True while a reply runs or waits in any thread."""
        return bool(self._all())

    def stop(self, thread_id: str) -> int:
        """Cancel all replies of a thread, also of other pages and of edits. Returns how many there were."""
        return self._cancel(list(self._of(thread_id)))

    def stop_session(self, session_id: UUID) -> int:
        """Cancel all replies that a sign-in started. Returns how many there were."""
        return self._cancel([reply for reply in self._all() if reply.session_id == session_id])

    async def drain(self, timeout_s: float) -> None:
        """Start no more replies, and cancel those that are unfinished after ``timeout_s`` seconds; cancelling stores them."""
        self._is_closing = True
        for wait_s in (timeout_s, 5.0):
            tasks = [reply.task for reply in self._all() if reply.task]
            if not tasks:
                return
            await asyncio.wait(tasks, timeout=wait_s)
            self._cancel(self._all())

    def _of(self, thread_id: str) -> list[ReplyTask]:
        thread = self._threads.get(thread_id)
        return thread.tasks if thread else []

    def _all(self) -> list[ReplyTask]:
        return [reply for thread in self._threads.values() for reply in thread.tasks]

    @staticmethod
    def _cancel(replies: list[ReplyTask]) -> int:
        for reply in replies:
            if reply.task:
                reply.task.cancel()
        return len(replies)
