"""Redis and PostgreSQL go away while a file is read, and come back. Servers of this module's own."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from sqlalchemy import select, text

from core.access import Principal
from core.embedded.postgres import EmbeddedPostgres
from core.embedded.redis import EmbeddedRedis
from core.settings import WorkerSettings
from db import migrate
from db.models import ChunkRow
from db.session import Database
from ingestion.jobs.queue import attended
from ingestion.service import IngestionService
from ingestion.types import JobState, JobStatus
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.worker import run_worker
from rag.index import ChunkIndex

TEXT = "\n\n".join(f"Paragraph {number}. " + "Lorem ipsum dolor sit amet. " * 25 for number in range(120))


@pytest.fixture(scope="module")
def own_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fn-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def postgres(own_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A server that may be killed."""
    server = EmbeddedPostgres(own_dir)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def redis_server(own_dir: Path) -> Iterator[EmbeddedRedis]:
    """A server that may be killed."""
    server = EmbeddedRedis(own_dir)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def redis(redis_server: EmbeddedRedis) -> AsyncIterator[ArqRedis]:
    client = ArqRedis.from_url(redis_server.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """The server's own database, emptied."""
    await migrate.upgrade(postgres.url)
    opened = Database(postgres.url, pool_size=5)
    async with opened.transaction() as session:
        await session.execute(text("TRUNCATE users, libraries CASCADE"))
    yield opened
    await opened.close()


async def crash(postgres: EmbeddedPostgres) -> None:
    """Every connection is cut, as by a power failure; it is back after some seconds."""
    os.kill(int((postgres.data_dir / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    postgres.stop()
    await asyncio.sleep(2)
    postgres.start()


async def flush(redis_server: EmbeddedRedis) -> None:
    """Redis forgets everything."""
    async with ArqRedis.from_url(redis_server.url) as client:
        await client.flushall()


async def restart(redis_server: EmbeddedRedis) -> None:
    """Redis is away for some seconds, and empty when it is back."""
    redis_server.stop()
    await asyncio.sleep(2)
    redis_server.start()


@contextlib.asynccontextmanager
async def working(redis: ArqRedis, pipeline: IngestionPipeline) -> AsyncIterator[asyncio.Task[None]]:
    """A worker that must outlive what happens in the block."""
    task = asyncio.create_task(run_worker(redis, pipeline, WorkerSettings()))
    try:
        yield task
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def half_way(service: IngestionService, pipeline: IngestionPipeline, who: Principal) -> JobStatus:
    """A job that has some of its chunks in."""
    pipeline._indexer._writer._chunks_per_write = 1

    async def stream() -> AsyncIterator[bytes]:
        yield TEXT.encode()

    job = (await service.submit(who, stream(), "long.txt")).job
    async for status in service.watch(who, job.job_id):
        if status.chunks_done > 5:
            return status
    raise AssertionError("the job ended")


async def finished(service: IngestionService, who: Principal, job: JobStatus) -> JobStatus:
    """The end of a job, watched by somebody who is not told of what does not answer meanwhile."""
    *_, last = [status async for status in service.watch(who, job.job_id)]
    return last


async def is_whole(database: Database, index: ChunkIndex, job: JobStatus) -> bool:
    """Every chunk once, in the rows and in the index."""
    async with database.reader() as session:
        rows = Counter(await session.scalars(select(ChunkRow.index).where(ChunkRow.document_id == job.document_id)))
    return rows == Counter(range(job.chunks_total or 0)) and await index.count() == job.chunks_total


Outage = Callable[[EmbeddedPostgres, EmbeddedRedis], Awaitable[None]]
OUTAGES: dict[str, Outage] = {
    "PostgreSQL crashes": lambda postgres, _: crash(postgres),
    "Redis is flushed": lambda _, redis_server: flush(redis_server),
    "Redis is restarted": lambda _, redis_server: restart(redis_server),
}


@pytest.mark.parametrize("name", OUTAGES)
async def test_the_job_is_finished_whole_and_the_worker_goes_on(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    redis: ArqRedis,
    alice: Principal,
    postgres: EmbeddedPostgres,
    redis_server: EmbeddedRedis,
    name: str,
) -> None:
    async with working(redis, pipeline), asyncio.timeout(120):
        job = await half_way(service, pipeline, alice)
        await OUTAGES[name](postgres, redis_server)
        done = await finished(service, alice, job)
        assert done.state is JobState.FINISHED, done.error
        assert await is_whole(database, index, done)

        async def stream() -> AsyncIterator[bytes]:
            yield b"Brought afterwards."

        after = (await service.submit(alice, stream(), "after.txt")).job
        assert (await finished(service, alice, after)).state is JobState.FINISHED
        while set((await attended(redis)).values()) != {"attended"}:
            await asyncio.sleep(0.1)
