"""The worker on a real queue."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest
from arq.connections import ArqRedis

from core.access import Principal
from core.settings import WorkerSettings
from ingestion.jobs.queue import ArqJobQueue, QueueName
from ingestion.service import IngestionService
from ingestion.types import JobState
from ingestion.worker import worker
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.worker import run_worker
from rag.index import ChunkIndex
from tests import documents as files


async def stream(data: bytes) -> AsyncIterator[bytes]:
    """An upload."""
    yield data


@contextlib.asynccontextmanager
async def working(redis: ArqRedis, pipeline: IngestionPipeline) -> AsyncIterator[None]:
    """A worker beside the block, stopped as a server stops it."""
    task = asyncio.create_task(run_worker(redis, pipeline, WorkerSettings()))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_is_submitted_is_read_in_the_background(
    service: IngestionService, pipeline: IngestionPipeline, redis: ArqRedis, alice: Principal
) -> None:
    async with working(redis, pipeline):
        submissions = [
            await service.submit(alice, stream(files.HANDBOOK), "handbook.pdf"),
            await service.submit(alice, stream(files.word(["Terns nest on the roof."])), "terns.docx"),
            await service.submit(alice, stream(b"# Title\n\nSome text."), "notes.md"),
        ]
        async with asyncio.timeout(60):
            for submission in submissions:
                *_, last = [status async for status in service.watch(alice, submission.job.job_id)]
                assert last.state is JobState.FINISHED, last.error
    assert {document.state for document in (await service.documents(alice)).documents} == {"ready"}
    assert await redis.keys("arq:result:*") == []


async def test_a_queue_that_forgot_is_filled_from_the_rows(
    service: IngestionService, pipeline: IngestionPipeline, redis: ArqRedis, alice: Principal
) -> None:
    submission = await service.submit(alice, stream(b"Some text."), "a.txt")
    await redis.flushall()
    async with working(redis, pipeline), asyncio.timeout(60):
        *_, last = [status async for status in service.watch(alice, submission.job.job_id)]
    assert last.state is JobState.FINISHED


async def test_stopping_the_worker_gives_the_job_back(
    service: IngestionService, pipeline: IngestionPipeline, redis: ArqRedis, alice: Principal
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    text = "\n\n".join(f"Paragraph {number}. " + "Lorem ipsum dolor sit amet. " * 25 for number in range(60))
    async with working(redis, pipeline):
        submission = await service.submit(alice, stream(text.encode()), "long.txt")
        async for status in service.watch(alice, submission.job.job_id):
            if status.chunks_done:
                break
    assert (await service.job(alice, submission.job.job_id)).state is JobState.QUEUED
    assert await redis.ping()
    async with working(redis, pipeline), asyncio.timeout(60):
        *_, last = [status async for status in service.watch(alice, submission.job.job_id)]
    assert last.state is JobState.FINISHED


async def test_clearing_is_tried_again_until_it_works(
    service: IngestionService,
    pipeline: IngestionPipeline,
    index: ChunkIndex,
    redis: ArqRedis,
    alice: Principal,
    monkeypatch: object,
) -> None:
    monkeypatch.setattr("ingestion.worker.tasks.TRY_AGAIN_S", 0.1)  # type: ignore[attr-defined]
    submission = await service.submit(alice, stream(files.HANDBOOK), "handbook.pdf")
    await pipeline.run(submission.job.job_id)

    class Flaky:
        failures = 2

        async def delete_document(self, document_id: object) -> None:
            if self.failures:
                self.failures -= 1
                raise OSError("no answer")
            await index.delete_document(document_id)  # type: ignore[arg-type]

    service.removal._live = pipeline._live = Flaky()  # type: ignore[assignment]
    await service.delete_document(alice, submission.document.id)
    async with working(redis, pipeline), asyncio.timeout(30):
        while await index.count() or await redis.zcard(QueueName.MAINTENANCE.key):
            await asyncio.sleep(0.1)


async def test_messages_are_not_pickles(redis: ArqRedis, service: IngestionService, alice: Principal) -> None:
    submission = await service.submit(alice, stream(b"Some text."), "a.txt")
    message = await redis.get(f"arq:job:ingest:{submission.job.job_id}:0")
    assert message is not None
    assert not message.startswith(b"\x80")
    assert str(submission.job.job_id).encode() in message
    await ArqJobQueue(redis).enqueue_ingestion(submission.job.job_id)
    assert await redis.zcard(QueueName.INGESTION.key) == 1


async def test_a_worker_stops_whenever_it_is_told_to(redis: ArqRedis, pipeline: IngestionPipeline) -> None:
    for _ in range(25):
        running = asyncio.create_task(run_worker(redis, pipeline, WorkerSettings()))
        await asyncio.sleep(random.random() * 0.3)
        running.cancel()
        done, _ = await asyncio.wait({running}, timeout=20)
        assert done


async def test_what_does_not_hear_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = 0

    async def deaf() -> None:
        nonlocal heard
        while heard < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard += 1

    monkeypatch.setattr(worker, "CANCEL_AGAIN_S", 0.02)
    stopping = asyncio.create_task(worker._until_cancelled(deaf()))
    await asyncio.sleep(0.01)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(60):
            await asyncio.shield(stopping)
    assert heard == 3


async def test_what_ends_by_itself_says_why() -> None:
    async def fails() -> None:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        await worker._until_cancelled(fails())
