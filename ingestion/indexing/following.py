"""Background loops for index versions: every process notices a switch; workers build new ones and drop retired ones."""

import asyncio

from core.retry import forever, whenever
from db import index_versions
from db.lookout import NET_S, Lookout
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.versions import IndexVersions

DROP_EVERY_S = 60.0
FOLLOW_AGAIN_S = 2.0  # after a failure
BUILD_AGAIN_S = 30.0


async def follow(versions: IndexVersions, lookout: Lookout) -> None:
    """Until cancelled: switch whenever the live index version in PostgreSQL has changed."""
    changed = asyncio.Event()
    lookout.when_changed(index_versions.live_now(), changed.set)
    await whenever("index.switch_not_followed", versions.notice_switch, changed, NET_S, FOLLOW_AGAIN_S)


async def build_and_drop(versions: IndexVersions, builder: IndexBuilder, lookout: Lookout) -> None:
    """Until cancelled: build an index version when one is needed, and drop the retired ones."""
    wanted = asyncio.Event()
    lookout.when(index_versions.some_building(), wanted.set)
    async with asyncio.TaskGroup() as group:
        group.create_task(whenever("index.not_built", builder.build_if_needed, wanted, NET_S, BUILD_AGAIN_S))
        group.create_task(forever("index.not_dropped", versions.drop_retired, DROP_EVERY_S))
