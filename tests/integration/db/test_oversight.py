"""Sums of conversations, and finding words in all of them, on a real PostgreSQL."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, text

from core.access import Oversight, Principal, scope_of
from db import answer_runs, feedback, oversight, steps
from db.conversation import Thread
from db.models import ConversationFacts
from db.oversight import Wanted
from db.session import Database

MakeUser = Callable[..., Awaitable[Principal]]


async def _say(database: Database, who: Principal, thread_id: UUID, question: str, **ended: Any) -> UUID:
    """One question, answered; returns the id of the answer's message."""
    asked, answer = uuid4(), uuid4()
    place = {"thread_id": thread_id, "question_step_id": asked}
    async with database.transaction() as session:
        values = {"id": asked, "thread_id": thread_id, "type": "user_message", "name": "u", "output": question}
        await steps.create(session, who, values)
        run = await answer_runs.create(session, who, question=question, scope=scope_of(who), **place)
    async with database.transaction() as session:
        await answer_runs.finish(session, run.id, state=ended.pop("state", "done"), answer="Yes.", **ended)
        values = {"id": answer, "thread_id": thread_id, "type": "assistant_message", "name": "a", "output": "Yes."}
        await steps.create(session, who, values | {"answer_run_id": run.id})
    return answer


async def _found(database: Database, admin: Principal, **wanted: Any) -> set[UUID]:
    async with database.reader() as session:
        page = await oversight.page(session, admin, Oversight.REASON, Wanted(**wanted))
    return {one.facts.thread_id for one in page.conversations}


async def test_the_sums_follow_what_happens(database: Database, make_user: MakeUser) -> None:
    bob, thread_id = await make_user("bob"), uuid4()
    used = {"model": "gpt", "cost_usd": Decimal("0.5"), "cached": "exact", "unsupported_sentences": 2}
    answer = await _say(database, bob, thread_id, "One?", **used)
    await _say(database, bob, thread_id, "Two?", state="refused", fallback_used=True)
    async with database.transaction() as session:
        rating = await feedback.rate(session, bob, answer, 0, None)
    async with database.transaction() as session:
        facts = (await session.scalars(select(ConversationFacts))).one()
        await feedback.remove(session, bob, rating)
    assert (facts.runs, facts.refused, facts.failed, facts.fallback, facts.cached, facts.unsupported) == (
        2,
        1,
        0,
        1,
        1,
        1,
    )
    assert (facts.up, facts.down, facts.cost_usd, facts.models) == (0, 1, Decimal("0.5"), ["gpt"])
    assert facts.library_ids == [str(bob.personal_library_id)]
    async with database.transaction() as session:
        assert await session.scalar(select(ConversationFacts.down)) == 0
        await session.execute(delete(Thread).where(Thread.id == thread_id))
        assert await session.scalar(select(ConversationFacts.down)) is None


@pytest.mark.parametrize(
    ("question", "words", "not_there"),
    [
        ("Wie viele Urlaubstage gibt es?", "urlaubstag", "urlaubsgeld"),
        ("ฉันลาพักร้อนได้กี่วัน", "พักร้อน", "พักเหนื่อย"),
        ("年次有給休暇は何日ですか", "有給休暇", "給有"),
        ("ວັນພັກປະຈຳປີ", "ພັກ", "ກພ"),
    ],
)
async def test_words_are_found_in_every_script(
    database: Database, make_user: MakeUser, question: str, words: str, not_there: str
) -> None:
    bob, admin, thread_id = await make_user("bob"), await make_user("root", "admin"), uuid4()
    await _say(database, bob, thread_id, question)
    await _say(database, bob, uuid4(), "Something else?")
    assert await _found(database, admin, words=words) == {thread_id}
    assert await _found(database, admin, words=not_there) == set()


async def test_common_words_are_found_in_the_newest_and_in_all(
    database: Database, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, admin = await make_user("bob"), await make_user("root", "admin")
    threads = [uuid4() for _ in range(4)]
    for thread_id in threads:
        await _say(database, bob, thread_id, "What about leave?")
    async with database.engine.begin() as connection:
        await connection.execute(text("ANALYZE steps"))
    for common, tried, page in ((0, 2, 1), (0, 2, 50), (10**9, 2, 1)):
        monkeypatch.setattr(oversight, "COMMON", common)
        monkeypatch.setattr(oversight, "TRIED", tried)
        monkeypatch.setattr(oversight, "PAGE", page)
        found, cursor = list[UUID](), None
        while True:
            async with database.reader() as session:
                part = await oversight.page(session, admin, Oversight.REASON, Wanted(words="leave"), cursor)
            found += [one.facts.thread_id for one in part.conversations]
            if (cursor := part.cursor) is None:
                break
        assert found == threads[::-1]
