"""Work that is announced begins at once, and a worker without work asks little."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from arq.connections import ArqRedis
from sqlalchemy import event
from sqlalchemy.engine import Engine

from core.access import Principal
from core.settings import WorkerSettings
from db.lookout import Lookout
from ingestion.jobs.queue import SENT_WITHIN_S, WOKEN, ArqJobQueue
from ingestion.service import IngestionService
from ingestion.types import JobState
from ingestion.worker import messages
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.worker import run_worker
from tests.integration.ingestion.test_slots import bring

WINDOW_S = 6.0  # three looks at each queue, one into PostgreSQL
MOST_COMMANDS = 30  # in the window: five a second
MOST_STATEMENTS = 6  # one a second


class Woken:
    """What is woken when a link is announced."""

    def __init__(self) -> None:
        self.count = 0

    def wake(self) -> None:
        """Count."""
        self.count += 1


@asynccontextmanager
async def worker(
    redis: ArqRedis, pipeline: IngestionPipeline, lookout: Lookout | None = None, **context: Any
) -> AsyncIterator[None]:
    """A worker that listens, until the block ends."""
    work = run_worker(redis, pipeline, WorkerSettings(), context=context, lookout=lookout)
    running = asyncio.create_task(work)
    try:
        async with asyncio.timeout(60):
            while not any((await redis.pubsub_numsub(WOKEN))[0][1:]):
                await asyncio.sleep(0.02)
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def commands(redis: ArqRedis) -> Counter[str]:
    """How often each command was sent to the server."""
    stats: Any = await redis.info("commandstats")
    return Counter({name: int(one["calls"]) for name, one in stats.items()})


async def test_a_file_is_begun_when_it_is_announced_however_seldom_the_worker_looks(
    service: IngestionService,
    pipeline: IngestionPipeline,
    redis: ArqRedis,
    alice: Principal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "IDLE_S", 600.0)
    monkeypatch.setattr("ingestion.worker.worker.NET_S", 600.0)
    async with worker(redis, pipeline, Lookout(pipeline.database)):  # which nobody runs: it never looks
        await asyncio.sleep(1)  # the looks at the beginning are over
        job_id = await bring(service, alice, "a line")
        async with asyncio.timeout(60):
            while (await service.job(alice, job_id)).state is JobState.QUEUED:
                await asyncio.sleep(0.05)
        while (await service.job(alice, job_id)).state is not JobState.FINISHED:  # nothing is left running
            await asyncio.sleep(0.05)


async def test_a_link_is_announced_too(pipeline: IngestionPipeline, redis: ArqRedis) -> None:
    slots = Woken()
    async with worker(redis, pipeline, source_slots=slots), asyncio.timeout(30):
        before = slots.count
        await redis.publish(WOKEN, "a queue of another release")
        await ArqJobQueue(redis).announce_link()
        while slots.count == before:
            await asyncio.sleep(0.02)
    assert slots.count == before + 1


async def test_a_worker_without_work_asks_little(pipeline: IngestionPipeline, redis: ArqRedis) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    async with worker(redis, pipeline):
        await asyncio.sleep(2)
        before = await commands(redis)
        event.listen(Engine, "before_cursor_execute", note)
        with contextlib.ExitStack() as stack:
            stack.callback(event.remove, Engine, "before_cursor_execute", note)
            await asyncio.sleep(WINDOW_S)
        sent = await commands(redis) - before
    assert len(asked) <= MOST_STATEMENTS, asked
    assert asked, "the worker looked"
    assert 0 < sent.total() <= MOST_COMMANDS, sent


async def test_a_frozen_redis_does_not_hold_up_who_brings_work() -> None:
    """It takes connections and says nothing; the row is there, and workers look for themselves."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    frozen = ArqRedis.from_url(f"redis://127.0.0.1:{port}", socket_timeout=3.0, socket_connect_timeout=3.0)
    try:
        async with asyncio.timeout(2 * SENT_WITHIN_S):
            with pytest.raises(TimeoutError):
                await ArqJobQueue(frozen).enqueue_ingestion(uuid4())
    finally:
        await frozen.aclose(close_connection_pool=True)
        server.close()
