"""Answer runs: what is remembered of a thread, and what citations open."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from core.access import Principal, scope_of
from core.errors import NotFound
from db import answer_runs, documents, steps, threads
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


async def test_runs_whose_process_died_are_closed(database: Database, alice: Principal) -> None:
    old, fresh = await _asked(database, alice, "old", state=None), await _asked(database, alice, "fresh", state=None)
    async with database.transaction() as session:
        then = now() - timedelta(hours=2)
        await session.execute(update(AnswerRun).where(AnswerRun.id == old).values(created_at=then))
    async with database.transaction() as session:
        assert [run.id for run in await answer_runs.finish_abandoned(session, 3600)] == [old]
    async with database.reader() as session:
        assert (await answer_runs.get_owned(session, alice, old)).state == "stopped"
        assert (await answer_runs.get_owned(session, alice, fresh)).state == "running"


async def test_deleting_a_thread_deletes_its_runs(database: Database, alice: Principal) -> None:
    thread_id = uuid4()
    run_id = await _asked(database, alice, "?", thread_id)
    async with database.transaction() as session:
        await threads.remove(session, alice, thread_id)
    async with database.reader() as session:
        with pytest.raises(NotFound):
            await answer_runs.get_owned(session, alice, run_id)
