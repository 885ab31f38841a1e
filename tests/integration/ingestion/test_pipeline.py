"""Jobs from file to index, run twice, cut off, stopped, and failing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from arq.connections import ArqRedis
from sqlalchemy import func, select, update

from core.access import Principal, scope_of
from core.settings import ChunkSettings
from db import chunks, jobs
from db.base import now
from db.models import ChunkRow, Document, DocumentSection, IngestionJob
from db.session import Database
from ingestion.jobs.lease import LEASE_S
from ingestion.service import IngestionService
from ingestion.types import JobStage, JobState, JobStatus
from ingestion.worker.pipeline import ABANDONED, MOST_ATTEMPTS, UNKNOWN, IngestionPipeline
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, with_chunks
from rag.index.live import LiveIndex
from tests import documents as files
from tests import office


async def stream(data: bytes) -> AsyncIterator[bytes]:
    """An upload in small pieces."""
    for start in range(0, len(data), 1000):
        yield data[start : start + 1000]


async def bring(service: IngestionService, principal: Principal, data: bytes, name: str) -> JobStatus:
    """Submit a file; its queued job."""
    return (await service.submit(principal, stream(data), name)).job


async def count(database: Database, model: type[ChunkRow | DocumentSection], document_id: UUID) -> int:
    """Rows of a document."""
    async with database.reader() as session:
        statement = select(func.count()).select_from(model).where(model.document_id == document_id)
        return await session.scalar(statement) or 0


class CountingEmbeddings:
    """The real model, counting what it is asked."""

    def __init__(self, inner: FootnoteEmbeddings) -> None:
        self._inner = inner
        self.texts_per_batch = inner.texts_per_batch
        self.texts: list[str] = []

    async def aembed_documents(self, texts: list[str], *more: Any) -> list[list[float]]:
        self.texts += texts
        return await self._inner.aembed_documents(texts, *more)


def changed(live: LiveIndex, **parts: object) -> None:
    """Let the index version that answers have other parts."""
    assert live.current is not None
    live.switch_to(replace(live.current, **parts))  # type: ignore[arg-type]


@pytest.fixture
def counted(live: LiveIndex, embeddings: FootnoteEmbeddings) -> CountingEmbeddings:
    """The pipeline's model, counting."""
    counting = CountingEmbeddings(embeddings)
    changed(live, embeddings=counting)
    return counting


async def test_a_pdf_becomes_searchable_with_its_pages(
    service: IngestionService,
    pipeline: IngestionPipeline,
    index: ChunkIndex,
    embeddings: FootnoteEmbeddings,
    alice: Principal,
) -> None:
    job = await bring(service, alice, files.HANDBOOK, "handbook.pdf")
    await pipeline.run(job.job_id)

    done = await service.job(alice, job.job_id)
    assert (done.state, done.stage, done.percent, done.error) == (JobState.FINISHED, JobStage.DONE, 100, None)
    assert (done.pages_done, done.pages_total) == (3, 3)
    assert done.chunks_done == done.chunks_total == await index.count()
    document = await service.document(alice, job.document_id)
    assert (document.state, document.page_count, document.chunk_count) == ("ready", 3, done.chunks_total)

    question = "How long is parental leave?"
    hits = await index.search(question, await embeddings.aembed_query(question), scope_of(alice), top_k=3)
    best = (await with_chunks(index, hits))[0].chunk
    assert (best.page, best.title, best.document_id) == (2, "handbook.pdf", job.document_id)
    assert "sixteen weeks" in best.text
    section = await service.viewing.section(alice, job.document_id, 2)
    assert section.text[best.char_start : best.char_end] == best.text


async def test_running_twice_changes_nothing(
    service: IngestionService,
    pipeline: IngestionPipeline,
    index: ChunkIndex,
    counted: CountingEmbeddings,
    alice: Principal,
) -> None:
    job = await bring(service, alice, files.HANDBOOK, "handbook.pdf")
    await asyncio.gather(pipeline.run(job.job_id), pipeline.run(job.job_id))
    await pipeline.run(job.job_id)

    assert (await service.job(alice, job.job_id)).state is JobState.FINISHED
    assert len(counted.texts) == await index.count()


