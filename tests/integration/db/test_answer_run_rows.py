"""Answer runs: what is remembered of a thread, and what citations open."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from core.access import Principal, scope_of
from core.errors import NotFound
from db import answer_queue, answer_runs, documents, steps, threads
from db.base import now
from db.models import AnswerRun, AnswerSource, Document
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
    thread_id: UUID | None = None,
    *,
    step_id: UUID | None = None,
    state: str | None = "done",
) -> UUID:
    """A question asked, and answered when a state is given."""
    async with database.transaction() as session:
        run = await answer_runs.create(
            session,
            principal,
            question=question,
            scope=scope_of(principal),
            thread_id=thread_id,
            question_step_id=step_id,
        )
        if state is not None:
            await answer_runs.finish(session, run.id, state=state, answer=f"To {question}")
    return run.id


async def _message(database: Database, principal: Principal, thread_id: UUID) -> UUID:
    step_id = uuid4()
    async with database.transaction() as session:
        values = {"id": step_id, "thread_id": thread_id, "type": "user_message", "name": "alice"}
        await steps.create(session, principal, values)
    return step_id


async def _remembered(database: Database, principal: Principal, thread_id: UUID, **options: Any) -> list[str]:
    async with database.reader() as session:
        runs = await answer_runs.history(session, principal, thread_id, **({"limit": 10} | options))
    return [run.question for run in runs]


async def test_a_run_makes_its_thread_and_keeps_its_scope(database: Database, alice: Principal) -> None:
    thread_id, document_id = uuid4(), uuid4()
    async with database.transaction() as session:
        scope = scope_of(alice, frozenset({document_id}))
        run = await answer_runs.create(session, alice, question="?", scope=scope, thread_id=thread_id)
    async with database.reader() as session:
        assert await threads.owner(session, thread_id) == alice.user_id
        stored = await answer_runs.get_owned(session, alice, run.id)
    assert (stored.state, stored.answer, stored.thread_id) == ("running", "", thread_id)
    assert stored.scope == {"library_ids": [str(alice.personal_library_id)], "document_ids": [str(document_id)]}


async def test_a_run_ends_once(database: Database, alice: Principal) -> None:
    run_id = await _asked(database, alice, "?", state=None)
    async with database.transaction() as session:
        assert await answer_runs.finish(
            session, run_id, state="stopped", answer="Par", mode="llm", timings={"total_ms": 1.5}, output_tokens=3
        )
        assert not await answer_runs.finish(session, run_id, state="done", answer="Other")
        assert not await answer_runs.finish(session, uuid4(), state="done", answer="")
    async with database.reader() as session:
        run = await answer_runs.get_owned(session, alice, run_id)
    assert (run.state, run.answer, run.mode, run.timings, run.output_tokens) == (
        "stopped",
        "Par",
        "llm",
        {"total_ms": 1.5},
        3,
    )
    assert run.finished_at is not None


async def test_memory_is_the_last_answered_questions_oldest_first(database: Database, alice: Principal) -> None:
    thread_id = uuid4()
    for question, state in (
        ("1", "done"),
        ("2", "refused"),
        ("3", "error"),
        ("4", "stopped"),
        ("5", "done"),
        ("6", None),
    ):
        await _asked(database, alice, question, thread_id, state=state)
    await _asked(database, alice, "elsewhere", uuid4())
    assert await _remembered(database, alice, thread_id) == ["1", "2", "4", "5"]
    assert await _remembered(database, alice, thread_id, limit=2) == ["4", "5"]


async def test_a_deleted_question_is_forgotten(database: Database, alice: Principal) -> None:
    thread_id = uuid4()
    kept, deleted = await _message(database, alice, thread_id), await _message(database, alice, thread_id)
    await _asked(database, alice, "kept", thread_id, step_id=kept)
    await _asked(database, alice, "deleted", thread_id, step_id=deleted)
    await _asked(database, alice, "by HTTP", thread_id)
    assert await _remembered(database, alice, thread_id) == ["kept", "deleted", "by HTTP"]
    async with database.transaction() as session:
        await steps.remove(session, alice, deleted)
    assert await _remembered(database, alice, thread_id) == ["kept", "by HTTP"]


async def test_an_edited_question_counts_as_it_was_asked_last(database: Database, alice: Principal) -> None:
    thread_id = uuid4()
    step_id = await _message(database, alice, thread_id)
    await _asked(database, alice, "before the edit", thread_id, step_id=step_id)
    assert await _remembered(database, alice, thread_id, before_step_id=step_id) == []
    await _asked(database, alice, "after the edit", thread_id, step_id=step_id)
    assert await _remembered(database, alice, thread_id) == ["after the edit"]
    assert await _remembered(database, alice, thread_id, before_step_id=step_id) == []


async def test_no_one_makes_another_persons_thread_forget(
    database: Database, alice: Principal, make_user: MakeUser
) -> None:
    """Step ids are chosen by browsers: the same id in another's thread changes nothing here."""
    mallory = await make_user("mallory")
    thread_id = uuid4()
    step_id = await _message(database, alice, thread_id)
    await _asked(database, alice, "mine", thread_id, step_id=step_id)
    await _asked(database, mallory, "same step id", uuid4(), step_id=step_id)
    assert await _remembered(database, alice, thread_id) == ["mine"]
    with pytest.raises(NotFound):
        await _asked(database, mallory, "into a thread that is not theirs", thread_id)


