"""What becomes a review item by itself, what switches it off, what takes it back, and which questions are alike."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from answers.reviews.collector import ReviewCollector, grouped
from core.access import Principal, scope_of
from core.settings import ReviewSettings
from db import answer_runs, feedback, review_items, review_sources, steps, threads
from db.base import now
from db.models import AnswerRun, ReviewItem, User
from db.review_sources import Asked
from db.session import Database
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index.live import LiveIndex

MakeUser = Callable[..., Awaitable[Principal]]


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    return await make_user("alice")


def _collector(database: Database, **settings: bool) -> ReviewCollector:
    return ReviewCollector(database, LiveIndex(), ReviewSettings(**settings))


async def _answered(database: Database, who: Principal, question: str = "?", **end: Any) -> tuple[UUID, UUID, UUID]:
    """Ids of a run, its conversation and its answer's step."""
    thread_id, step_id = uuid4(), uuid4()
    async with database.transaction() as session:
        run = await answer_runs.create(session, who, question=question, scope=scope_of(who), thread_id=thread_id)
        await answer_runs.finish(session, run.id, **({"state": "done", "answer": "Yes."} | end))
        step = {"id": step_id, "thread_id": thread_id, "type": "assistant_message", "name": "Footnote"}
        await steps.create(session, who, {**step, "answer_run_id": run.id})
    return run.id, thread_id, step_id


async def _rate(database: Database, who: Principal, step_id: UUID, value: int, comment: str | None = None) -> UUID:
    async with database.transaction() as session:
        return await feedback.rate(session, who, step_id, value, comment)


async def _kinds(database: Database) -> dict[UUID | None, list[str]]:
    async with database.reader() as session:
        return {item.answer_run_id: item.kinds for item in await session.scalars(select(ReviewItem))}


async def test_each_source_makes_items_once(database: Database, alice: Principal) -> None:
    refused, _, refused_step = await _answered(database, alice, state="refused")
    failed, _, _ = await _answered(database, alice, state="error", error="It failed.")
    doubtful, _, _ = await _answered(database, alice, unsupported_sentences=2)
    disliked, _, disliked_step = await _answered(database, alice)
    commented, _, commented_step = await _answered(database, alice)
    _, _, liked_step = await _answered(database, alice)
    await _answered(database, alice, state="stopped")
    await _rate(database, alice, disliked_step, 0)
    await _rate(database, alice, commented_step, 1, "Nearly.")
    await _rate(database, alice, liked_step, 1)
    await _rate(database, alice, refused_step, 0, "It is in the handbook!")
    collector = _collector(database)
    assert await collector.collect() == 6  # the refused one twice: it gets two kinds more
    assert await collector.collect() == 0
    assert await _kinds(database) == {
        refused: ["refused", "thumbs_down", "comment"],
        failed: ["failed"],
        doubtful: ["unsupported"],
        disliked: ["thumbs_down"],
        commented: ["comment"],
    }


@pytest.mark.parametrize("source", ["thumbs_down", "comments", "refused", "unsupported", "failed"])
async def test_each_source_can_be_switched_off(database: Database, alice: Principal, source: str) -> None:
    await _answered(database, alice, state="refused")
    await _answered(database, alice, state="error")
    await _answered(database, alice, unsupported_sentences=1)
    for value, comment in ((0, None), (1, "Nearly.")):
        _, _, step_id = await _answered(database, alice)
        await _rate(database, alice, step_id, value, comment)
    assert await _collector(database, **{source: False}).collect() == 4
    kinds = [kind for kinds in (await _kinds(database)).values() for kind in kinds]
    assert {"comments": "comment"}.get(source, source) not in kinds


async def test_what_is_older_is_found_in_batches_and_only_what_is_new_later(
    database: Database, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_sources, "BATCH", 2)
    monkeypatch.setattr("answers.reviews.collector.BATCH", 2)
    for _ in range(5):
        await _answered(database, alice, state="refused")
    old, _, _ = await _answered(database, alice, state="refused")
    async with database.transaction() as session:
        same = {"finished_at": now() - timedelta(minutes=5)}  # the same time: the place goes on by the id
        await session.execute(update(AnswerRun).where(AnswerRun.id != old).values(**same))
        long_ago = {"finished_at": now() - timedelta(days=8)}
        await session.execute(update(AnswerRun).where(AnswerRun.id == old).values(**long_ago))
    collector = _collector(database)
    assert await collector.collect() == 5
    new, _, _ = await _answered(database, alice, state="refused")
    assert await collector.collect() == 1
    assert new in await _kinds(database)
    assert old not in await _kinds(database)  # longer ago than an installation begins with


async def test_a_rating_that_is_taken_back_takes_its_item_with_it(database: Database, alice: Principal) -> None:
    run_id, _, step_id = await _answered(database, alice, state="refused")
    _, _, other_step = await _answered(database, alice)
    given = await _rate(database, alice, step_id, 0, "No!")
    other = await _rate(database, alice, other_step, 0)
    await _collector(database).collect()
    await _rate(database, alice, step_id, 0)  # without the comment
    assert (await _kinds(database))[run_id] == ["refused", "thumbs_down"]
    async with database.transaction() as session:
        await feedback.remove(session, alice, given)
        await feedback.remove(session, alice, other)
    assert await _kinds(database) == {run_id: ["refused"]}


