"""Background loops for index versions: every process notices a switch; workers build new ones and drop retired ones."""

import asyncio

from core.retry import forever
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.versions import IndexVersions

LOOK_EVERY_S = 2.0
DROP_EVERY_S = 30.0
BUILD_AGAIN_S = 30.0  # after a failure


async def follow(versions: IndexVersions) -> None:
    """Until cancelled: switch whenever the live index version in PostgreSQL has changed."""
    await forever("index.switch_not_followed", versions.notice_switch, LOOK_EVERY_S)


async def build_and_drop(versions: IndexVersions, builder: IndexBuilder) -> None:
    """Until cancelled: build an index version when one is needed, and drop the retired ones."""
    async with asyncio.TaskGroup() as group:
        group.create_task(forever("index.not_built", builder.build_if_needed, LOOK_EVERY_S, BUILD_AGAIN_S))
        group.create_task(forever("index.not_dropped", versions.drop_retired, DROP_EVERY_S))
