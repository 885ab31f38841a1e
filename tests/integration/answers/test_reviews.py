"""Telling the admins of an answer: once, by the one who asked, and the admins see what was sent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis

from answers.ledger import Ledger
from answers.reviews import LONGEST_NOTE, Reviews
from core.access import Principal, scope_of
from core.errors import Conflict, Invalid, LimitExceeded, NotFound, NotPermitted
from core.rate_limit import RateLimiter
from core.settings import LimitSettings
from db import answer_runs, threads
from db.session import Database

MakeUser = Callable[..., Awaitable[Principal]]
NEAREST = [{"document_id": str(uuid4()), "title": "Dogs.pdf", "page": 3, "locator": None, "similarity": 0.2}]
REFUSAL: dict[str, Any] = {
    "state": "refused",
    "answer": "Nothing in your documents answers this question.",
    "nearest": NEAREST,
}
UNSUPPORTED: dict[str, Any] = {
    "state": "done",
    "answer": "Yes. [1] They bark. [unsupported]",
    "unsupported_sentences": 1,
}


@pytest.fixture
def reviews(database: Database, redis: ArqRedis) -> Reviews:
    """The service, on small limits."""
    return Reviews(database, RateLimiter(redis), LimitSettings(reviews_per_hour=5))


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    """Who asks."""
    return await make_user("alice")


@pytest.fixture
async def admin(make_user: MakeUser) -> Principal:
    """Who is told."""
    return await make_user("root", "admin")


async def _asked(database: Database, who: Principal, question: str, thread_id: UUID | None = None, **end: Any) -> UUID:
    async with database.transaction() as session:
        run = await answer_runs.create(
            session, who, question=question, scope=scope_of(who), thread_id=thread_id or uuid4()
        )
        if end:
            await answer_runs.finish(session, run.id, **end)
    return run.id


async def test_an_admin_sees_what_was_sent_and_nothing_else(
    database: Database, reviews: Reviews, alice: Principal, admin: Principal
) -> None:
    thread_id = uuid4()
    await _asked(database, alice, "How do I hide my salary?", thread_id, state="done", answer="You cannot.")
    run_id = await _asked(database, alice, "May I bring my dog?", thread_id, **REFUSAL)
    told, is_new = await reviews.tell(alice, run_id, "  It was in the old handbook.\x00 ")
    assert (told.state, is_new) == ("open", True)
    [item] = (await reviews.page(admin, None, limit=10)).items
    assert item.model_dump(exclude={"id", "created_at", "group_id", "thread_id", "answer_run_id"}) == {
        "kind": "not_in_documents",
        "kinds": ("told", "refused"),
        "state": "open",
        "status": "new",
        "shown": True,
        "rating": None,
        "comment": "",
        "error": "",
        "verdict": None,
        "cause": None,
        "assignee": None,
        "admin_note": "",
        "reply": "",
        "version": 1,
        "alike": 0,
        "question": "May I bring my dog?",
        "note": "It was in the old handbook.",
        "answer": "Nothing in your documents answers this question.",
        "nearest": ({"title": "Dogs.pdf", "page": 3, "locator": None},),
        "asked_by": "alice",
        "done_by": None,
        "done_at": None,
    }
    async with database.reader() as session:
        with pytest.raises(NotFound):
            await answer_runs.get_owned(session, admin, run_id)


async def test_an_unsupported_answer_is_shown_without_numbers_that_open_nothing(
    database: Database, reviews: Reviews, alice: Principal, admin: Principal
) -> None:
    await reviews.tell(alice, await _asked(database, alice, "Do dogs bark?", **UNSUPPORTED))
    [item] = (await reviews.page(admin, "open", limit=10)).items
    assert (item.kind, item.answer, item.nearest) == ("unsupported", "Yes. They bark. [unsupported]", ())


async def test_telling_twice_is_telling_once(
    database: Database, reviews: Reviews, alice: Principal, admin: Principal
) -> None:
    run_id = await _asked(database, alice, "May I bring my dog?", **REFUSAL)
    outcomes = await asyncio.gather(*(reviews.tell(alice, run_id, f"note {number}") for number in range(4)))
    assert sorted(is_new for _, is_new in outcomes) == [False, False, False, True]
    page = await reviews.page(admin, None, limit=10)
    assert (len(page.items), page.counts) == (1, {"open": 1, "done": 0})
    kept = page.items[0].note
    assert not (await reviews.tell(alice, run_id, "another"))[1]
    assert (await reviews.page(admin, None, limit=10)).items[0].note == kept


@pytest.mark.parametrize("end", [{}, {"state": "done", "answer": "Yes. [1]"}, {"state": "stopped", "answer": ""}])
async def test_only_what_the_documents_do_not_support_is_for_the_admins(
    database: Database, reviews: Reviews, alice: Principal, end: dict[str, Any]
) -> None:
    with pytest.raises(Conflict):
        await reviews.tell(alice, await _asked(database, alice, "?", **end))


async def test_nobody_tells_of_anothers_answer(
    database: Database, reviews: Reviews, alice: Principal, admin: Principal
) -> None:
    run_id = await _asked(database, alice, "May I bring my dog?", **REFUSAL)
    for wanted in (run_id, uuid4()):
        with pytest.raises(NotFound, match="There is no such answer"):
            await reviews.tell(admin, wanted)
    assert not (await reviews.page(admin, None, limit=10)).items


async def test_notes_have_a_length_and_people_a_limit(database: Database, reviews: Reviews, alice: Principal) -> None:
    run_id = await _asked(database, alice, "May I bring my dog?", **REFUSAL)
    with pytest.raises(Invalid):
        await reviews.tell(alice, run_id, "x" * (LONGEST_NOTE + 1))
    for _ in range(5):
        await reviews.tell(alice, run_id, "x" * LONGEST_NOTE)
    with pytest.raises(LimitExceeded) as refused:
        await reviews.tell(alice, run_id)
    assert refused.value.retry_after_s is not None


async def test_pages_go_from_the_newest_to_the_oldest_while_new_ones_come(
    database: Database, redis: ArqRedis, alice: Principal, admin: Principal
) -> None:
    reviews = Reviews(database, RateLimiter(redis), LimitSettings())
    for number in range(7):
        await reviews.tell(alice, await _asked(database, alice, str(number), **REFUSAL))
    seen, cursor = [], None
    for _ in range(3):
        page = await reviews.page(admin, "open", limit=3, cursor=cursor)
        seen += [item.question for item in page.items]
        cursor = page.next_cursor
        await reviews.tell(alice, await _asked(database, alice, "new", **REFUSAL))
    assert (seen, cursor) == (list("6543210"), None)
    with pytest.raises(Invalid):
        await reviews.page(admin, None, limit=3, cursor="!")


async def test_what_is_settled_leaves_the_open_ones_and_can_come_back(
    database: Database, reviews: Reviews, alice: Principal, admin: Principal, make_user: MakeUser
) -> None:
    run_id = await _asked(database, alice, "May I bring my dog?", **REFUSAL)
    await reviews.tell(alice, run_id)
    [item] = (await reviews.page(admin, "open", limit=10)).items
    await reviews.settle(admin, item.id, "done")
    await reviews.settle(await make_user("other", "admin"), item.id, "done")
    assert not (await reviews.page(admin, "open", limit=10)).items
    [done] = (await reviews.page(admin, "done", limit=10)).items
    assert (done.state, done.done_by, done.done_at is not None) == ("done", "root", True)  # the first who did it
    seen = (await Ledger(database).run(alice, run_id)).told
    assert seen is not None
    assert seen.state == "done"
    await reviews.settle(admin, item.id, "open")
    [again] = (await reviews.page(admin, "open", limit=10)).items
    assert (again.done_by, again.done_at) == (None, None)
    with pytest.raises(NotFound):
        await reviews.settle(admin, uuid4(), "done")
    for act in (reviews.settle(alice, item.id, "done"), reviews.page(alice, None, limit=10)):
        with pytest.raises(NotPermitted):
            await act


async def test_deleting_the_conversation_takes_the_answer_back(
    database: Database, reviews: Reviews, alice: Principal, admin: Principal
) -> None:
    thread_id = uuid4()
    await reviews.tell(alice, await _asked(database, alice, "May I bring my dog?", thread_id, **REFUSAL), "Please.")
    async with database.transaction() as session:
        await threads.remove(session, alice, thread_id)
    [item] = (await reviews.page(admin, None, limit=10)).items
    assert (item.question, item.note, item.answer, item.nearest) == ("May I bring my dog?", "Please.", "", ())