async def test_what_an_admin_has_touched_stays(database: Database, alice: Principal) -> None:
    run_id, _, step_id = await _answered(database, alice)
    given = await _rate(database, alice, step_id, 0)
    await _collector(database).collect()
    async with database.transaction() as session:
        await session.execute(update(ReviewItem).values(state="triaged"))
        await feedback.remove(session, alice, given)
    assert await _kinds(database) == {run_id: ["thumbs_down"]}


async def test_deleting_the_conversation_deletes_what_nobody_sent(database: Database, alice: Principal) -> None:
    sent, sent_thread, _ = await _answered(database, alice, "Who?", state="refused")
    _, thread_id, _ = await _answered(database, alice, state="refused")
    await _collector(database).collect()
    async with database.transaction() as session:
        item, is_new = await review_items.create(session, alice, sent, kind="refused", note="Please.")
        assert (is_new, item.kinds, item.question) == (True, ["refused", "told"], "Who?")
    async with database.transaction() as session:
        for one in (thread_id, sent_thread):
            await threads.remove(session, alice, one)
    async with database.reader() as session:
        [left] = list(await session.scalars(select(ReviewItem)))
    assert (left.id, left.answer_run_id, left.question, left.note) == (item.id, None, "Who?", "Please.")


async def test_sending_what_was_settled_opens_it_again(database: Database, alice: Principal) -> None:
    run_id, _, _ = await _answered(database, alice, state="refused")
    await _collector(database).collect()
    async with database.transaction() as session:
        await session.execute(update(ReviewItem).values(state="wont_fix"))
    async with database.transaction() as session:
        item, _ = await review_items.create(session, alice, run_id, kind="refused", note="")
        assert (item.state, item.version) == ("new", 2)
        assert not (await review_items.create(session, alice, run_id, kind="refused", note="x"))[1]


async def test_a_run_deleted_meanwhile_is_no_item(database: Database, alice: Principal) -> None:
    run_id, _, _ = await _answered(database, alice, state="refused")
    async with database.transaction() as session:
        found = await review_sources.runs(session, ["refused"], now() - timedelta(days=1))
        await session.execute(delete(AnswerRun).where(AnswerRun.id == run_id))
        assert await review_sources.add(session, found) == 0


async def test_one_process_at_a_time(database: Database, alice: Principal) -> None:
    await _answered(database, alice, state="refused")
    async with database.advisory_lock(0x5EC7_0017):
        assert await _collector(database).collect() == 0
    assert await _collector(database).collect() == 1


async def test_erasing_the_person_erases_their_items(database: Database, alice: Principal) -> None:
    await _answered(database, alice, state="refused")
    await _collector(database).collect()
    async with database.transaction() as session:
        await session.execute(delete(User).where(User.id == alice.user_id))
    assert await _kinds(database) == {}


ALIKE = [
    ("How do I reset my password?", "I forgot my password, what should I do?"),
    ("Where do I send my travel expenses?", "Where do I send travel expenses?"),
    ("What is the notice period?", "How long is the notice period?"),
]
APART = [
    ("How many vacation days do I get?", "How many sick days do I get?"),
    ("Where do I send my travel expenses?", "Who is the head of marketing?"),
    ("How do I request parental leave?", "How long is parental leave?"),
]


async def test_questions_that_mean_the_same_are_one_group(embeddings: FootnoteEmbeddings) -> None:
    questions = [question for pair in (*ALIKE, *APART) for question in pair]
    vectors = dict(zip(questions, await embeddings.aembed_later(questions), strict=True))

    def are_together(left: str, right: str) -> bool:
        first, second = (Asked(uuid4(), uuid4(), question) for question in (left, right))
        known = grouped([first], [vectors[left]], [], embeddings.scale)
        [placed] = grouped([second], [vectors[right]], known, embeddings.scale)
        return placed.group_id == first.group_id

    assert [pair for pair in ALIKE if not are_together(*pair)] == []
    assert [pair for pair in APART if are_together(*pair)] == []


async def _fill(database: Database, who: Principal, count: int) -> None:
    rows = [
        {
            "id": uuid4(),
            "user_id": who.user_id,
            "group_id": uuid4(),
            "kinds": ["refused"],
            "question": "q",
            "note": "",
            "state": "new",
            "admin_note": "",
            "reply": "",
            "version": 1,
            "created_at": now() - timedelta(seconds=number),
        }
        for number in range(count)
    ]
    async with database.transaction() as session:
        await session.execute(insert(ReviewItem), rows)


async def test_without_a_model_nothing_is_grouped_and_nothing_is_lost(database: Database, alice: Principal) -> None:
    await _fill(database, alice, 3)
    await _collector(database).collect()
    async with database.reader() as session:
        waiting = await review_sources.ungrouped(session, 10, only_sent=False)
    assert len(waiting) == 3
