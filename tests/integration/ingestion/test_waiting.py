"""Files that wait for the search index at a start say so."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from core.access import Principal
from db.session import Database
from ingestion.jobs.waiting import OPENS, REBUILDS, explained
from ingestion.service import IngestionService
from ingestion.types import JobState
from ingestion.worker.pipeline import IngestionPipeline
from rag.index.live import LiveIndex

SAY_EVERY_S = 0.01


async def _pieces(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def _queued(
    service: IngestionService, person: Principal, text: str = "The telescope room is number 314."
) -> UUID:
    return (await service.submit(person, _pieces(text), f"{text[:20]}.txt")).job.job_id


async def _notice(service: IngestionService, person: Principal, job_id: UUID) -> str | None:
    job = await service.job(person, job_id)
    assert job.state == JobState.QUEUED
    return job.notice


async def _comes(service: IngestionService, person: Principal, job_id: UUID, notice: str) -> None:
    async with asyncio.timeout(20):
        while await _notice(service, person, job_id) != notice:
            await asyncio.sleep(SAY_EVERY_S)


async def test_a_file_says_that_the_index_is_opened_or_rebuilt_until_it_is(
    database: Database, live: LiveIndex, service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    first = await _queued(service, alice)
    async with explained(database, lambda: OPENS, SAY_EVERY_S):
        await _comes(service, alice, first, OPENS)
    assert await _notice(service, alice, first) is None
    async with explained(database, lambda: REBUILDS if live.restoring else None, SAY_EVERY_S):
        await asyncio.sleep(5 * SAY_EVERY_S)
        assert await _notice(service, alice, first) is None
        live.restoring = (256, 9_000)
        await _comes(service, alice, first, REBUILDS)
        second = await _queued(service, alice, "The garden is closed in winter.")
        await _comes(service, alice, second, REBUILDS)
        live.restoring = None
    assert await _notice(service, alice, first) is None
    await pipeline.run(first)
    assert (await service.job(alice, first)).state == JobState.FINISHED


async def test_a_file_says_nothing_while_another_process_reads_files(
    database: Database, service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    first, second = await _queued(service, alice), await _queued(service, alice, "The garden is closed in winter.")
    assert await pipeline.claim(first) is not None
    async with explained(database, lambda: OPENS, SAY_EVERY_S):
        await asyncio.sleep(20 * SAY_EVERY_S)
        assert await _notice(service, alice, second) is None
