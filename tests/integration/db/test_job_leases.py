"""Ingestion jobs: one attempt at a time, and whoever lost the job cannot write to it any more."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from core.access import Principal, scope_of
from core.errors import NotFound
from db import jobs
from db.base import now
from db.models import Document, IngestionJob
from db.session import Database

LEASE_S = 60.0
MakeUser = Callable[..., Awaitable[Principal]]
MakeDocument = Callable[..., Awaitable[Document]]


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    """Whose document it is."""
    return await make_user("alice")


@pytest.fixture
async def document(alice: Principal, make_document: MakeDocument) -> Document:
    """What the jobs bring in."""
    return await make_document(alice)


@pytest.fixture
async def job_id(database: Database, document: Document) -> UUID:
    """A queued job."""
    async with database.transaction() as session:
        return (await jobs.create(session, document.id)).id


async def _claim(database: Database, job_id: UUID) -> IngestionJob | None:
    async with database.transaction() as session:
        return await jobs.claim(session, job_id, LEASE_S)


async def _row(database: Database, job_id: UUID) -> IngestionJob:
    async with database.reader() as session:
        job = await jobs.find(session, job_id)
    assert job is not None
    return job


async def _age(database: Database, job_id: UUID, seconds: float) -> None:
    """Let time pass for a job."""
    then = now() - timedelta(seconds=seconds)
    async with database.transaction() as session:
        await session.execute(
            update(IngestionJob).where(IngestionJob.id == job_id).values(created_at=then, heartbeat_at=then)
        )


async def test_a_job_starts_queued_and_is_the_only_one(database: Database, document: Document, job_id: UUID) -> None:
    job = await _row(database, job_id)
    assert (job.state, job.stage, job.percent, job.attempts) == ("queued", "waiting", 0, 0)
    assert job.started_at is job.heartbeat_at is job.finished_at is None
    async with database.transaction() as session:
        assert (await jobs.create(session, document.id)).id == job_id
    async with database.reader() as session:
        assert await jobs.open_for_document(session, document.id) is not None


async def test_two_jobs_created_at_once_are_one(database: Database, document: Document) -> None:
    async def create() -> UUID:
        async with database.transaction() as session:
            return (await jobs.create(session, document.id)).id

    assert len(set(await asyncio.gather(*(create() for _ in range(5))))) == 1


async def test_of_many_workers_one_gets_the_job(database: Database, job_id: UUID) -> None:
    got = [job for job in await asyncio.gather(*(_claim(database, job_id) for _ in range(5))) if job]
    assert len(got) == 1
    assert (got[0].state, got[0].attempts) == ("started", 1)
    assert got[0].started_at is not None


async def test_a_started_job_is_taken_over_only_when_its_holder_is_silent(database: Database, job_id: UUID) -> None:
    await _claim(database, job_id)
    await _age(database, job_id, LEASE_S - 5)
    assert await _claim(database, job_id) is None
    await _age(database, job_id, LEASE_S + 5)
    taken = await _claim(database, job_id)
    assert taken is not None
    assert taken.attempts == 2
    assert await _claim(database, job_id) is None


async def test_a_heartbeat_keeps_the_job(database: Database, job_id: UUID) -> None:
    await _claim(database, job_id)
    await _age(database, job_id, LEASE_S + 5)
    async with database.transaction() as session:
        assert await jobs.heartbeat(session, job_id, 1)
    assert await _claim(database, job_id) is None


async def test_progress_is_recorded(database: Database, job_id: UUID) -> None:
    await _claim(database, job_id)
    async with database.transaction() as session:
        assert await jobs.advance(session, job_id, 1, stage="parsing", percent=10, pages_done=3, pages_total=9)
        assert await jobs.advance(session, job_id, 1, stage="embedding", percent=50, chunks_done=0, chunks_total=40)
    job = await _row(database, job_id)
    assert (job.stage, job.percent) == ("embedding", 50)
    assert (job.pages_done, job.pages_total, job.chunks_done, job.chunks_total) == (3, 9, 0, 40)


async def test_who_lost_the_job_writes_nothing_more(database: Database, job_id: UUID) -> None:
    await _claim(database, job_id)
    await _age(database, job_id, LEASE_S + 5)
    await _claim(database, job_id)
    async with database.transaction() as session:
        assert not await jobs.heartbeat(session, job_id, 1)
        assert not await jobs.advance(session, job_id, 1, stage="indexing", percent=99)
        assert not await jobs.finish(session, job_id, 1)
        assert not await jobs.fail(session, job_id, 1, error="Late.", reference="r")
    job = await _row(database, job_id)
    assert (job.state, job.stage, job.percent, job.error, job.attempts) == ("started", "waiting", 0, None, 2)


async def test_a_finished_job_stays_finished(database: Database, document: Document, job_id: UUID) -> None:
    await _claim(database, job_id)
    async with database.transaction() as session:
        assert await jobs.finish(session, job_id, 1)
    job = await _row(database, job_id)
    assert (job.state, job.stage, job.percent) == ("finished", "done", 100)
    assert job.finished_at is not None
    async with database.transaction() as session:
        assert not await jobs.stop(session, job_id)
        assert not await jobs.requeue(session, job_id)
        assert not await jobs.fail(session, job_id, 1, error="No.", reference="r")
        assert await jobs.open_for_document(session, document.id) is None
    assert await _claim(database, job_id) is None


async def test_a_failed_job_says_why_and_another_attempt_is_a_new_job(
    database: Database, document: Document, job_id: UUID
) -> None:
    await _claim(database, job_id)
    async with database.transaction() as session:
        assert await jobs.fail(session, job_id, 1, error="The file is damaged.", reference="abc123")
    job = await _row(database, job_id)
    assert (job.state, job.error, job.reference) == ("failed", "The file is damaged.", "abc123")
    async with database.transaction() as session:
        retried = await jobs.create(session, document.id)
        latest = await jobs.latest_for_document(session, document.id)
    assert retried.id != job_id
    assert latest is not None
    assert latest.id == retried.id


@pytest.mark.parametrize("is_started", [False, True])
async def test_a_stopped_job_is_lost_to_its_worker(database: Database, job_id: UUID, is_started: bool) -> None:
    if is_started:
        await _claim(database, job_id)
    async with database.transaction() as session:
        assert await jobs.stop(session, job_id)
    assert (await _row(database, job_id)).state == "stopped"
    assert await _claim(database, job_id) is None
    async with database.transaction() as session:
        assert not await jobs.advance(session, job_id, 1, stage="indexing", percent=99)


async def test_the_sweeper_finds_what_nobody_works_on(
    database: Database, alice: Principal, make_document: MakeDocument
) -> None:
    async with database.transaction() as session:
        ids = [(await jobs.create(session, (await make_document(alice, f"{number}")).id)).id for number in range(6)]
    queued_long, silent, fresh, busy, done, stopped = ids
    for job_id in (silent, busy, done):
        await _claim(database, job_id)
    async with database.transaction() as session:
        await jobs.finish(session, done, 1)
        await jobs.stop(session, stopped)
    for job_id in (queued_long, silent, done, stopped):
        await _age(database, job_id, LEASE_S + 5)
    async with database.transaction() as session:
        found = {job.id for job in await jobs.expired(session, LEASE_S)}
        assert found == {silent}
        for job_id in found:
            assert await jobs.requeue(session, job_id)
    async with database.transaction() as session:
        assert await jobs.expired(session, LEASE_S) == []
    assert (await _row(database, silent)).state == "queued"
    again = await _claim(database, silent)
    assert again is not None
    assert again.attempts == 2
    states = [(await _row(database, job_id)).state for job_id in (queued_long, fresh, busy)]
    assert states == ["queued", "queued", "started"]


async def test_two_sweepers_do_not_take_the_same_job(database: Database, job_id: UUID) -> None:
    await _claim(database, job_id)
    await _age(database, job_id, LEASE_S + 5)
    async with database.transaction() as one, database.transaction() as other:
        assert [job.id for job in await jobs.expired(one, LEASE_S)] == [job_id]
        assert await jobs.expired(other, LEASE_S) == []


async def test_a_job_is_seen_with_its_document(
    database: Database, alice: Principal, document: Document, job_id: UUID, make_user: MakeUser
) -> None:
    bob = await make_user("bob")
    async with database.transaction() as session:
        job, of = await jobs.get(session, scope_of(alice), job_id)
        assert (job.id, of.title) == (job_id, document.title)
        await jobs.get_for_change(session, alice, job_id)
        with pytest.raises(NotFound):
            await jobs.get(session, scope_of(bob), job_id)
        with pytest.raises(NotFound):
            await jobs.get_for_change(session, bob, job_id)
