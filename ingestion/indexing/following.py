"""What every process does beside its work: notice that another generation of the index answers, and, in workers, build and drop them."""

import asyncio

from core.retry import forever
from ingestion.indexing.builder import GenerationBuilder
from ingestion.indexing.versions import Generations

LOOK_EVERY_S = 1.0
DROP_EVERY_S = 30.0
BUILD_AGAIN_S = 30.0  # after it failed


async def follow(opened: Generations) -> None:
    """Notice, until cancelled, that another generation answers. PostgreSQL says so; nothing else has to tell."""
    await forever("index.switch_not_followed", opened.notice_switch, LOOK_EVERY_S)


async def build_and_drop(opened: Generations, builder: GenerationBuilder) -> None:
    """Until cancelled: build the generation that is wanted, when one is, and drop those that have had their day."""
    async with asyncio.TaskGroup() as group:
        group.create_task(forever("index.not_built", builder.build_if_wanted, LOOK_EVERY_S, BUILD_AGAIN_S))
        group.create_task(forever("index.not_dropped", opened.drop_retired, DROP_EVERY_S))
