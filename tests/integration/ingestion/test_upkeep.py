"""Upkeep on real parts: what is removed and what never is, when the index is cleared, who asks for it and who does it."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from sqlalchemy import text

from core.access import Principal, scope_of
from core.settings import Settings, UpkeepSettings, WorkerSettings
from db import answer_runs
from db.models import AnswerSource
from db.session import Database
from ingestion.blobs import ObjectBlobStore, pieces_of
from ingestion.jobs.queue import ArqJobQueue, QueueName
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.upkeep import Chores, Schedule
from ingestion.worker.upkeep.orphans import Orphans
from ingestion.worker.worker import run_worker
from rag.index.live import LiveIndex
from tests import documents as files

DAY_S = 86_400
Bring = Callable[..., Awaitable[UUID]]


@dataclass
class Warmed:
    """Takes the place of who answers: writes down what it is asked."""

    asked: list[tuple[UUID, str]] = field(default_factory=list)

    async def __call__(self, user_id: UUID, question: str, _document_ids: frozenset[UUID] | None) -> bool:
        self.asked.append((user_id, question))
        return True


@pytest.fixture
def warmed() -> Warmed:
    return Warmed()


@pytest.fixture
def chores(database: Database, redis: ArqRedis, blobs: ObjectBlobStore, live: LiveIndex, warmed: Warmed) -> Chores:
    return Chores(database, redis, blobs, live, UpkeepSettings(), warmed)


@pytest.fixture
def bring(service: IngestionService, pipeline: IngestionPipeline, alice: Principal) -> Bring:
    """``await bring(b"…", "name.txt", replaces=None)``: a document of Alice's, read."""

    async def bring(data: bytes, name: str, replaces: UUID | None = None) -> UUID:
        submission = await service.submit(alice, pieces_of(data), name, replaces=replaces)
        await pipeline.run(submission.job.job_id)
        return submission.document.id

    return bring


async def stored(blobs: ObjectBlobStore) -> set[str]:
    return {one.key for folder in ("documents", "versions", "pages", "else") async for one in blobs.stored(folder)}


def make_older(settings: Settings, age_s: float = 2 * DAY_S) -> None:
    """As if everything had been stored days ago."""
    then = time.time() - age_s
    for path in (settings.var_dir / "blobs").rglob("*"):
        os.utime(path, (then, then))


async def ask(database: Database, who: Principal, question: str) -> None:
    async with database.transaction() as session:
        run = await answer_runs.create(session, who, question=question, scope=scope_of(who))
        await answer_runs.finish(session, run.id, state="done", answer="x")


async def long_ago(database: Database) -> None:
    """As if nobody had asked today."""
    async with database.transaction() as session:
        await session.execute(text("UPDATE answer_runs SET created_at = created_at - interval '1 day'"))


async def test_files_without_rows_go_once_they_are_old_and_all_others_stay(
    chores: Chores,
    blobs: ObjectBlobStore,
    settings: Settings,
    bring: Bring,
    service: IngestionService,
    alice: Principal,
) -> None:
    document_id = await bring(files.HANDBOOK, "handbook.pdf")
    await service.viewing.page_image(alice, document_id, 1, width_px=600)
    named = await stored(blobs)
    assert len(named) == 2  # the file and a picture of a page
    left = {f"documents/{uuid4()}", f"versions/{uuid4()}/{uuid4()}", f"pages/{uuid4()}/1/1-600.png"}
    left |= {f"pages/{document_id}/7/1-600.png", f"versions/{document_id}/{uuid4()}"}
    for key in left | {"else/known", "documents/of-another-make"}:
        await blobs.put(key, pieces_of(b"x"))
    assert (await chores.prune())["orphans"] == 0  # an upload may be about to write its rows
    make_older(settings)
    young = f"documents/{uuid4()}"
    await blobs.put(young, pieces_of(b"x"))
    assert (await chores.prune())["orphans"] == len(left)
    assert await stored(blobs) == named | {young, "else/known", "documents/of-another-make"}


async def test_files_of_earlier_versions_stay_as_long_as_their_rows(
    chores: Chores, blobs: ObjectBlobStore, settings: Settings, bring: Bring, database: Database, alice: Principal
) -> None:
    document_id = await bring(b"The office is in Bern.", "office.txt")
    source = AnswerSource(number=1, document_id=document_id, document_title="office.txt", chunk_id=uuid4(), section=1)
    async with database.transaction() as session:  # an answer that cites the first version
        run = await answer_runs.create(session, alice, question="Where?", scope=scope_of(alice))
        await answer_runs.store_sources(session, run.id, "Where?", [source])
    await bring(b"The office is in Basel.", "office.txt", replaces=document_id)
    before = await stored(blobs)
    assert len(before) == 2
    make_older(settings)
    assert (await chores.prune())["orphans"] == 0
    assert await stored(blobs) == before


async def test_an_upload_under_way_is_never_taken_for_an_orphan(
    database: Database, blobs: ObjectBlobStore, service: IngestionService, alice: Principal
) -> None:
    half, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"The terns nest on Larkspur. " * 60_000
        half.set()
        await go_on.wait()
        yield b"The end."

    uploading = asyncio.create_task(service.submit(alice, slow(), "terns.txt"))
    await half.wait()
    assert await Orphans(database, blobs).remove(older_than_s=0) == 0
    go_on.set()
    submission = await uploading
    kept = [len(piece) async for piece in blobs.stream(f"documents/{submission.document.id}")]
    assert sum(kept) == submission.document.size_bytes > 1024**2
    assert await Orphans(database, blobs).remove(older_than_s=0) == 0


