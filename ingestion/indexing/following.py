"""Background loops for index versions: every process notices a switch; workers build new ones and drop retired ones."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.faults import is_transient
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.versions import IndexVersions

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
DROP_EVERY_S = 30.0
BUILD_AGAIN_S = 30.0  # after it failed


async def follow(opened: IndexVersions) -> None:
    """Notice, until cancelled, that another index version answers. PostgreSQL says so; nothing else has to tell."""
    await _again("index.switch_not_followed", opened.notice_switch, LOOK_EVERY_S)


async def build_and_drop(opened: IndexVersions, builder: IndexBuilder) -> None:
    """Until cancelled: build the index version that is wanted, when one is, and drop those that have had their day."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_again("index.not_built", builder.build_if_wanted, LOOK_EVERY_S, BUILD_AGAIN_S))
        group.create_task(_again("index.not_dropped", opened.drop_retired, DROP_EVERY_S))


async def _again(
    event: str, work: Callable[[], Awaitable[object]], pause_s: float, after_failure_s: float | None = None
) -> None:
    """Do something again and again; what goes wrong is logged and tried anew."""
    while True:
        wait_s = pause_s
        try:
            await work()
        except Exception as error:
            wait_s = after_failure_s or pause_s
            level = log.warning if is_transient(error) else log.exception
            level(event, error=repr(error))
        await asyncio.sleep(wait_s)
