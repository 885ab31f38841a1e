"""What upkeep asks the database: is anything going on, and what do people ask again and again."""

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from core.access import Principal, scope_of
from db import activity, answer_runs, auth_sessions, frequent, index_versions, jobs, users, versions
from db.base import now
from db.models import AnswerRun, AuthSession, Document, User
from db.session import Database

MakeUser = Callable[..., Awaitable[Principal]]
MakeDocument = Callable[..., Awaitable[Document]]


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    """Who asks."""
    return await make_user("alice")


async def _asked(
    database: Database,
    principal: Principal,
    question: str,
    *,
    ago: timedelta = timedelta(0),
    thread_id: UUID | None = None,
    document_ids: Collection[UUID] | None = None,
    state: str = "done",
) -> None:
    scope = scope_of(principal, None if document_ids is None else frozenset(document_ids))
    async with database.transaction() as session:
        run = await answer_runs.create(session, principal, question=question, scope=scope, thread_id=thread_id)
        await answer_runs.finish(session, run.id, state=state, answer="x")
        await session.execute(update(AnswerRun).where(AnswerRun.id == run.id).values(created_at=now() - ago))


async def _most_asked(database: Database, limit: int = 10) -> list[tuple[str, int]]:
    async with database.reader() as session:
        found = await frequent.most_asked(session, days=30, limit=limit)
    return [(one.question, one.times) for one in found]


async def test_the_most_frequent_come_first_whatever_their_case(database: Database, alice: Principal) -> None:
    for minutes, question in enumerate(["Where is it?", "where is it? ", "WHERE IS IT?", "When?", "when?", "Once?"]):
        await _asked(database, alice, question, ago=timedelta(minutes=minutes))
    assert await _most_asked(database) == [("Where is it?", 3), ("When?", 2)]
    assert await _most_asked(database, limit=1) == [("Where is it?", 3)]


async def test_what_does_not_stand_alone_or_was_not_answered_or_is_old_does_not_count(
    database: Database, alice: Principal
) -> None:
    for _ in range(3):
        thread_id = uuid4()
        await _asked(database, alice, "Where is it?", ago=timedelta(minutes=5), thread_id=thread_id)
        await _asked(database, alice, "And then?", thread_id=thread_id)
        await _asked(database, alice, "Unknown?", state="refused")
        await _asked(database, alice, "Last year?", ago=timedelta(days=31))
    assert await _most_asked(database) == [("Where is it?", 3)]


async def test_each_person_and_scope_has_questions_of_its_own(
    database: Database, alice: Principal, make_user: MakeUser, make_document: MakeDocument
) -> None:
    bob, gone = await make_user("bob"), await make_user("gone")
    document = await make_document(alice)
    for who in (alice, bob, gone):
        for _ in range(2):
            await _asked(database, who, "Where?")
    await _asked(database, alice, "Where?", document_ids=[document.id])
    await _asked(database, alice, "Where?", document_ids=[document.id])
    async with database.transaction() as session:
        await users.set_disabled(session, gone.user_id, now())
    async with database.reader() as session:
        found = await frequent.most_asked(session, days=30, limit=10)
    assert {(one.user_id, one.document_ids, one.times) for one in found} == {
        (alice.user_id, None, 2),
        (alice.user_id, frozenset([document.id]), 2),
        (bob.user_id, None, 2),
    }


async def _is_quiet(database: Database, for_s: float = 60) -> bool:
    async with database.reader() as session:
        return await activity.is_quiet(session, for_s)


async def test_it_is_quiet_when_nobody_asks_and_nothing_is_read_or_indexed(
    database: Database, alice: Principal, make_document: MakeDocument
) -> None:
    assert await _is_quiet(database)
    await _asked(database, alice, "Where?", ago=timedelta(seconds=90))
    assert await _is_quiet(database)
    assert not await _is_quiet(database, 120)
    document = await make_document(alice)
    async with database.transaction() as session:
        job = await jobs.create(session, document.id, user_id=alice.user_id)
    assert not await _is_quiet(database)
    async with database.transaction() as session:
        assert await jobs.stop(session, job.id)
    assert await _is_quiet(database)
    async with database.transaction() as session:
        await index_versions.start(session, model="m", embedding={}, chunking={})
    assert not await _is_quiet(database)


async def test_only_sign_ins_that_ran_out_are_removed(database: Database, alice: Principal) -> None:
    async with database.transaction() as session:
        kept = [
            await auth_sessions.create(
                session, user_id=alice.user_id, kind="api", expires_at=now() + timedelta(hours=1)
            )
            for _ in range(2)
        ]
        await auth_sessions.revoke(session, kept[1].id)
        session.add_all(
            AuthSession(user_id=alice.user_id, kind="api", created_at=now(), expires_at=now() - timedelta(seconds=s))
            for s in (1, 2)
        )
    async with database.transaction() as session:
        assert await auth_sessions.remove_expired(session) == 2
        assert await auth_sessions.remove_expired(session) == 0
    async with database.reader() as session:
        assert await auth_sessions.find_open(session, kept[0].id) is not None
        assert await session.get(User, alice.user_id) is not None


async def test_the_files_of_all_versions_are_kept(
    database: Database, alice: Principal, make_document: MakeDocument
) -> None:
    document, other = await make_document(alice), await make_document(alice, "other.pdf")
    async with database.transaction() as session:
        brought = {"mime_type": "x/y", "size_bytes": 1, "sha256": "0", "blob_key": "later"}
        await versions.add(session, document.id, uploaded_by=alice.user_id, **brought)  # type: ignore[arg-type]
    async with database.reader() as session:
        found = await versions.stored(session, {document.id, uuid4()})
        assert set(found) == {(document.id, 1, document.blob_key), (document.id, 2, "later")}
        assert other.id not in {document_id for document_id, _, _ in found}
