"""Thumbs and comments: stored against the answer, shown where the thumbs are, given by the owner only."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from chainlit.types import Feedback
from sqlalchemy import select

from chat.data_layer import FootnoteDataLayer
from core.access import Principal
from core.errors import Conflict, Invalid, NotFound
from db.base import now
from db.conversation import FeedbackRow
from db.models import AnswerRun
from db.session import Database
from tests.conversations import Acting, exchange, step


async def stored(database: Database) -> list[FeedbackRow]:
    async with database.reader() as session:
        return list((await session.scalars(select(FeedbackRow))).all())


async def ratings(layer: FootnoteDataLayer, thread_id: str) -> dict[str, Any]:
    thread = await layer.get_thread(thread_id)
    assert thread is not None
    return {one["type"]: one["feedback"] for one in thread["steps"] if one["feedback"]}


async def test_rating_the_run_rates_the_answer_and_shows_on_the_run_after_a_reload(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id, run_id = str(uuid4()), uuid4()
    async with database.transaction() as session:
        session.add(AnswerRun(id=run_id, user_id=alice.user_id, question="Q", scope={}, created_at=now()))
    with acting(alice, socket=thread_id):
        asked, run = step(thread_id), step(thread_id, "run", name="on_message")
        run["parentId"] = asked["id"]
        tool = step(thread_id, "tool", parentId=run["id"])
        notice = step(thread_id, "assistant_message", parentId=run["id"], createdAt="2026-01-02T00:00:00Z")
        answer = step(thread_id, "assistant_message", parentId=tool["id"], metadata={"answer_run_id": str(run_id)})
        for one in (asked, run, tool, answer, notice):
            await layer.create_step(one)
    with acting(alice):
        given = Feedback(forId=run["id"], value=0, comment="Wrong page", threadId=thread_id)
        feedback_id = await layer.upsert_feedback(given)
        shown = await ratings(layer, thread_id)
    (row,) = await stored(database)
    assert (str(row.step_id), row.answer_run_id, row.user_id) == (answer["id"], run_id, alice.user_id)
    expected = {"id": feedback_id, "value": 0, "comment": "Wrong page"}
    assert shown["run"] == {**expected, "forId": run["id"]}
    assert shown["assistant_message"] == {**expected, "forId": answer["id"]}


async def test_a_rating_is_changed_and_taken_back(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        _, run_id, answer_id = await exchange(layer, thread_id, "Q", "A")
    with acting(alice):
        first = await layer.upsert_feedback(Feedback(forId=run_id, value=1))
        again = await layer.upsert_feedback(Feedback(forId=answer_id, value=0, id=str(uuid4()), comment="No"))
        assert first == again
        assert [(row.value, row.comment) for row in await stored(database)] == [(0, "No")]
        assert await layer.delete_feedback(first) is True
        assert await ratings(layer, thread_id) == {}
        with pytest.raises(NotFound):
            await layer.delete_feedback(first)


async def test_ratings_of_others_can_be_neither_given_nor_changed_nor_taken_back(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal, mallory: Principal
) -> None:
    hers, his = str(uuid4()), str(uuid4())
    with acting(alice, socket=hers):
        _, run_id, answer_id = await exchange(layer, hers, "Q", "A")
    with acting(mallory, socket=his):
        await exchange(layer, his, "Q", "A")
    for target in (run_id, answer_id):
        for claimed in (hers, his, None):
            with acting(mallory), pytest.raises(NotFound):
                await layer.upsert_feedback(Feedback(forId=target, value=0, threadId=claimed, comment="planted"))
    with acting(alice):
        feedback_id = await layer.upsert_feedback(Feedback(forId=run_id, value=1))
    with acting(mallory):
        with pytest.raises(NotFound):
            await layer.upsert_feedback(Feedback(forId=run_id, value=0, id=feedback_id))
        with pytest.raises(NotFound):
            await layer.delete_feedback(feedback_id)
    assert [(str(row.id), row.value, row.comment) for row in await stored(database)] == [(feedback_id, 1, None)]


async def test_what_cannot_be_rated(layer: FootnoteDataLayer, acting: Acting, alice: Principal) -> None:
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        lonely = step(thread_id, "run")
        await layer.create_step(lonely)
        *_, answer_id = await exchange(layer, thread_id, "Q", "A")
    with acting(alice):
        with pytest.raises(Conflict):
            await layer.upsert_feedback(Feedback(forId=lonely["id"], value=1))
        with pytest.raises(Invalid):
            await layer.upsert_feedback(Feedback(forId=answer_id, value=1, comment="x" * 5000))
        for unknown in (str(uuid4()), "no-uuid"):
            with pytest.raises(NotFound):
                await layer.upsert_feedback(Feedback(forId=unknown, value=1))


async def test_an_answer_still_being_written_can_be_rated(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    import asyncio

    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        answer = step(thread_id, "assistant_message", output="A")
        writing = asyncio.create_task(layer.create_step(answer))
        await asyncio.sleep(0)
    with acting(alice):
        await layer.upsert_feedback(Feedback(forId=answer["id"], value=1, threadId=thread_id))
    await writing
    assert [row.step_id for row in await stored(database)] == [UUID(answer["id"])]