async def test_what_a_killed_upload_left_half_written_goes(
    chores: Chores, blobs: ObjectBlobStore, settings: Settings, tmp_path: Path
) -> None:
    staged = settings.var_dir / "blobs" / "documents" / f"{uuid4()}#1"
    staged.parent.mkdir(parents=True, exist_ok=True)
    staged.write_bytes(b"half")
    assert (await chores.prune())["half_written"] == 0
    make_older(settings)
    assert (await chores.prune())["half_written"] == 1
    assert not staged.exists()


async def test_a_database_that_knows_nothing_of_the_store_deletes_nothing(
    chores: Chores, blobs: ObjectBlobStore, settings: Settings
) -> None:
    for _ in range(30):
        await blobs.put(f"documents/{uuid4()}", pieces_of(b"x"))
    make_older(settings)
    assert (await chores.prune())["orphans"] == 0
    assert len(await stored(blobs)) == 30


async def test_the_index_is_cleared_only_when_nobody_needs_it_and_not_again_soon(
    chores: Chores, live: LiveIndex, database: Database, bring: Bring, service: IngestionService, alice: Principal
) -> None:
    document_id = await bring(b"The office is in Bern.", "office.txt")
    await ask(database, alice, "Where is the office?")
    assert await chores.optimise() is False  # somebody asked just now
    await long_ago(database)
    async with live.use():
        assert await chores.optimise() is False  # somebody is searching
    assert await chores.optimise() is True
    assert await chores.optimise() is False  # it was done today
    async with live.use() as index_version:
        assert await index_version.index.count(scope_of(alice)) == 1
    await service.delete_document(alice, document_id)


async def test_warming_asks_what_is_frequent_and_stops_for_people(
    chores: Chores, warmed: Warmed, database: Database, alice: Principal, bob: Principal
) -> None:
    for who, question, times in ((alice, "Where?", 3), (bob, "Where?", 2), (alice, "Once?", 1)):
        for _ in range(times):
            await ask(database, who, question)
    assert await chores.warm() is False
    assert warmed.asked == []
    await long_ago(database)
    assert await chores.warm() is True
    assert warmed.asked == [(alice.user_id, "Where?"), (bob.user_id, "Where?")]


async def test_no_warming_where_it_is_turned_off(
    database: Database, redis: ArqRedis, blobs: ObjectBlobStore, live: LiveIndex, warmed: Warmed, alice: Principal
) -> None:
    await ask(database, alice, "Where?")
    await ask(database, alice, "Where?")
    await long_ago(database)
    assert await Chores(database, redis, blobs, live, UpkeepSettings(warm_questions=0), warmed).warm() is True
    assert await Chores(database, redis, blobs, live, UpkeepSettings(), None).warm() is True
    assert warmed.asked == []


async def asked_for(redis: ArqRedis) -> list[str]:
    return sorted(name.decode() for name in await redis.zrange(QueueName.MAINTENANCE.key, 0, -1))


async def test_each_slot_of_time_is_asked_for_once_however_many_ask(redis: ArqRedis, live: LiveIndex) -> None:
    schedules = [Schedule(ArqJobQueue(redis), live, UpkeepSettings()) for _ in range(3)]
    await asyncio.gather(*(schedule.ask(36_000.0) for schedule in schedules))
    assert await asked_for(redis) == ["attend_rights:600", "prune:10", "retain:10", "warm:1-60"]
    await redis.delete(QueueName.MAINTENANCE.key)  # done meanwhile
    await asyncio.gather(*(schedule.ask(36_001.0) for schedule in schedules))
    assert await asked_for(redis) == []
    await asyncio.gather(*(schedule.ask(36_900.0) for schedule in schedules))
    assert await asked_for(redis) == ["attend_rights:615", "optimise:41"]  # not before it has run for a while
    await redis.delete(QueueName.MAINTENANCE.key)
    await schedules[1].ask(39_600.0)
    assert await asked_for(redis) == ["attend_rights:660", "optimise:44", "prune:11", "retain:11"]


async def test_another_index_version_is_warmed(redis: ArqRedis, live: LiveIndex) -> None:
    schedule = Schedule(ArqJobQueue(redis), live, UpkeepSettings())
    await schedule.ask(36_000.0)
    assert live.current is not None
    index_version = live.current
    live.switch_to(type(index_version)(2, index_version.embeddings, index_version.index, index_version.chunking))
    await schedule.ask(36_005.0)
    assert {name for name in await asked_for(redis) if name.startswith("warm")} == {"warm:1-60", "warm:2-60"}


async def test_workers_do_what_is_asked_for_once(
    redis: ArqRedis,
    pipeline: IngestionPipeline,
    chores: Chores,
    warmed: Warmed,
    database: Database,
    blobs: ObjectBlobStore,
    settings: Settings,
    live: LiveIndex,
    alice: Principal,
) -> None:
    await ask(database, alice, "Where?")
    await ask(database, alice, "Where?")
    await long_ago(database)
    left = f"documents/{uuid4()}"
    await blobs.put(left, pieces_of(b"x"))
    make_older(settings)
    schedule = Schedule(ArqJobQueue(redis), live, UpkeepSettings())
    workers = [
        asyncio.create_task(run_worker(redis, pipeline, WorkerSettings(), context={"chores": chores})) for _ in range(2)
    ]
    try:
        async with asyncio.timeout(30):
            await schedule.ask(time.time() - 900)
            await schedule.ask(time.time())
            while await blobs.exists(left) or not warmed.asked or not await redis.exists("footnote:upkeep:optimised"):
                await asyncio.sleep(0.05)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    assert warmed.asked == [(alice.user_id, "Where?")]
