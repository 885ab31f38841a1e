"""Whose job is next: people take turns, and it does not matter how much one of them has brought."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal
from db import fair_queue, jobs
from db.base import now
from db.models import Document, IngestionJob, JobTurnChange
from db.session import Database

LEASE_S = 60.0
MakeUser = Callable[..., Awaitable[Principal]]
MakeDocument = Callable[..., Awaitable[Document]]

_DOCUMENTS = """
    INSERT INTO documents (id, library_id, uploaded_by, title, mime_type, size_bytes, sha256, blob_key, state, chunk_count, version,
                           warnings, created_at, updated_at)
    SELECT gen_random_uuid(), :library_id, :user_id, 'file ' || n, 'text/plain', 1, 'sha ' || n, 'key', 'pending', 0, 1, '[]', now(), now()
    FROM generate_series(1, :count) n
"""
_JOBS = """
    INSERT INTO ingestion_jobs (id, document_id, user_id, state, stage, percent, pages_done, chunks_done, version, attempts, failures,
                                created_at, started_at)
    SELECT gen_random_uuid(), id, uploaded_by, CAST(:state AS text), 'waiting', 0, 0, 0, 1, 0, 0, now() - random() * interval '1 day',
           CASE WHEN CAST(:state AS text) = 'queued' THEN NULL ELSE now() - interval '1 day' END
    FROM documents WHERE uploaded_by = :user_id
"""


_PEOPLE = """
    INSERT INTO users (id, username, password_hash, role, tier, created_at, updated_at)
    SELECT gen_random_uuid(), 'many' || n, '-', 'user', 'standard', now(), now() FROM generate_series(1, 400) n
