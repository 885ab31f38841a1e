"""What is running for whom: one question at a time per thread, stoppable, and waited for at shutdown."""

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
class Run:
    """One reply that is being worked on. ``snapshot`` gives the step as far as it is written, for a page that comes back."""

    thread_id: str
    session_id: UUID | None
    task: asyncio.Task[None] | None = None
    snapshot: Snapshot | None = None

    @property
    def is_ending(self) -> bool:
        """True once it was stopped; it may still be storing what it wrote."""
        return self.task is not None and self.task.cancelling() > 0


@dataclass(slots=True)
class _Thread:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    runs: list[Run] = field(default_factory=list)


class Runs:
    """All replies of this process."""

    def __init__(self) -> None:
        self._threads: dict[str, _Thread] = {}
        self._is_closing = False

    def start(
        self, thread_id: str, session_id: UUID | None, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> asyncio.Task[None]:
        """Run ``work`` as a reply of this thread. It awaits :meth:`turn` before it writes.

        Raises:
            UpstreamUnavailable: the server is shutting down.
            Conflict: too many questions already wait in this thread.
        """
        if self._is_closing:
            raise UpstreamUnavailable("Footnote is restarting. Ask again in a moment.", retry_after_s=5)
        if sum(not run.is_ending for run in self._of(thread_id)) >= _MOST_WAITING:
            raise Conflict("This conversation still works on earlier questions. Wait for them, or press Stop.")
        run = Run(thread_id, session_id)
        self._threads.setdefault(thread_id, _Thread()).runs.append(run)
        run.task = asyncio.create_task(work(), name=f"reply {thread_id}")
        run.task.add_done_callback(lambda _: self._forget(run))
        return run.task

    def _forget(self, run: Run) -> None:
        thread = self._threads.get(run.thread_id)
        if thread is None:
            return
        if run in thread.runs:
            thread.runs.remove(run)
        if not thread.runs:
            self._threads.pop(run.thread_id, None)

    @asynccontextmanager
    async def turn(self, thread_id: str) -> AsyncIterator[None]:
        """Wait until the earlier replies of the thread are done, and hold the later ones back."""
        async with self._threads.setdefault(thread_id, _Thread()).lock:
            yield

    def show(self, thread_id: str, snapshot: Snapshot | None) -> None:
        """Say how the reply that the present task writes can be shown to a page that reconnects."""
        for run in self._of(thread_id):
            if run.task is asyncio.current_task():
                run.snapshot = snapshot

    def snapshots(self, thread_id: str) -> list[dict[str, Any]]:
        """The unfinished replies of a thread, as steps."""
        steps = [run.snapshot() for run in self._of(thread_id) if run.snapshot]
        return [step for step in steps if step is not None]

    def is_busy(self, thread_id: str, besides: asyncio.Task[Any] | None = None) -> bool:
        """True while a reply of the thread runs or waits."""
        return any(run.task is not besides for run in self._of(thread_id))

    def stop(self, thread_id: str) -> int:
        """Cancel every reply of a thread, whoever started it and however. Returns how many there were."""
        return self._cancel(list(self._of(thread_id)))

    def stop_session(self, session_id: UUID) -> int:
        """Cancel every reply that a sign-in started."""
        return self._cancel([run for run in self._all() if run.session_id == session_id])

    async def drain(self, timeout_s: float) -> None:
        """Begin nothing more, let what runs finish, and cancel (which stores) what is left after ``timeout_s`` seconds."""
        self._is_closing = True
        for patience_s in (timeout_s, 5.0):
            tasks = [run.task for run in self._all() if run.task]
            if not tasks:
                return
            await asyncio.wait(tasks, timeout=patience_s)
            self._cancel(self._all())

    def _of(self, thread_id: str) -> list[Run]:
        thread = self._threads.get(thread_id)
        return thread.runs if thread else []

    def _all(self) -> list[Run]:
        return [run for thread in self._threads.values() for run in thread.runs]

    @staticmethod
    def _cancel(runs: list[Run]) -> int:
        for run in runs:
            if run.task:
                run.task.cancel()
        return len(runs)
