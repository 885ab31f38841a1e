"""A job's life: stopped and tried again at every stage, put off while a server does not answer, and how long it still takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.access import Principal
from core.errors import DocumentUnreadable, UpstreamUnavailable
from core.retry import MOST_FAILURES
from db import jobs
from db.base import now
from db.models import ChunkRow, IngestionJob
from db.session import Database
from ingestion.jobs.lease import Lease
from ingestion.service import IngestionService
from ingestion.types import JobStage, JobState, JobStatus
from ingestion.worker.pipeline import ClaimedJob, IngestionPipeline
from rag.index import ChunkIndex
from tests import documents as files

SILENT = "The search server does not answer as it should."
Step = Callable[..., Awaitable[Any]]


async def bring(
    service: IngestionService, who: Principal, data: bytes = files.HANDBOOK, name: str = "handbook.pdf"
) -> JobStatus:
    """A queued job."""

    async def stream() -> Any:
        yield data

    return (await service.submit(who, stream(), name)).job


async def rows_of(database: Database, job: JobStatus) -> int:
    """Chunks in the database."""
    async with database.reader() as session:
        statement = select(func.count()).select_from(ChunkRow).where(ChunkRow.document_id == job.document_id)
        return await session.scalar(statement) or 0


async def due_now(database: Database, job: JobStatus) -> None:
    """The time it waits for has come."""
    async with database.transaction() as session:
        await session.execute(update(IngestionJob).where(IngestionJob.id == job.job_id).values(not_before=now()))


async def next_job(pipeline: IngestionPipeline) -> ClaimedJob:
    """What is next in turn; there must be something."""
    claimed = await pipeline.claim_next()
    assert claimed is not None
    return claimed


def failing(step: Step, *errors: Exception) -> Step:
    """The same step, which fails with these errors first."""
    left = list(errors)

    async def run(*args: Any) -> Any:
        if left:
            raise left.pop(0)
        return await step(*args)

    return run


def hold(pipeline: IngestionPipeline, stage: JobStage) -> None:
    """Let every job stand still at the beginning of a stage."""

    async def stand_still(lease: Lease, *_: Any) -> None:
        lease.at(stage)
        await asyncio.Event().wait()

    part, name = (pipeline._reader, "read") if stage is JobStage.PARSING else (pipeline._indexer, "index")
    setattr(part, name, stand_still)


async def is_at(service: IngestionService, who: Principal, job: JobStatus, stage: JobStage) -> None:
    """Wait until a job is seen in a stage."""
    async for status in service.watch(who, job.job_id):
        if status.stage is stage and status.state is JobState.STARTED:
            return
    raise AssertionError("the job ended")


@pytest.mark.parametrize("stage", [JobStage.PARSING, JobStage.EMBEDDING])
async def test_a_started_job_is_stopped_and_tried_again(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    alice: Principal,
    stage: JobStage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patches:
        for part, name in ((pipeline._reader, "read"), (pipeline._indexer, "index")):
            patches.setattr(part, name, getattr(part, name))  # put back after the block
        hold(pipeline, stage)
        job = await bring(service, alice)
        running = asyncio.create_task(pipeline.run(job.job_id))
        await is_at(service, alice, job, stage)
        await service.cancel(alice, job.job_id)
        async with asyncio.timeout(20):
            await running
    stopped = await service.job(alice, job.job_id)
    assert (stopped.state, stopped.eta_s, stopped.notice) == (JobState.STOPPED, None, None)
    assert (await service.document(alice, job.document_id)).state == "failed"
    assert await rows_of(database, job) == await index.count() == 0
    await read_again(service, pipeline, index, alice, job)


async def read_again(
    service: IngestionService, pipeline: IngestionPipeline, index: ChunkIndex, who: Principal, job: JobStatus
) -> None:
    """A stopped or failed job is tried again, and goes well."""
    again = await service.retry(who, job.job_id)
    assert again.state is JobState.QUEUED
    await pipeline.do(await next_job(pipeline))
    done = await service.job(who, again.job_id)
    assert (done.state, done.percent, done.notice) == (JobState.FINISHED, 100, None)
    assert (await service.document(who, job.document_id)).state == "ready"
    assert await index.count() == done.chunks_total


async def test_a_job_is_stopped_at_its_last_writes(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    alice: Principal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await bring(service, alice)
    write = Lease.write
    reached = asyncio.Event()

    async def slow_write(lease: Lease) -> None:
        if lease.stage is JobStage.INDEXING:
            reached.set()
            await stopped.wait()
        await write(lease)

    stopped = asyncio.Event()
    with monkeypatch.context() as patches:
        patches.setattr(Lease, "write", slow_write)
        running = asyncio.create_task(pipeline.run(job.job_id))
        await reached.wait()
        await service.cancel(alice, job.job_id)
        stopped.set()
        async with asyncio.timeout(20):
            await running
    assert (await service.job(alice, job.job_id)).state is JobState.STOPPED
    assert await rows_of(database, job) == await index.count() == 0
    await read_again(service, pipeline, index, alice, job)


async def test_a_job_that_waits_for_a_server_is_stopped_and_tried_again(
    service: IngestionService,
    pipeline: IngestionPipeline,
    index: ChunkIndex,
    alice: Principal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await bring(service, alice)
    with monkeypatch.context() as patches:
        patches.setattr(pipeline._indexer, "index", failing(pipeline._indexer.index, UpstreamUnavailable(SILENT)))
        await pipeline.run(job.job_id)
    assert (await service.job(alice, job.job_id)).notice
    await service.cancel(alice, job.job_id)
    stopped = await service.job(alice, job.job_id)
    assert (stopped.state, stopped.notice) == (JobState.STOPPED, None)
    await read_again(service, pipeline, index, alice, job)


async def test_a_server_that_does_not_answer_is_waited_for(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    alice: Principal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = failing(pipeline._indexer.index, UpstreamUnavailable(SILENT), UpstreamUnavailable(SILENT))
    monkeypatch.setattr(pipeline._indexer, "index", step)
    job = await bring(service, alice)
    waits = []
    for failures, seconds in ((1, 2), (2, 4)):
        wait_s = await pipeline.do(await next_job(pipeline))
        assert wait_s is not None
        waits.append(wait_s)
        status = await service.job(alice, job.job_id)
        assert (status.state, status.stage, status.error) == (JobState.QUEUED, JobStage.WAITING, None)
        assert status.notice == f"The search server does not answer as it should; trying again in {wait_s:.0f} s."
        assert abs(wait_s - seconds) <= 1
        assert await pipeline.claim_next() is None
        async with database.reader() as session:
            row = await jobs.find(session, job.job_id)
        assert row is not None
        assert row.failures == failures
        await due_now(database, job)
    assert await pipeline.do(await next_job(pipeline)) is None
    done = await service.job(alice, job.job_id)
    assert (done.state, done.notice, done.eta_s) == (JobState.FINISHED, None, None)
    assert await rows_of(database, job) == await index.count() == done.chunks_total


async def test_a_file_that_cannot_be_read_is_not_tried_again(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = DocumentUnreadable("The file is damaged.")
    monkeypatch.setattr(pipeline._reader, "read", failing(pipeline._reader.read, damaged))
    job = await bring(service, alice)
    assert await pipeline.do(await next_job(pipeline)) is None
    failed = await service.job(alice, job.job_id)
    assert (failed.state, failed.error) == (JobState.FAILED, "The file is damaged.")


async def test_after_half_an_hour_it_is_given_up_with_a_sentence(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    alice: Principal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await bring(service, alice)
    async with database.transaction() as session:
        values = {"failures": MOST_FAILURES - 1, "attempts": MOST_FAILURES}
        await session.execute(update(IngestionJob).where(IngestionJob.id == job.job_id).values(values))
    with monkeypatch.context() as patches:
        patches.setattr(pipeline._indexer, "index", failing(pipeline._indexer.index, UpstreamUnavailable(SILENT)))
        assert await pipeline.do(await next_job(pipeline)) is None
    failed = await service.job(alice, job.job_id)
    assert failed.state is JobState.FAILED
    assert failed.error == f"{SILENT} It was tried {MOST_FAILURES} times; please try again later."
    assert failed.reference
    await read_again(service, pipeline, index, alice, job)


async def test_a_job_put_off_many_times_is_not_taken_for_one_that_kills_its_workers(
    service: IngestionService, pipeline: IngestionPipeline, database: Database, alice: Principal
) -> None:
    job = await bring(service, alice)
    async with database.transaction() as session:
        values = {"state": "started", "failures": 9, "attempts": 10, "heartbeat_at": now().replace(year=2020)}
        await session.execute(update(IngestionJob).where(IngestionJob.id == job.job_id).values(values))
    assert await pipeline.requeue_silent() == 1
    assert (await service.job(alice, job.job_id)).state is JobState.QUEUED


async def test_an_outcome_that_cannot_be_written_is_left_to_the_lease(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    alice: Principal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingestion.worker.pipeline.LEASE_S", 0.1)
    monkeypatch.setattr("ingestion.worker.pipeline.ASK_AGAIN_S", 0.05)
    asked = 0

    async def unreachable(*_: Any, **__: Any) -> bool:
        nonlocal asked
        asked += 1
        raise ConnectionRefusedError

    job = await bring(service, alice)
    with monkeypatch.context() as patches:
        patches.setattr(pipeline._indexer, "index", failing(pipeline._indexer.index, UpstreamUnavailable(SILENT)))
        patches.setattr(jobs, "postpone", unreachable)
        await pipeline.run(job.job_id)
    assert asked > 1
    assert (await service.job(alice, job.job_id)).state is JobState.STARTED
    while not await pipeline.requeue_silent():
        await asyncio.sleep(0.05)
    await pipeline.do(await next_job(pipeline))
    assert (await service.job(alice, job.job_id)).state is JobState.FINISHED


async def test_a_database_that_is_away_for_a_moment_costs_a_job_nothing(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.jobs.lease.WRITE_EVERY_S", 0.01)
    beats = 0
    advance = jobs.advance

    async def shaky(*args: Any, **values: Any) -> bool:
        nonlocal beats
        beats += 1
        if beats in (1, 2, 3):
            raise ConnectionResetError
        return await advance(*args, **values)

    monkeypatch.setattr(jobs, "advance", shaky)
    read = pipeline._reader.read

    async def slowly(*args: Any) -> Any:
        while beats < 5:
            await asyncio.sleep(0.01)
        return await read(*args)

    monkeypatch.setattr(pipeline._reader, "read", slowly)
    job = await bring(service, alice)
    await pipeline.run(job.job_id)
    assert (await service.job(alice, job.job_id)).state is JobState.FINISHED


async def test_the_remaining_time_is_told_while_it_embeds(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    text = "\n\n".join(f"Paragraph {number}. " + "Lorem ipsum dolor sit amet. " * 25 for number in range(60))
    job = await bring(service, alice, text.encode(), "long.txt")
    running = asyncio.create_task(pipeline.run(job.job_id))
    seen = [status async for status in service.watch(alice, job.job_id)]
    await running
    assert any(status.eta_s is not None for status in seen if status.stage is JobStage.EMBEDDING)
    assert seen[-1].eta_s is None
