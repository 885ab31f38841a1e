"""The steps of an orderly end. Each says what it waits for when that takes a while, and none is waited for without end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

log = structlog.get_logger(__name__)

TOLD_AFTER_S = 2.0
CANCEL_AGAIN_S = 1.0


async def step(what: str, close: Callable[[], Awaitable[object]], limit_s: float) -> None:
    """Wait for one step; after ``limit_s`` seconds go on without it. Its failure is logged, and keeps no other step from being taken.

    Args:
        what: is waited for, as the log says it.
    """
    task = asyncio.ensure_future(_run(close))
    await _wait(what, task, limit_s, lambda: None)
    if not task.done():
        task.cancel()
    elif not task.cancelled() and (error := task.exception()):
        log.error("closing.failed", what=what, exc_info=error)


async def cancelled(what: str, task: asyncio.Task[Any], limit_s: float) -> None:
    """Cancel a task and wait until it has ended; an error of its own is raised.

    It is told again and again: arq and redis-py lose a cancellation now and then.
    """
    await _wait(what, task, limit_s, task.cancel)
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error


async def _wait(what: str, task: asyncio.Future[Any], limit_s: float, again: Callable[[], object]) -> None:
    started, is_told = time.monotonic(), False
    while not task.done():
        waited_s = time.monotonic() - started
        if waited_s >= limit_s:
            log.error("closing.given_up", what=what, waited_s=round(waited_s, 1), tasks=_running())
            return
        if waited_s >= TOLD_AFTER_S and not is_told:
            is_told = True
            log.warning("closing.waiting", what=what, limit_s=limit_s, tasks=_running())
        again()
        await asyncio.wait({task}, timeout=min(CANCEL_AGAIN_S, limit_s - waited_s))


def _running() -> list[str]:
    """The names of what runs in the loop."""
    current = asyncio.current_task()
    return sorted(
        {getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks() if task is not current}
    )


async def _run(close: Callable[[], Awaitable[object]]) -> None:
    await close()