async def test_a_job_cut_off_goes_back_to_the_queue_and_embeds_only_the_rest(
    database: Database,
    service: IngestionService,
    pipeline: IngestionPipeline,
    index: ChunkIndex,
    counted: CountingEmbeddings,
    alice: Principal,
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    text = "\n\n".join(f"Paragraph {number}. " + "Lorem ipsum dolor sit amet. " * 25 for number in range(40))
    job = await bring(service, alice, text.encode(), "long.txt")
    running = asyncio.create_task(pipeline.run(job.job_id))
    while len(counted.texts) < 3:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (await service.job(alice, job.job_id)).state is JobState.QUEUED
    kept = await count(database, ChunkRow, job.document_id)
    assert 2 <= kept == await index.count()

    counted.texts.clear()
    await pipeline.run(job.job_id)
    done = await service.job(alice, job.job_id)
    assert done.state is JobState.FINISHED
    assert len(counted.texts) == (done.chunks_total or 0) - kept


async def test_stale_chunks_leave_rows_and_index(
    database: Database,
    service: IngestionService,
    pipeline: IngestionPipeline,
    live: LiveIndex,
    index: ChunkIndex,
    alice: Principal,
) -> None:
    job = await bring(service, alice, files.HANDBOOK, "handbook.pdf")
    await pipeline.run(job.job_id)
    changed(live, chunking=ChunkSettings(size=120, overlap=0))
    async with database.transaction() as session:
        again = await jobs.create(session, job.document_id)
    await pipeline.run(again.id)

    document = await service.document(alice, job.document_id)
    assert document.chunk_count == await index.count() == await count(database, ChunkRow, job.document_id)
    async with database.reader() as session:
        assert max(len(row.text) for row in await chunks.of_document(session, job.document_id, 1)) <= 120


async def test_a_document_without_text_fails_with_a_reason_and_leaves_nothing(
    database: Database, service: IngestionService, pipeline: IngestionPipeline, index: ChunkIndex, alice: Principal
) -> None:
    job = await bring(service, alice, files.pdf(["", ""]), "scan.pdf")
    await pipeline.run(job.job_id)

    failed = await service.job(alice, job.job_id)
    document = await service.document(alice, job.document_id)
    assert failed.state is JobState.FAILED
    assert failed.error == document.error
    assert "holds no text" in (failed.error or "")
    assert failed.reference
    assert document.state == "failed"
    assert await index.count() == await count(database, DocumentSection, job.document_id) == 0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("to.msg", office.outlook({0x0037: "Pump\0", 0x1000: "It comes at 14:30.\0", 0x0E04: "Bo Dahl\0"})),
        ("export.json", rb'{"note": "Delivered to gate 7\u0000 by 14:30", "\u0000": "\u0000"}'),
        ("chat.json", rb'{"text": "See you at 14:30 \ud83d", "\ude00": "\ud83d\ude00"}'),
    ],
)
async def test_text_that_postgresql_refuses_is_stored_without_what_it_refuses(
    service: IngestionService, pipeline: IngestionPipeline, database: Database, alice: Principal, name: str, data: bytes
) -> None:
    job = await bring(service, alice, data, name)
    await pipeline.run(job.job_id)
    assert (await service.job(alice, job.job_id)).state is JobState.FINISHED
    async with database.reader() as session:
        (row,) = await session.scalars(select(DocumentSection).where(DocumentSection.document_id == job.document_id))
    assert "14:30" in row.text


async def test_an_unknown_error_is_told_without_its_details(
    service: IngestionService, pipeline: IngestionPipeline, live: LiveIndex, alice: Principal
) -> None:
    class Broken:
        async def aembed_documents(self, _texts: list[str], *_more: Any) -> list[list[float]]:
            raise RuntimeError("secret detail")

    changed(live, embeddings=Broken())
    job = await bring(service, alice, b"Some text.", "a.txt")
    await pipeline.run(job.job_id)
    failed = await service.job(alice, job.job_id)
    assert (failed.state, failed.error) == (JobState.FAILED, UNKNOWN)
    assert failed.reference


