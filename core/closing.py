"""Steps of a graceful shutdown. Each logs what it waits for when that takes a while, and has a time limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

log = structlog.get_logger(__name__)

LOG_AFTER_S = 2.0
CANCEL_AGAIN_S = 1.0


async def step(what: str, close: Callable[[], Awaitable[object]], limit_s: float) -> None:
    """Run one step; after ``limit_s`` seconds it is cancelled. A failure is logged and not raised, so that the other steps follow.

    Args:
        what: name of the step in the log.
    """
    task = asyncio.ensure_future(_run(close))
    await _wait(what, task, limit_s, lambda: None)
    if not task.done():
        task.cancel()
    elif not task.cancelled() and (error := task.exception()):
        log.error("closing.failed", what=what, exc_info=error)


async def cancelled(what: str, task: asyncio.Task[Any], limit_s: float) -> None:
    """Cancel a task and wait up to ``limit_s`` seconds until it has ended. Raises the task's own error.

    It is cancelled again every ``CANCEL_AGAIN_S``, because arq and redis-py sometimes lose a cancellation.
    """
    await _wait(what, task, limit_s, task.cancel)
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error


async def _wait(what: str, task: asyncio.Future[Any], limit_s: float, repeat: Callable[[], object]) -> None:
    started, is_logged = time.monotonic(), False
    while not task.done():
        waited_s = time.monotonic() - started
        if waited_s >= limit_s:
            log.error("closing.given_up", what=what, waited_s=round(waited_s, 1), tasks=_running())
            return
        if waited_s >= LOG_AFTER_S and not is_logged:
            is_logged = True
            log.warning("closing.waiting", what=what, limit_s=limit_s, tasks=_running())
        repeat()
        await asyncio.wait({task}, timeout=min(CANCEL_AGAIN_S, limit_s - waited_s))


def _running() -> list[str]:
    """The names of the running coroutines of the loop."""
    current = asyncio.current_task()
    return sorted(
        {getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks() if task is not current}
    )


async def _run(close: Callable[[], Awaitable[object]]) -> None:
    await close()
