"""Who is read when: the slots of one worker, filled from the rows in turn."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from arq.connections import ArqRedis
from sqlalchemy import select

from core.access import Principal
from core.settings import WorkerSettings
from db.models import IngestionJob
from db.session import Database
from ingestion.jobs.queue import ALL_QUEUES, QueueName, attended
from ingestion.service import IngestionService
from ingestion.types import JobState
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.slots import Slots
from ingestion.worker.worker import run_worker


async def bring(service: IngestionService, who: Principal, text: str) -> Any:
    """A queued job's id."""

    async def stream() -> AsyncIterator[bytes]:
        yield text.encode()

    return (await service.submit(who, stream(), f"{text}.txt")).job.job_id


@contextlib.asynccontextmanager
async def until_cancelled(work: Any) -> AsyncIterator[None]:
    """Something beside the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def users_of(database: Database, state: str) -> list[Any]:
    """Whose jobs are in a state, the first started first."""
    async with database.reader() as session:
        statement = select(IngestionJob.user_id).where(IngestionJob.state == state).order_by(IngestionJob.started_at)
        return list(await session.scalars(statement))


async def test_one_person_cannot_take_every_slot(
    service: IngestionService, pipeline: IngestionPipeline, database: Database, alice: Principal, bob: Principal
) -> None:
    async def never_ends(*_: object) -> None:
        await asyncio.Event().wait()

    pipeline._reader.read = never_ends  # type: ignore[method-assign, assignment]
    for number in range(5):
        await bring(service, alice, f"hers {number}")
    slots = Slots(pipeline, WorkerSettings(max_jobs=4, max_jobs_per_user=2))
    async with until_cancelled(slots.run()), asyncio.timeout(30):
        while len(await users_of(database, "started")) < 2:
            await asyncio.sleep(0.02)
        for number in range(3):
            await bring(service, bob, f"his {number}")
        slots.wake()
        while len(await users_of(database, "started")) < 4:
            await asyncio.sleep(0.02)
        slots.wake()
        await asyncio.sleep(0.2)
        assert await users_of(database, "started") == [alice.user_id] * 2 + [bob.user_id] * 2
    assert len(await users_of(database, "queued")) == 8  # given back


async def test_a_single_file_is_among_the_next_after_two_hundred_of_somebody_else(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    redis: ArqRedis,
    alice: Principal,
    bob: Principal,
) -> None:
    for number in range(200):
        await bring(service, alice, f"hers {number}")
    settings = WorkerSettings(max_jobs=2, max_jobs_per_user=2)
    async with until_cancelled(run_worker(redis, pipeline, settings)), asyncio.timeout(60):
        while not await users_of(database, "finished"):
            await asyncio.sleep(0.01)
        his = await bring(service, bob, "his")
        async with database.reader() as session:
            before = len((await users_of(database, "finished")) + (await users_of(database, "started")))
        while (await service.job(bob, his)).state is not JobState.FINISHED:
            await asyncio.sleep(0.01)
        async with database.reader() as session:
            statement = select(IngestionJob.started_at).where(IngestionJob.id == his)
            started_at = await session.scalar(statement)
            earlier = select(IngestionJob.id).where(IngestionJob.started_at < started_at)
            passed_him = len(list(await session.scalars(earlier))) - before
    assert passed_him <= settings.max_jobs


async def test_jobs_are_found_without_a_message(
    service: IngestionService, pipeline: IngestionPipeline, redis: ArqRedis, alice: Principal
) -> None:
    job_id = await bring(service, alice, "forgotten")
    await redis.flushall()
    slots = Slots(pipeline, WorkerSettings())
    async with until_cancelled(slots.run()), asyncio.timeout(30):
        while (await service.job(alice, job_id)).state is not JobState.FINISHED:
            await asyncio.sleep(0.05)


async def test_a_worker_listens_only_to_its_queues_and_says_so(
    service: IngestionService, pipeline: IngestionPipeline, redis: ArqRedis, alice: Principal
) -> None:
    assert set((await attended(redis)).values()) == {"unattended"}
    job_id = await bring(service, alice, "not for this one")
    queues = (QueueName.ANSWERS, QueueName.MAINTENANCE)
    async with until_cancelled(run_worker(redis, pipeline, WorkerSettings(), queues)), asyncio.timeout(30):
        while list((await attended(redis)).values()) != ["unattended", "attended", "attended"]:
            await asyncio.sleep(0.05)
        assert await redis.zcard(QueueName.INGESTION.key) == 1
        assert (await service.job(alice, job_id)).state is JobState.QUEUED
    async with until_cancelled(run_worker(redis, pipeline, WorkerSettings(), ALL_QUEUES)), asyncio.timeout(30):
        while (await service.job(alice, job_id)).state is not JobState.FINISHED:
            await asyncio.sleep(0.05)
        while set((await attended(redis)).values()) != {"attended"}:
            await asyncio.sleep(0.05)


async def test_every_worker_finds_the_jobs_of_a_vanished_one(
    service: IngestionService, pipeline: IngestionPipeline, redis: ArqRedis, alice: Principal, monkeypatch: Any
) -> None:
    monkeypatch.setattr("ingestion.worker.pipeline.LEASE_S", 0.2)
    job_id = await bring(service, alice, "its worker vanished")
    assert await pipeline.claim(job_id)
    await asyncio.sleep(0.3)
    async with (
        until_cancelled(run_worker(redis, pipeline, WorkerSettings(), (QueueName.ANSWERS,))),
        asyncio.timeout(30),
    ):
        while (await service.job(alice, job_id)).state is not JobState.QUEUED:
            await asyncio.sleep(0.05)
