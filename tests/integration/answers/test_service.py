"""A question end to end: what is yielded, what is stored, who may open it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from answers.line import Line
from answers.service import AnswerService
from core.access import Principal
from core.errors import Invalid, LimitExceeded, NotFound, UpstreamUnavailable
from core.settings import LimitSettings, Settings
from db import answer_runs, documents
from db.conversation import Step
from db.models import AnswerRun, AnswerSource
from db.session import Database
from rag.events import AnswerEvent, Citations, Done, Failed, Refused, Searching, Sources, Started, Token, Waiting
from rag.grounding.markers import numbers_in
from rag.index import ChunkIndex
from tests.integration.answers.conftest import SECTION, BuildService, Person

QUESTION = "How many days of paid vacation do employees receive?"
UNANSWERABLE = "Which similarity laws hold for heated aeroelastic aircraft models?"


async def ask(service: AnswerService, principal: Principal, question: str = QUESTION, **more: Any) -> list[AnswerEvent]:
    return [event async for event in service.ask(principal, question, **more)]


def run_id_of(events: list[AnswerEvent]) -> UUID:
    assert isinstance(events[0], Started)
    return events[0].answer_run_id


async def stored(database: Database, run_id: UUID) -> tuple[AnswerRun, list[AnswerSource]]:
    async with database.reader() as session:
        run = await session.get(AnswerRun, run_id)
        assert run is not None
        rows = select(AnswerSource).where(AnswerSource.answer_run_id == run_id).order_by(AnswerSource.number)
        return run, list(await session.scalars(rows))


async def test_the_run_is_stored_as_it_was_shown(service: BuildService, alice: Person, database: Database) -> None:
    events = await ask(service(), alice.principal)
    (checked,) = [event for event in events if isinstance(event, Citations)]
    run, sources = await stored(database, run_id_of(events))
    assert (run.state, run.mode, run.answer, run.question, run.query) == (
        "done",
        "extractive",
        checked.answer,
        QUESTION,
        QUESTION,
    )
    assert run.timings["total_ms"] > 0
    assert run.finished_at is not None
    assert {source.number for source in sources if source.cited} == set(numbers_in(run.answer))
    assert run.scope == {"library_ids": [str(alice.principal.personal_library_id)], "document_ids": None}


async def test_a_models_answer_is_stored_with_its_costs_and_its_failures(
    service: BuildService, alice: Person, database: Database
) -> None:
    run, _ = await stored(database, run_id_of(await ask(service("invent"), alice.principal)))
    assert (run.mode, run.model, run.state) == ("llm", "invent", "done")
    assert run.input_tokens > 0
    assert run.output_tokens > 0
    assert (run.dropped_citations, run.unsupported_sentences) == (2, 2)


async def test_a_citation_opens_while_tokens_stream(service: BuildService, alice: Person) -> None:
    answers = service("slow")
    events: AsyncGenerator[AnswerEvent, None] = answers.ask(alice.principal, QUESTION)
    started = await anext(events)
    assert isinstance(started, Started)
    while not isinstance(await anext(events), Token):
        pass
    view = await answers.citation(alice.principal, started.answer_run_id, 1)
    assert (view.title, view.cited, view.document_id) == ("handbook.md", False, alice.document.id)
    assert view.quote.startswith("Full-time employees")
    await events.aclose()


async def test_where_many_ask_a_question_waits_for_its_turn_and_says_how_many_are_before(
    service: BuildService, alice: Person
) -> None:
    answers = service()
    answers.line = Line(at_once=1)
    async with answers.line.place() as other, answers.line.place() as next_one:
        events = answers.ask(alice.principal, QUESTION)
        assert isinstance(await anext(events), Started)  # the question is stored while it waits
        assert await anext(events) == Waiting(ahead=1)
        answers.line.leave(other)
        assert await anext(events) == Waiting(ahead=0)
        answers.line.leave(next_one)
        assert isinstance([event async for event in events][-1], Done)
    assert not [event for event in await ask(answers, alice.principal) if isinstance(event, Waiting)]


async def test_who_stops_while_they_wait_leaves_the_line(service: BuildService, alice: Person) -> None:
    answers = service()
    answers.line = Line(at_once=1)
    async with answers.line.place():
        events = answers.ask(alice.principal, QUESTION)
        while not isinstance(await anext(events), Waiting):
            pass
        await events.aclose()
        behind = answers.line.place()
        async with behind as place:
            assert [ahead async for ahead in _first(answers.line.ahead(place))] == [0]


async def _first(numbers: AsyncGenerator[int]) -> AsyncGenerator[int]:
    yield await anext(numbers)


async def test_a_citation_points_at_its_sentence(service: BuildService, alice: Person) -> None:
    answers = service()
    events = await ask(answers, alice.principal)
    view = await answers.citation(alice.principal, run_id_of(events), 1)
    assert view.cited
    assert view.support == 1.0
    assert view.quote == " … ".join(SECTION[span.start : span.end] for span in view.spans)
    assert view.quote.startswith("Full-time employees receive 25 days of paid vacation per year.")


async def test_a_refusal_is_stored_with_the_nearest_documents(
    service: BuildService, alice: Person, database: Database
) -> None:
    events = await ask(service(), alice.principal, UNANSWERABLE)
    assert isinstance(events[-1], Refused)
    run, sources = await stored(database, run_id_of(events))
    assert (run.state, run.answer) == ("refused", events[-1].message)
    assert [document["document_id"] for document in run.nearest] == [str(alice.document.id)]
    # The passage opens like a footnote; its words are not stored, so that they go with their document.
    assert [(source.number, source.document_id, source.cited) for source in sources] == [(1, alice.document.id, False)]
    assert [set(document) & {"excerpt", "number"} for document in run.nearest] == [{"number"}]


@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_a_stopped_answer_is_stored_checked(
    service: BuildService, alice: Person, database: Database, how: str
) -> None:
    answers = service("slow")
    got: list[AnswerEvent] = []

    async def read() -> None:
        events = answers.ask(alice.principal, QUESTION)
        try:
            async for event in events:
                got.append(event)
                if how == "close" and sum(isinstance(event, Token) for event in got) == 6:
                    break
        finally:
            await events.aclose()

    reading = asyncio.create_task(read())
    if how == "cancel":
        while sum(isinstance(event, Token) for event in got) < 6:
            await asyncio.sleep(0.01)
        reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await answers.drain()
    run, _ = await stored(database, run_id_of(got))
    streamed = "".join(event.text for event in got if isinstance(event, Token))
    assert run.state == "stopped"
    assert run.answer.strip()
    assert streamed.startswith(run.answer.strip()[:20])
    assert run.finished_at is not None


async def test_an_answer_stopped_before_its_first_word_is_stored_too(
    service: BuildService, alice: Person, database: Database
) -> None:
    events = service().ask(alice.principal, QUESTION)
    started = await anext(events)
    await events.aclose()
    assert isinstance(started, Started)
    run, _ = await stored(database, started.answer_run_id)
    assert (run.state, run.answer) == ("stopped", "")


async def test_an_answer_that_broke_off_keeps_its_words(
    service: BuildService, alice: Person, database: Database
) -> None:
    events = await ask(service("cut"), alice.principal)
    failed = events[-1]
    assert isinstance(failed, Failed)
    run, _ = await stored(database, run_id_of(events))
    assert (run.state, run.reference, run.error) == ("error", failed.reference, failed.message)
    assert run.answer.startswith("Full-time employees")


async def test_a_fallback_is_said(service: BuildService, alice: Person, database: Database) -> None:
    events = await ask(service("error"), alice.principal)
    done = events[-1]
    assert isinstance(done, Done)
    assert done.fallback_used
    run, _ = await stored(database, run_id_of(events))
    assert (run.state, run.mode, run.model) == ("done", "extractive", None)


async def test_a_failure_has_a_reference_and_no_details(
    service: BuildService, alice: Person, database: Database, index: ChunkIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answers.rows.WORDS_WITHIN_S", 0.0)
    await index.close()
    events = await ask(service(), alice.principal)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.message == "The search index does not answer. Please try again in a moment."
    run, _ = await stored(database, run_id_of(events))
    assert (run.state, run.reference) == ("error", failed.reference)


@pytest.mark.parametrize(("question", "said"), [("", "empty"), (" \n\x00", "empty"), ("x" * 8001, "8000")])
async def test_senseless_questions_are_refused_before_anything_happens(
    service: BuildService, alice: Person, database: Database, question: str, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        await ask(service(), alice.principal, question)
    async with database.reader() as session:
        assert (await session.scalars(select(AnswerRun))).all() == []


async def test_too_many_questions_are_refused(service: BuildService, alice: Person, settings: Settings) -> None:
    answers = service(changed=settings.model_copy(update={"limit": LimitSettings(questions_per_minute=2)}))
    for _ in range(2):
        await ask(answers, alice.principal, UNANSWERABLE)
    with pytest.raises(LimitExceeded) as caught:
        await ask(answers, alice.principal)
    assert caught.value.retry_after_s


async def test_a_follow_up_remembers_the_conversation(service: BuildService, alice: Person) -> None:
    answers, thread_id = service(), uuid4()
    await ask(answers, alice.principal, "What is parental leave?", thread_id=thread_id)
    events = await ask(answers, alice.principal, "How long is it?", thread_id=thread_id)
    assert events[1] == Searching(query="How long is parental leave?", understood=True)
    elsewhere = await ask(answers, alice.principal, "How long is it?", thread_id=uuid4())
    assert elsewhere[1] == Searching(query="How long is it?")


async def test_a_question_that_was_edited_away_is_forgotten(
    service: BuildService, alice: Person, database: Database
) -> None:
    answers, thread_id, first, second = service(), uuid4(), uuid4(), uuid4()
    await ask(answers, alice.principal, "What is parental leave?", thread_id=thread_id, question_step_id=first)
    async with database.transaction() as session:
        session.add(Step(id=first, thread_id=thread_id, type="user_message", name="alice"))
    await ask(answers, alice.principal, "When does the office open?", thread_id=thread_id, question_step_id=first)
    events = await ask(answers, alice.principal, "Where is it?", thread_id=thread_id, question_step_id=second)
    assert events[1] == Searching(query="When does the office open? Where is it?", understood=True)


async def test_an_edited_question_does_not_remember_itself(service: BuildService, alice: Person) -> None:
    answers, thread_id, step_id = service(), uuid4(), uuid4()
    await ask(answers, alice.principal, "What is parental leave?", thread_id=thread_id, question_step_id=step_id)
    events = await ask(answers, alice.principal, "How long is it?", thread_id=thread_id, question_step_id=step_id)
    assert events[1] == Searching(query="How long is it?")


async def test_others_documents_answer_nothing(
    service: BuildService, alice: Person, make_user: Callable[..., Awaitable[Principal]]
) -> None:
    bob = await make_user("bob")
    refused = (await ask(service(), bob))[-1]
    assert isinstance(refused, Refused)
    assert refused.nearest == ()
    narrowed = (await ask(service(), bob, document_ids=[alice.document.id]))[-1]
    assert isinstance(narrowed, Refused)


async def test_a_question_may_be_narrowed_to_documents(service: BuildService, alice: Person) -> None:
    answers = service()
    assert isinstance((await ask(answers, alice.principal, document_ids=[]))[-1], Refused)
    assert isinstance((await ask(answers, alice.principal, document_ids=[uuid4()]))[-1], Refused)
    assert isinstance((await ask(answers, alice.principal, document_ids=[alice.document.id]))[-1], Done)


async def test_others_threads_are_not_asked_in(
    service: BuildService, alice: Person, make_user: Callable[..., Awaitable[Principal]]
) -> None:
    thread_id, bob = uuid4(), await make_user("bob")
    await ask(service(), alice.principal, thread_id=thread_id)
    with pytest.raises(NotFound):
        await ask(service(), bob, thread_id=thread_id)


async def test_others_citations_do_not_exist(
    service: BuildService, alice: Person, make_user: Callable[..., Awaitable[Principal]]
) -> None:
    answers, bob = service(), await make_user("bob")
    run_id = run_id_of(await ask(answers, alice.principal))
    for principal, run, number in ((bob, run_id, 1), (alice.principal, run_id, 99), (alice.principal, uuid4(), 1)):
        with pytest.raises(NotFound):
            await answers.citation(principal, run, number)


async def test_a_deleted_document_leaves_only_its_title(
    service: BuildService, alice: Person, database: Database
) -> None:
    answers = service()
    run_id = run_id_of(await ask(answers, alice.principal))
    async with database.transaction() as session:
        await documents.remove(session, alice.principal, alice.document.id)
    view = await answers.citation(alice.principal, run_id, 1)
    assert (view.is_deleted, view.document_id, view.title, view.quote, view.spans) == (
        True,
        None,
        "handbook.md",
        "",
        (),
    )


async def test_a_document_that_the_index_still_holds_after_its_deletion_is_not_quoted(
    service: BuildService, alice: Person, database: Database
) -> None:
    async with database.transaction() as session:
        await documents.remove(session, alice.principal, alice.document.id)
    events = await ask(service(), alice.principal)
    assert isinstance(events[-1], Refused)
    assert events[-1].nearest == ()


async def test_a_document_deleted_between_search_and_storing_is_no_crash(
    service: BuildService, alice: Person, database: Database
) -> None:
    events = service("slow").ask(alice.principal, QUESTION)
    got = [await anext(events)]
    while not isinstance(got[-1], Searching):
        got.append(await anext(events))
    async with database.transaction() as session:
        await documents.remove(session, alice.principal, alice.document.id)
    got += [event async for event in events]
    assert isinstance(got[-1], Refused)


async def test_no_session_is_held_while_tokens_stream(service: BuildService, alice: Person, database: Database) -> None:
    events = service("slow").ask(alice.principal, QUESTION)
    async for event in events:
        if isinstance(event, Token):
            break
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    await events.aclose()


async def test_the_end_is_stored_before_it_is_told(service: BuildService, alice: Person, database: Database) -> None:
    asking = service()
    async for event in asking.ask(alice.principal, QUESTION):
        if isinstance(event, Started):
            run_id = event.answer_run_id
        if isinstance(event, Sources):  # they are stored while the model is asked; who opens one at once waits for it
            opened = await asking.citation(alice.principal, run_id, len(event.sources))
            assert opened.quote
            assert len((await stored(database, run_id))[1]) == len(event.sources)
        if isinstance(event, Token):
            assert len((await stored(database, run_id))[1]) > 0
        if isinstance(event, Done):
            assert (await stored(database, run_id))[0].state == "done"


async def test_sources_that_cannot_be_stored_are_a_failure(
    service: BuildService, alice: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise UpstreamUnavailable("The database is away.")

    monkeypatch.setattr(answer_runs, "store_sources", broken)
    events = await ask(service(), alice.principal)
    started, last = events[0], events[-1]
    assert isinstance(started, Started)
    assert isinstance(last, Failed)
    assert last.message == "The database is away."
    assert not any(isinstance(event, Token) for event in events)
    assert (await stored(database, started.answer_run_id))[0].state == "error"


async def test_an_answer_stopped_while_its_sources_are_stored_keeps_them(
    service: BuildService, alice: Person, database: Database
) -> None:
    asking = service()
    async with aclosing(asking.ask(alice.principal, QUESTION)) as events:
        async for event in events:
            if isinstance(event, Started):
                run_id = event.answer_run_id
            if isinstance(event, Sources):
                break
    run, sources = await stored(database, run_id)
    assert run.state == "stopped"
    assert len(sources) > 0


async def test_when_even_the_storing_fails_the_failure_is_told(
    service: BuildService, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> bool:
        raise UpstreamUnavailable("The database is away.")

    monkeypatch.setattr(answer_runs, "finish", broken)
    last = (await ask(service(), alice.principal))[-1]
    assert isinstance(last, Failed)
    assert last.message == "The database is away."