async def test_sources_open_while_the_answer_streams_and_say_later_what_was_cited(
    database: Database, alice: Principal, make_document: MakeDocument
) -> None:
    document = await make_document(alice)
    run_id = await _asked(database, alice, "?", state=None)
    found = [
        AnswerSource(
            number=number, document_id=document.id, document_title="T", chunk_id=uuid4(), section=number, similarity=0.5
        )
        for number in (2, 1)
    ]
    async with database.transaction() as session:
        await answer_runs.store_sources(session, run_id, "stand-alone query", found)
    async with database.reader() as session:
        assert [source.number for source in await answer_runs.sources(session, alice, run_id)] == [1, 2]
        assert (await answer_runs.get_owned(session, alice, run_id)).query == "stand-alone query"
        assert not (await answer_runs.source(session, alice, run_id, 2)).cited
    async with database.transaction() as session:
        await answer_runs.mark_cited(session, run_id, 2, [(0, 5), (9, 12)], 0.75)
    async with database.reader() as session:
        source = await answer_runs.source(session, alice, run_id, 2)
        assert (source.cited, source.spans, source.support) == (True, [[0, 5], [9, 12]], 0.75)
        assert not (await answer_runs.source(session, alice, run_id, 1)).cited
        with pytest.raises(NotFound):
            await answer_runs.source(session, alice, run_id, 3)


async def test_a_source_outlives_its_document_without_its_text(
    database: Database, alice: Principal, make_document: MakeDocument
) -> None:
    document = await make_document(alice)
    run_id = await _asked(database, alice, "?")
    async with database.transaction() as session:
        source = AnswerSource(
            number=1, document_id=document.id, document_title="handbook.pdf", chunk_id=uuid4(), section=1
        )
        await answer_runs.store_sources(session, run_id, None, [source])
    async with database.transaction() as session:
        await documents.remove(session, alice, document.id)
    async with database.reader() as session:
        left = await answer_runs.source(session, alice, run_id, 1)
    assert (left.document_id, left.document_title) == (None, "handbook.pdf")


async def test_runs_without_a_sign_of_life_are_taken_over_once(database: Database, alice: Principal) -> None:
    names = ("silent", "alive", "own", "ended")
    ids = {name: await _asked(database, alice, name, state="done" if name == "ended" else None) for name in names}
    async with database.transaction() as session:
        then = now() - timedelta(seconds=30)
        await session.execute(update(AnswerRun).values(heartbeat_at=then))
        assert await answer_queue.beat(session, [ids["alive"]]) == []
    async with database.transaction() as session:
        taken = await answer_queue.take_silent(session, 10, [ids["own"]])
        assert [run.id for run in taken] == [ids["silent"]]
    async with database.transaction() as session:
        assert list(await answer_queue.take_silent(session, 10, [ids["own"]])) == []


async def test_who_answers_hears_with_its_heartbeat_that_it_is_to_stop(database: Database, alice: Principal) -> None:
    run_id = await _asked(database, alice, "?", state=None)
    async with database.transaction() as session:
        assert await answer_queue.stop(session, alice, run_id) == "running"
        assert list(await answer_queue.beat(session, [run_id])) == [run_id]
        await answer_runs.finish(session, run_id, state="stopped", answer="")
    async with database.transaction() as session:
        assert await answer_queue.stop(session, alice, run_id) == "stopped"
        assert list(await answer_queue.beat(session, [run_id])) == []


async def _queued(database: Database, principal: Principal) -> UUID:
    run_id = uuid4()
    async with database.transaction() as session:
        await answer_queue.enqueue(
            session,
            principal,
            run_id=run_id,
            question="?",
            scope=scope_of(principal),
            thread_id=None,
            question_step_id=None,
            request={"question": "?"},
        )
    return run_id


async def test_queued_runs_are_taken_once_oldest_first_and_not_of_people_at_their_limit(
    database: Database, alice: Principal, make_user: MakeUser
) -> None:
    bob = await make_user("bob")
    first, second, bobs = [await _queued(database, who) for who in (alice, alice, bob)]
    async with database.transaction() as one, database.transaction() as other:
        taken = [await answer_queue.claim_next(one), await answer_queue.claim_next(other, [alice.user_id])]
    assert [(run.id, run.state, run.attempts) for run in taken if run] == [(first, "running", 1), (bobs, "running", 1)]
    async with database.transaction() as session:
        assert await answer_queue.put_back(session, first)
        assert not await answer_queue.put_back(session, second)  # nobody had it
        again = [await answer_queue.claim_next(session) for _ in range(3)]
    assert [(run.id, run.attempts) if run else None for run in again] == [(first, 2), (second, 1), None]


async def test_a_queued_run_is_stopped_at_once(database: Database, alice: Principal) -> None:
    run_id = await _queued(database, alice)
    async with database.transaction() as session:
        assert await answer_queue.stop(session, alice, run_id) == "stopped"
    async with database.transaction() as session:
        assert await answer_queue.claim_next(session) is None


async def test_deleting_a_thread_deletes_its_runs(database: Database, alice: Principal) -> None:
    thread_id = uuid4()
    run_id = await _asked(database, alice, "?", thread_id)
    async with database.transaction() as session:
        await threads.remove(session, alice, thread_id)
    async with database.reader() as session:
        with pytest.raises(NotFound):
            await answer_runs.get_owned(session, alice, run_id)