"""


async def bring_many(database: Database, who: Principal, count: int, *states: str) -> None:
    """So many documents, each with a job in every one of the states."""
    values = {"library_id": who.personal_library_id, "user_id": who.user_id, "count": count}
    async with database.transaction() as session:
        await session.execute(text(_DOCUMENTS), values)
        for state in states:
            await session.execute(text(_JOBS), {"user_id": who.user_id, "state": state})


@pytest.fixture
def queue(database: Database, make_document: MakeDocument) -> Callable[..., Awaitable[list[UUID]]]:
    """``await queue(alice, 3)``: ids of three queued jobs of hers, oldest first."""
    brought: Counter[UUID] = Counter()

    async def bring(who: Principal, count: int = 1, *, user_id: UUID | None = None) -> list[UUID]:
        ids = []
        for _ in range(count):
            brought[who.user_id] += 1
            document = await make_document(who, f"{who.username} {brought[who.user_id]}")
            async with database.transaction() as session:
                ids.append((await jobs.create(session, document.id, user_id=user_id or who.user_id)).id)
        return ids

    return bring


async def take(database: Database, *without: UUID | None) -> IngestionJob | None:
    """The next job, claimed."""
    async with database.transaction() as session:
        return await fair_queue.claim_next(session, LEASE_S, without)


async def end(database: Database, job: IngestionJob) -> None:
    """The job is done."""
    async with database.transaction() as session:
        assert await jobs.finish(session, job.id, job.attempts)


async def order(database: Database) -> list[UUID | None]:
    """Whose jobs are done, one after the other, until none is left."""
    seen = []
    while job := await take(database):
        seen.append(job.user_id)
        await end(database, job)
    return seen


async def test_nobody_waits(database: Database) -> None:
    assert await take(database) is None


async def test_of_one_person_the_oldest_is_first(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice = await make_user("alice")
    ids = await queue(alice, 3)
    taken = [await take(database) for _ in range(4)]
    assert [job.id if job else None for job in taken] == [*ids, None]


async def test_a_single_file_is_next_after_two_hundred_of_somebody_else(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    await bring_many(database, alice, 200, "queued")
    running = [await take(database), await take(database)]
    assert [job.user_id for job in running if job] == [alice.user_id] * 2
    (his,) = await queue(bob)
    nxt = await take(database)
    assert nxt is not None
    assert nxt.id == his


async def test_people_take_turns_whatever_they_brought(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice, bob, cleo = [await make_user(name) for name in ("alice", "bob", "cleo")]
    await queue(alice, 6)
    await queue(bob, 2)
    await queue(cleo, 1)
    seen = await order(database)
    assert set(seen[:3]) == {alice.user_id, bob.user_id, cleo.user_id}
    assert set(seen[3:5]) == {alice.user_id, bob.user_id}
    assert seen[5:] == [alice.user_id] * 4


@pytest.mark.parametrize("seed", range(3))
async def test_the_next_is_always_somebody_with_the_fewest_running(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]], seed: int
) -> None:
    chance = random.Random(seed)
    people = [await make_user(f"person{number}") for number in range(4)]
    waiting: Counter[UUID | None] = Counter()
    running: list[IngestionJob] = []
    for _ in range(40):
        what = chance.choice(["bring", "bring", "take", "take", "end"])
        if what == "bring":
            who, count = chance.choice(people), chance.choice([1, 1, 5])
            waiting[who.user_id] += count
            await queue(who, count)
        elif what == "take":
            busy = Counter(job.user_id for job in running)
            fewest = min((busy[user_id] for user_id in +waiting), default=None)
            job = await take(database)
            assert (job is None) == (fewest is None)
            if job is not None:
                assert busy[job.user_id] == fewest
                waiting[job.user_id] -= 1
                running.append(job)
        elif running:
            await end(database, running.pop(chance.randrange(len(running))))


async def test_a_job_that_waits_for_a_server_is_passed_over_until_it_is_due(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice = await make_user("alice")
    first, second = await queue(alice, 2)
    job = await take(database)
    assert job is not None
    assert job.id == first
    async with database.transaction() as session:
        assert await jobs.postpone(session, job.id, job.attempts, wait_s=60, notice="Trying again in 60 s.")
    job = await take(database)
    assert job is not None
    assert job.id == second
    assert await take(database) is None
    async with database.transaction() as session:
        assert (await jobs.find(session, first)).notice == "Trying again in 60 s."  # type: ignore[union-attr]
        await session.execute(
            update(IngestionJob).where(IngestionJob.id == first).values(not_before=now() - timedelta(seconds=1))
        )
    job = await take(database)
    assert job is not None
    assert (job.id, job.attempts, job.failures, job.notice, job.not_before) == (first, 2, 1, None, None)


async def test_who_is_at_a_limit_is_passed_over(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    await queue(alice, 2)
    (his,) = await queue(bob)
    job = await take(database, alice.user_id)
    assert job is not None
    assert job.id == his
    assert await take(database, alice.user_id) is None


async def test_jobs_of_nobody_come_last_and_come(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice = await make_user("alice")
    orphan, hers = await queue(alice, 2)
    async with database.transaction() as session:
        await session.execute(update(IngestionJob).where(IngestionJob.id == orphan).values(user_id=None))
    assert [job.id if job else None for job in (await take(database), await take(database))] == [hers, orphan]


async def test_two_workers_at_once_take_two_jobs(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice = await make_user("alice")
    first, second = await queue(alice, 2)
    async with database.transaction() as one, database.transaction() as other:
        taken = [await fair_queue.claim_next(session, LEASE_S) for session in (one, other)]
    assert [job.id if job else None for job in taken] == [first, second]


async def plan_of(session: AsyncSession, statement: object, values: Mapping[str, object] | None = None) -> str:
    """How PostgreSQL would go about it."""
    rows = await session.execute(text(f"EXPLAIN {statement}"), values)
    return "\n".join(row[0] for row in rows)


async def test_ten_thousand_waiting_jobs_are_not_looked_through(database: Database, make_user: MakeUser) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    await bring_many(database, alice, 10_000, "finished", "queued")
    await bring_many(database, bob, 1, "queued")
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE ingestion_jobs"))
    first = fair_queue.first_of(alice.user_id).compile(database.engine, compile_kwargs={"literal_binds": True})
    async with database.reader() as session:
        for statement, values in (
            (fair_queue.FOLD, {"people": [alice.user_id, bob.user_id]}),
            (fair_queue.NEXT, {"without": [], "even_behind": False}),
        ):
            assert "Seq Scan on ingestion_jobs" not in await plan_of(session, statement, values)
        assert "Seq Scan on ingestion_jobs" not in await plan_of(session, first)
        assert await session.scalar(text("SELECT count(*) FROM ingestion_jobs WHERE state = 'queued'")) == 10_001
    taken = [await take(database), await take(database)]
    assert {job.user_id for job in taken if job} == {alice.user_id, bob.user_id}
    async with database.reader() as session:
        oldest = await session.scalar(
            text("SELECT count(*) FROM ingestion_jobs WHERE state = 'queued' AND created_at < :then"),
            {"then": min(job.created_at for job in taken if job and job.user_id == alice.user_id)},
        )
    assert oldest == 0


async def marks(database: Database) -> list[UUID]:
    """People whose turns are to be worked out anew."""
    async with database.reader() as session:
        return list(await session.scalars(select(JobTurnChange.user_id).order_by(JobTurnChange.user_id)))


async def test_nobody_who_brings_files_waits_for_a_claim_or_for_another(
    database: Database, make_user: MakeUser, make_document: MakeDocument, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice = await make_user("alice")
    (first,) = await queue(alice)
    second, third = await make_document(alice, "second"), await make_document(alice, "third")
    async with asyncio.timeout(10), database.transaction() as claiming:
        job = await fair_queue.claim_next(claiming, LEASE_S)
        assert job is not None
        assert job.id == first
        async with database.transaction() as one, database.transaction() as other:
            await jobs.create(one, second.id, user_id=alice.user_id)
            await jobs.create(other, third.id, user_id=alice.user_id)
            async with database.transaction() as meanwhile:
                assert await fair_queue.claim_next(meanwhile, LEASE_S) is None
    assert [job.document_id for job in [await take(database), await take(database)] if job] == [second.id, third.id]


async def test_what_another_claim_works_out_is_found_all_the_same(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice = await make_user("alice")
    (hers,) = await queue(alice)
    async with asyncio.timeout(10), database.transaction() as folding:
        assert await fair_queue.fold(folding) == ([alice.user_id], [])
        async with database.transaction() as session:
            job = await fair_queue.claim_next(session, LEASE_S)
        assert job is not None
        assert job.id == hers
    assert await take(database) is None
    assert await marks(database) == []


async def test_who_was_just_served_is_passed_over_before_their_turn_is_worked_out(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    await queue(alice, 2)
    await queue(bob)
    first = await take(database)
    assert first is not None
    async with database.transaction() as folding:  # another claim works out the turns, and has not committed
        await fair_queue.fold(folding)
        second = await take(database)
    assert second is not None
    assert {first.user_id, second.user_id} == {alice.user_id, bob.user_id}


async def test_thousands_of_changes_at_once_hide_nobody(database: Database, make_user: MakeUser) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    await bring_many(database, alice, 50, "queued")
    async with database.transaction() as session:
        await session.execute(text(_PEOPLE))
        await session.execute(text("INSERT INTO job_turn_changes SELECT id, n FROM users, generate_series(1, 2) n"))
    await bring_many(database, bob, 1, "queued")
    assert len(await marks(database)) > 2 * fair_queue.AT_ONCE
    assert [job.user_id for job in [await take(database, alice.user_id)] if job] == [bob.user_id]
    while await take(database):
        pass
    assert await marks(database) == []


async def test_a_person_who_is_removed_leaves_no_turn_behind(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    await queue(alice, 2)
    await queue(bob)
    async with database.transaction() as session:
        await fair_queue.fold(session)
    await queue(alice)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM users WHERE id = :id"), {"id": alice.user_id})
        for table in ("job_turns", "job_turn_changes"):
            count = await session.scalar(
                text(f"SELECT count(*) FROM {table} WHERE user_id = :id"), {"id": alice.user_id}
            )
            assert count == 0
    taken = [job.user_id for job in [await take(database) for _ in range(5)] if job]
    assert taken[0] == bob.user_id
    assert set(taken[1:]) <= {None}


async def test_an_ended_lease_a_stop_and_a_new_start_change_the_turn(
    database: Database, make_user: MakeUser, queue: Callable[..., Awaitable[list[UUID]]]
) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    hers = await queue(alice, 3)
    his = await queue(bob, 2)
    taken = [await take(database), await take(database)]
    lost = next(job for job in taken if job and job.user_id == alice.user_id)
    async with database.transaction() as session:
        assert await jobs.requeue(session, lost.id)  # as the sweeper does: alice has none running, bob has one
    again = await take(database)
    assert again is not None
    assert (again.id, again.attempts) == (hers[0], 2)
    async with database.transaction() as session:
        assert await jobs.stop(session, hers[1])
        assert await jobs.stop(session, his[0])  # bob has none running any more
    nxt = await take(database)
    assert nxt is not None
    assert nxt.id == his[1]
    last = await take(database)
    assert last is not None
    assert last.id == hers[2]
    assert await take(database) is None
