"""Answers given again: to whom, as what, until when."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from sqlalchemy import select, update

from answers.service import AnswerService
from core.access import LibraryRole, Principal
from core.cache import Cache
from core.errors import UpstreamUnavailable
from core.settings import CacheSettings, RetrievalSettings, Settings
from db import documents, libraries
from db.models import AnswerRun, AnswerSource, ChunkRow, Document
from db.session import Database
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.prompts import Purpose
from rag.embedding.question_cache import QuestionVectorCache
from rag.events import AnswerEvent, Citations, Done, Failed, Refused, Sources, Started
from rag.index import ChunkIndex
from tests.integration.answers.conftest import BuildService, Person
from tests.stub_llm import RunningStub

QUESTION = "How many days of paid vacation do employees receive?"
SAME = "How many paid vacation days do employees get?"
UNANSWERABLE = "Which similarity laws hold for heated aeroelastic aircraft models?"


async def ask(service: AnswerService, principal: Principal, question: str = QUESTION, **more: Any) -> list[AnswerEvent]:
    events = [event async for event in service.ask(principal, question, **more)]
    await service.drain()
    return events


def cached(events: list[AnswerEvent]) -> str | None:
    assert isinstance(events[-1], Done), events[-1]
    return events[-1].cached


def only(events: list[AnswerEvent], kind: type[Any]) -> Any:
    (event,) = [event for event in events if isinstance(event, kind)]
    return event


async def stored(database: Database, events: list[AnswerEvent]) -> tuple[AnswerRun, list[AnswerSource]]:
    run_id: UUID = only(events, Started).answer_run_id
    async with database.reader() as session:
        run = await session.get(AnswerRun, run_id)
        assert run is not None
        rows = select(AnswerSource).where(AnswerSource.answer_run_id == run_id).order_by(AnswerSource.number)
        return run, list(await session.scalars(rows))


async def test_the_second_time_it_is_given_again(service: BuildService, alice: Person) -> None:
    answers = service(is_cached=True)
    first = await ask(answers, alice.principal)
    second = await ask(answers, alice.principal, "  how many days of paid vacation do employees receive ")
    assert (cached(first), cached(second)) == (None, "exact")
    assert only(second, Citations) == only(first, Citations)
    assert only(second, Sources) == only(first, Sources)
    assert [event.kind for event in second] == ["started", "searching", "sources", "token", "citations", "done"]


async def test_a_question_that_means_the_same_gets_it_too(service: BuildService, alice: Person) -> None:
    answers = service(is_cached=True)
    first = await ask(answers, alice.principal)
    assert cached(await ask(answers, alice.principal, "How many days of vacation do employees receive?")) is None
    assert cached(await ask(answers, alice.principal, SAME)) == "semantic"
    assert only(await ask(answers, alice.principal, SAME), Citations) == only(first, Citations)


@pytest.mark.parametrize(("question", "how"), [(QUESTION, "exact"), (SAME, "semantic")])
async def test_it_is_a_run_of_its_own(
    service: BuildService, alice: Person, database: Database, question: str, how: str
) -> None:
    answers = service("cite", is_cached=True)
    first, first_sources = await stored(database, await ask(answers, alice.principal))
    again, sources = await stored(database, await ask(answers, alice.principal, question))
    assert again.id != first.id
    assert (again.state, again.cached, again.mode, again.model) == ("done", how, "llm", "cite")
    assert (again.answer, again.query, again.question) == (first.answer, question, question)
    assert not any((again.input_tokens, again.output_tokens, again.cost_usd))
    assert first.input_tokens > 0
    assert again.finished_at is not None
    assert [stage["name"] for stage in again.trace] == ["cache"]
    fields = ("number", "document_id", "chunk_id", "spans", "cited", "support", "version")
    assert [[getattr(row, name) for name in fields] for row in sources] == [
        [getattr(row, name) for name in fields] for row in first_sources
    ]
    view = await answers.citation(alice.principal, again.id, 1)
    assert view.quote.startswith("Full-time employees")


@pytest.mark.parametrize("fault", [UpstreamUnavailable("The embedding server is away."), RuntimeError("of the model")])
async def test_a_question_that_cannot_be_embedded_is_a_failure_of_the_run(
    service: BuildService,
    alice: Person,
    database: Database,
    embeddings: FootnoteEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
) -> None:
    async def away(texts: list[str], purpose: Purpose) -> list[list[float]]:
        raise fault

    monkeypatch.setattr(embeddings, "aembed_now", away)
    events = await ask(service(is_cached=True), alice.principal)
    assert isinstance(events[-1], Failed)
    run, _ = await stored(database, events)
    assert (run.state, run.reference) == ("error", events[-1].reference)


async def test_a_question_stopped_while_it_is_embedded_is_stored_as_stopped(
    service: BuildService,
    alice: Person,
    database: Database,
    embeddings: FootnoteEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(texts: list[str], purpose: Purpose) -> list[list[float]]:
        await asyncio.Event().wait()
        return []

    async def states() -> list[str]:
        async with database.reader() as session:
            return list(await session.scalars(select(AnswerRun.state)))

    monkeypatch.setattr(embeddings, "aembed_now", never)
    asking = asyncio.create_task(ask(service(is_cached=True), alice.principal))
    while await states() != ["running"]:
        await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait([asking])
    assert await states() == ["stopped"]


async def test_a_model_is_not_asked_again(service: BuildService, alice: Person, stub: RunningStub) -> None:
    answers = service("cite", is_cached=True)
    await ask(answers, alice.principal)
    asked = len(stub.state.requests)
    await ask(answers, alice.principal)
    await ask(answers, alice.principal, SAME)
    assert len(stub.state.requests) == asked


async def test_a_fresh_answer_is_made_and_takes_its_place(service: BuildService, alice: Person) -> None:
    answers = service(is_cached=True)
    await ask(answers, alice.principal)
    fresh = await ask(answers, alice.principal, fresh=True)
    assert cached(fresh) is None
    assert "embed" in [stage.name for stage in only(fresh, Done).trace]  # searched anew too
    assert cached(await ask(answers, alice.principal)) == "exact"


async def test_a_deleted_document_takes_the_answer_with_it(
    service: BuildService, alice: Person, database: Database
) -> None:
    answers = service(is_cached=True)
    await ask(answers, alice.principal)
    async with database.transaction() as session:
        await documents.remove(session, alice.principal, alice.document.id)
    assert isinstance((await ask(answers, alice.principal))[-1], Refused)


@pytest.mark.parametrize("what", ["text", "version", "title"])
async def test_a_source_that_has_changed_takes_the_answer_with_it(
    service: BuildService, alice: Person, database: Database, what: str
) -> None:
    """Even without a new epoch: PostgreSQL is asked word for word."""
    answers = service(is_cached=True)
    await ask(answers, alice.principal)
    async with database.transaction() as session:
        if what == "text":
            changed = update(ChunkRow).values(text=ChunkRow.text + " No more.")
        elif what == "version":
            changed = update(Document).values(version=2)
        else:
            changed = update(Document).values(title="other.md")
        await session.execute(changed)
    last = (await ask(answers, alice.principal))[-1]
    assert isinstance(last, Refused) if what == "version" else cached([last]) is None


async def test_whatever_is_new_in_the_library_is_looked_at(
    service: BuildService, alice: Person, database: Database
) -> None:
    answers = service(is_cached=True)
    await ask(answers, alice.principal)
    async with database.transaction() as session:
        await libraries.touch(session, alice.principal.personal_library_id)
    assert cached(await ask(answers, alice.principal)) is None
    assert cached(await ask(answers, alice.principal)) == "exact"


async def test_another_scope_gets_nothing_of_it(
    service: BuildService, alice: Person, make_user: Callable[..., Awaitable[Principal]], database: Database
) -> None:
    answers, bob = service(is_cached=True), await make_user("bob")
    await ask(answers, alice.principal)
    assert isinstance((await ask(answers, bob))[-1], Refused)
    assert cached(await ask(answers, alice.principal, document_ids=[alice.document.id])) is None
    async with database.transaction() as session:
        await libraries.set_member(session, alice.principal.personal_library_id, bob.user_id, LibraryRole.VIEWER)
        personal, grants = await libraries.grants_of(session, bob.user_id)
    both = Principal(bob.user_id, bob.username, bob.role, personal, grants)
    assert cached(await ask(answers, both)) is None  # may see it, but within another scope
    assert cached(await ask(answers, both)) == "exact"


async def test_a_follow_up_is_answered_in_its_conversation(service: BuildService, alice: Person) -> None:
    answers, thread_id = service(is_cached=True), uuid4()
    await ask(answers, alice.principal, "How long is it?")  # stands alone here, for want of a conversation
    await ask(answers, alice.principal, "What is parental leave?", thread_id=thread_id)
    assert cached(await ask(answers, alice.principal, "How long is it?", thread_id=thread_id)) is None
    assert cached(await ask(answers, alice.principal, QUESTION, thread_id=thread_id)) is None
    assert cached(await ask(answers, alice.principal, QUESTION, thread_id=thread_id)) == "exact"


async def test_what_a_model_wrote_into_a_conversation_is_not_kept(service: BuildService, alice: Person) -> None:
    answers, thread_id = service("cite", is_cached=True), uuid4()
    await ask(answers, alice.principal, "What is parental leave?", thread_id=thread_id)
    assert cached(await ask(answers, alice.principal, QUESTION, thread_id=thread_id)) is None
    assert cached(await ask(answers, alice.principal, QUESTION)) is None


@pytest.mark.parametrize("model", ["invent", "error", "cut"])
async def test_only_good_answers_are_kept(service: BuildService, alice: Person, model: str) -> None:
    """With unsupported sentences, by another than should have answered, broken off."""
    answers = service(model, is_cached=True)
    for _ in range(2):
        last = (await ask(answers, alice.principal))[-1]
        assert getattr(last, "cached", None) is None


async def test_refusals_are_not_kept_but_their_search_is(service: BuildService, alice: Person, redis: ArqRedis) -> None:
    answers = service(is_cached=True)
    names = []
    for _ in range(2):
        last = (await ask(answers, alice.principal, UNANSWERABLE))[-1]
        assert isinstance(last, Refused)
        names.append([stage.name for stage in last.trace])
        assert [document.document_id for document in last.nearest] == [alice.document.id]
    assert "search" in names[0]
    assert "search" not in names[1]
    assert not [key async for key in redis.scan_iter("footnote:cache:*:answers:*")]


async def test_other_settings_and_models_answer_anew(service: BuildService, alice: Person, settings: Settings) -> None:
    await ask(service("cite", is_cached=True), alice.principal)
    assert cached(await ask(service("echo", is_cached=True), alice.principal)) is None
    narrower = settings.model_copy(update={"retrieval": RetrievalSettings(top_n=2)})
    assert cached(await ask(service("cite", narrower, is_cached=True), alice.principal)) is None
    assert cached(await ask(service("cite", is_cached=True), alice.principal)) == "exact"


@pytest.mark.parametrize(
    "off", [{"answers_s": 0}, {"answers_s": 0, "last_known_s": 0, "retrieval_s": 0, "history_s": 0}]
)
async def test_caches_can_be_off(service: BuildService, alice: Person, settings: Settings, off: dict[str, int]) -> None:
    answers = service(None, settings.model_copy(update={"cache": CacheSettings(**off)}), is_cached=True)
    for _ in range(2):
        assert cached(await ask(answers, alice.principal)) is None


async def test_without_redis_it_is_slower_and_the_same(
    service: BuildService, alice: Person, redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = service(is_cached=True)
    first = await ask(answers, alice.principal)

    async def away(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(redis.connection_pool, "get_connection", away)
    second = await ask(answers, alice.principal)
    assert cached(second) is None
    assert only(second, Citations) == only(first, Citations)


async def test_when_no_model_answers_the_last_known_answer_is_given(
    service: BuildService, alice: Person, stub: RunningStub, database: Database, settings: Settings
) -> None:
    answers = service("cite", is_cached=True)
    first = await ask(answers, alice.principal)
    async with database.transaction() as session:
        await libraries.touch(session, alice.principal.personal_library_id)
    stub.behave("error")
    again = await ask(answers, alice.principal)
    done = only(again, Done)
    assert (done.fallback_used, done.mode, done.model, done.cached) == (True, "llm", "cite", None)
    assert only(again, Citations).answer == only(first, Citations).answer
    async with database.transaction() as session:
        await documents.remove(session, alice.principal, alice.document.id)
    assert isinstance((await ask(answers, alice.principal))[-1], Refused)


async def test_counters_tell_what_the_caches_did(service: BuildService, alice: Person, redis: ArqRedis) -> None:
    answers = service(is_cached=True)
    for question in (QUESTION, QUESTION, SAME, UNANSWERABLE):
        await ask(answers, alice.principal, question)
    await ask(answers, alice.principal, fresh=True)
    found = {counts.namespace: counts for counts in await Cache(redis).counts()}
    assert (found["answers"].hits, found["answers"].misses, found["answers"].stored) == (2, 2, 2)
    assert found["searches"].stored == 3


async def test_the_vectors_of_questions_are_remembered(
    redis: ArqRedis, embeddings: FootnoteEmbeddings, index: ChunkIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace = Cache(redis, answer_within_s=5).namespace("embeddings", 60)
    monkeypatch.setattr(embeddings, "question_cache", QuestionVectorCache(namespace, embeddings.name, ""))
    made: list[list[str]] = []
    now = embeddings.aembed_now

    async def counted(texts: list[str], purpose: Purpose) -> list[list[float]]:
        made.append(texts)
        return await now(texts, purpose)

    monkeypatch.setattr(embeddings, "aembed_now", counted)
    first = await embeddings.aembed_queries(["Who?", "Why?"])
    second = await embeddings.aembed_queries(["Why?", "When?"])
    assert made == [["Who?", "Why?"], ["When?"]]
    assert second[0] == first[1]
    assert await embeddings.aembed_query("Who?") == first[0]
    known: list[int] = []
    await embeddings.aembed_queries(["Who?", "Where?"], known.append)
    monkeypatch.setattr("rag.embedding.question_cache.SAME_QUESTION_S", 0.0)
    await embeddings.aembed_queries(["Who?", "What?"], known.append)
    assert known == [0, 1], "what was computed just now was computed for this question"
    monkeypatch.setattr(embeddings, "question_cache", QuestionVectorCache(namespace, embeddings.name, "another folder"))
    await embeddings.aembed_queries(["Who?"])
    assert made[-1] == ["Who?"]
