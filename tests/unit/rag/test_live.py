"""Using the index version that answers."""

import asyncio
from typing import cast

import pytest

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex
from rag.index.live import IndexVersion, LiveIndex


@pytest.mark.parametrize("steps", range(6))
async def test_whoever_is_cancelled_while_it_is_taken_into_use_is(steps: int) -> None:
    live = LiveIndex(IndexVersion(1, cast(FootnoteEmbeddings, None), cast(ChunkIndex, None)))

    async def work() -> None:
        async with live.use():
            await asyncio.sleep(60)

    working = asyncio.create_task(work())
    for _ in range(steps):
        await asyncio.sleep(0)
    working.cancel()
    async with asyncio.timeout(5):
        await asyncio.wait({working})
    assert working.cancelled()
    assert not live.is_used(1)