async def test_stopping_a_running_job_ends_it_and_takes_its_parts_out(
    database: Database, service: IngestionService, pipeline: IngestionPipeline, index: ChunkIndex, alice: Principal
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    text = "\n\n".join(f"Paragraph {number}. " + "Lorem ipsum dolor sit amet. " * 25 for number in range(400))
    job = await bring(service, alice, text.encode(), "long.txt")
    running = asyncio.create_task(pipeline.run(job.job_id))
    while not await count(database, ChunkRow, job.document_id):
        await asyncio.sleep(0.01)
    await service.cancel(alice, job.job_id)
    async with asyncio.timeout(60):
        await running

    assert (await service.job(alice, job.job_id)).state is JobState.STOPPED
    assert (await service.document(alice, job.document_id)).state == "failed"
    assert await index.count() == await count(database, ChunkRow, job.document_id) == 0

    again = await service.retry(alice, job.job_id)
    assert again.job_id != job.job_id
    assert again.state is JobState.QUEUED


async def test_deleting_a_document_while_it_is_read_leaves_nothing(
    service: IngestionService, pipeline: IngestionPipeline, index: ChunkIndex, database: Database, alice: Principal
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    text = "\n\n".join(f"Paragraph {number}. " + "Lorem ipsum dolor sit amet. " * 25 for number in range(400))
    job = await bring(service, alice, text.encode(), "long.txt")
    running = asyncio.create_task(pipeline.run(job.job_id))
    while not await index.count():
        await asyncio.sleep(0.01)
    await service.delete_document(alice, job.document_id)
    async with asyncio.timeout(60):
        await running
    assert await index.count() == 0


async def test_progress_is_written_while_the_work_goes_on(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    text = "\n\n".join(f"Paragraph {number}. " + "Lorem ipsum dolor sit amet. " * 25 for number in range(60))
    job = await bring(service, alice, text.encode(), "long.txt")
    running = asyncio.create_task(pipeline.run(job.job_id))
    seen = [status async for status in service.watch(alice, job.job_id)]
    await running
    embedding = [status for status in seen if status.stage is JobStage.EMBEDDING]
    assert len({status.chunks_done for status in embedding}) >= 3
    assert [status.percent for status in seen] == sorted(status.percent for status in seen)
    assert seen[-1].state is JobState.FINISHED


async def test_the_sweeper_finds_what_redis_forgot(
    database: Database, redis: ArqRedis, service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    waiting = await bring(service, alice, b"Never picked up.", "a.txt")
    vanished = await bring(service, alice, b"Its worker was killed.", "b.txt")
    fresh = await bring(service, alice, b"Just brought.", "c.txt")
    async with database.transaction() as session:
        await jobs.claim(session, vanished.job_id, LEASE_S)
        long_ago = now().replace(year=2020)
        for job_id in (waiting.job_id, vanished.job_id):
            values = {"heartbeat_at": long_ago, "created_at": long_ago}
            await session.execute(update(IngestionJob).where(IngestionJob.id == job_id).values(values))
    await redis.flushall()

    assert await pipeline.requeue_silent() == 1
    assert (await service.job(alice, vanished.job_id)).state is JobState.QUEUED
    assert (await service.job(alice, fresh.job_id)).state is JobState.QUEUED
    taken = []
    while claimed := await pipeline.claim_next():
        taken.append(claimed.job.id)
        await pipeline.do(claimed)
    assert set(taken[:2]) == {waiting.job_id, vanished.job_id}
    assert taken[2:] == [fresh.job_id]
    assert (await service.job(alice, vanished.job_id)).state is JobState.FINISHED


async def test_a_job_that_keeps_killing_its_workers_is_given_up(
    database: Database, redis: ArqRedis, service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    job = await bring(service, alice, b"Deadly.", "a.txt")
    async with database.transaction() as session:
        values = {"state": "started", "attempts": MOST_ATTEMPTS, "heartbeat_at": now().replace(year=2020)}
        await session.execute(update(IngestionJob).where(IngestionJob.id == job.job_id).values(values))
    assert await pipeline.requeue_silent() == 0
    failed = await service.job(alice, job.job_id)
    assert (failed.state, failed.error) == (JobState.FAILED, ABANDONED)
    assert (await service.document(alice, job.document_id)).state == "failed"


async def test_a_worker_that_lost_its_job_writes_no_more(
    database: Database,
    service: IngestionService,
    pipeline: IngestionPipeline,
    counted: CountingEmbeddings,
    alice: Principal,
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    text = "\n\n".join(f"Paragraph {number}. " + "Lorem ipsum dolor sit amet. " * 25 for number in range(400))
    job = await bring(service, alice, text.encode(), "long.txt")
    slow = asyncio.create_task(pipeline.run(job.job_id))
    while not counted.texts:
        await asyncio.sleep(0.01)
    async with database.transaction() as session:  # another worker has taken it
        await session.execute(
            update(IngestionJob).where(IngestionJob.id == job.job_id).values(attempts=IngestionJob.attempts + 1)
        )
    async with asyncio.timeout(60):
        await slow
    status = await service.job(alice, job.job_id)
    assert status.state is JobState.STARTED
    async with database.reader() as session:
        document = await session.get(Document, job.document_id)
    assert document is not None
    assert document.state == "pending"
