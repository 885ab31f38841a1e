"""Legal holds: whoever deletes, and by whatever way, what is held stays; said in one sentence."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update

from core.access import Principal
from core.errors import Conflict, NotFound
from core.precondition import UNCONDITIONAL
from db import documents, holds, threads
from db.base import now
from db.conversation import Step, Thread
from db.holds import HoldKind
from db.models import AnswerRun, Document, Library, User
from db.session import UNDER_HOLD, Database

MakeUser = Callable[..., Awaitable[Principal]]


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    return await make_user("alice")


@pytest.fixture
async def admin(make_user: MakeUser) -> Principal:
    return await make_user("root", "admin")


@pytest.fixture
async def thread_id(database: Database, alice: Principal) -> UUID:
    """A conversation of Alice's with a question."""
    thread_id = uuid4()
    async with database.transaction() as session:
        await threads.ensure(session, alice, thread_id)
        session.add(Step(id=uuid4(), thread_id=thread_id, type="user_message", name="alice", output="Who earns most?"))
        session.add(
            AnswerRun(
                user_id=alice.user_id, thread_id=thread_id, question="Who earns most?", scope={}, created_at=now()
            )
        )
    return thread_id


@pytest.fixture
async def document(database: Database, alice: Principal) -> Document:
    async with database.transaction() as session:
        document, _ = await documents.create(
            session,
            alice,
            library_id=alice.personal_library_id,
            title="pay.pdf",
            mime_type="application/pdf",
            size_bytes=1,
            sha256="ab" * 32,
            blob_key="documents/x",
        )
    return document


async def _hold(database: Database, admin: Principal, kind: HoldKind, subject: UUID) -> UUID:
    async with database.transaction() as session:
        return (await holds.place(session, admin, kind, subject, "Case 17")).id


@pytest.mark.parametrize("kind", ["user", "library", "thread"])
async def test_nobody_deletes_what_is_held_and_a_release_frees_it(
    database: Database, alice: Principal, admin: Principal, thread_id: UUID, document: Document, kind: HoldKind
) -> None:
    subject = {"user": alice.user_id, "library": alice.personal_library_id, "thread": thread_id}[kind]
    hold_id = await _hold(database, admin, kind, subject)
    held_threads = delete(Thread).where(Thread.id == thread_id)
    ways: dict[HoldKind, list[Any]] = {
        "user": [
            delete(User).where(User.id == alice.user_id),
            held_threads,
            delete(Step).where(Step.thread_id == thread_id),
            delete(AnswerRun).where(AnswerRun.user_id == alice.user_id),
            delete(Document).where(Document.id == document.id),
            update(Step).where(Step.thread_id == thread_id).values(output="something else"),
        ],
        "library": [
            delete(Document).where(Document.id == document.id),
            delete(Library).where(Library.id == alice.personal_library_id),
            delete(User).where(User.id == alice.user_id),  # by the cascade
        ],
        "thread": [
            held_threads,
            delete(Step).where(Step.thread_id == thread_id),
            delete(User).where(User.id == alice.user_id),
        ],
    }
    for way in ways[kind]:
        with pytest.raises(Conflict, match="legal hold") as refused:
            async with database.transaction() as session:
                await session.execute(way)
        assert refused.value.message == UNDER_HOLD
    async with database.transaction() as session:
        await holds.release(session, admin, hold_id)
    async with database.transaction() as session:
        await session.execute(delete(User).where(User.id == alice.user_id))
    async with database.reader() as session:
        assert await session.get(Thread, thread_id) is None
        assert await session.get(Document, document.id) is None


async def test_what_is_not_held_is_deleted_as_ever(
    database: Database, alice: Principal, admin: Principal, thread_id: UUID, document: Document
) -> None:
    await _hold(database, admin, "library", alice.personal_library_id)
    async with database.transaction() as session:
        await threads.remove(session, alice, thread_id)
    async with database.reader() as session:
        assert await session.scalar(select(Thread.id)) is None


async def test_the_persons_own_delete_says_why_not(
    database: Database, alice: Principal, admin: Principal, thread_id: UUID
) -> None:
    from conversations.service import Conversations
    from conversations.threads import Threads

    await _hold(database, admin, "thread", thread_id)
    with pytest.raises(Conflict, match="legal hold"):
        await Threads(database, Conversations(database).writes).delete(alice, thread_id, UNCONDITIONAL)


async def test_a_hold_is_set_once_and_on_what_there_is(database: Database, alice: Principal, admin: Principal) -> None:
    hold_id = await _hold(database, admin, "user", alice.user_id)
    with pytest.raises(Conflict, match="already"):
        await _hold(database, admin, "user", alice.user_id)
    with pytest.raises(NotFound, match="conversation"):
        await _hold(database, admin, "thread", uuid4())
    async with database.transaction() as session:
        await holds.release(session, admin, hold_id)
        with pytest.raises(Conflict, match="released already"):
            await holds.release(session, admin, hold_id)
    await _hold(database, admin, "user", alice.user_id)  # again, later


async def test_holds_are_listed_page_by_page_with_names(
    database: Database, alice: Principal, admin: Principal, thread_id: UUID
) -> None:
    for kind, subject in (("user", alice.user_id), ("library", alice.personal_library_id), ("thread", thread_id)):
        await _hold(database, admin, kind, subject)  # type: ignore[arg-type]
    async with database.reader() as session:
        first = await holds.page(session, admin, limit=2)
        rest = await holds.page(session, admin, limit=2, cursor=first.cursor)
    assert [name for _, name in first.holds + rest.holds] == ["", "alice", "alice"]
    assert rest.cursor is None
