"""Answers made ready before anybody asks, and the words of conversations kept."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from sqlalchemy import func, select, update

from answers.cache.caches import AnswerCaches
from answers.cache.history import Conversation
from answers.cache.warming import AnswerWarmer
from answers.question import Question
from answers.service import AnswerService
from core.access import Principal, scope_of
from core.cache import Cache
from db import answer_runs, libraries, threads
from db.models import AnswerRun, AnswerSource, ModelUsage, User
from db.session import Database
from rag.types import Turn
from tests.integration.answers.conftest import BuildService, Person
from tests.integration.answers.test_caches import QUESTION, SAME, UNANSWERABLE, ask, cached
from tests.stub_llm import RunningStub


def warmer(answers: AnswerService, database: Database, *, writes_answers: bool = True) -> AnswerWarmer:
    caches = answers._caches
    assert caches is not None
    return AnswerWarmer(database, answers._pipeline, caches, writes_answers=writes_answers)


async def count_of(database: Database, table: type[AnswerRun | AnswerSource | ModelUsage]) -> int:
    async with database.reader() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_warmed_question_is_answered_at_once(service: BuildService, alice: Person, database: Database) -> None:
    answers = service(is_cached=True)
    warm = warmer(answers, database)
    assert await warm(alice.principal.user_id, QUESTION, None)
    assert await count_of(database, AnswerRun) == 0
    assert cached(await ask(answers, alice.principal)) == "exact"
    assert cached(await ask(answers, alice.principal, SAME)) == "semantic"
    assert not await warm(alice.principal.user_id, QUESTION, None)  # it is ready
    assert await warm(alice.principal.user_id, QUESTION, frozenset({alice.document.id}))  # another scope is not
    assert await warm(alice.principal.user_id, UNANSWERABLE, None)
    async with database.transaction() as session:
        await libraries.touch(session, alice.principal.personal_library_id)
    assert await warm(alice.principal.user_id, QUESTION, None)


async def test_no_model_is_asked_on_nobodys_behalf(
    service: BuildService, alice: Person, database: Database, stub: RunningStub
) -> None:
    answers = service("cite", is_cached=True)
    question = len(stub.state.requests)
    assert await warmer(answers, database, writes_answers=False)(alice.principal.user_id, QUESTION, None)
    assert len(stub.state.requests) == question
    assert await count_of(database, ModelUsage) == 0
    events = await ask(answers, alice.principal)
    assert cached(events) is None  # the search was ready, the answer is the model's
    names = [stage.name for stage in getattr(events[-1], "trace", ())]
    assert "search_cache" in names
    assert "search" not in names


async def test_it_is_warmed_for_what_they_may_see_now(
    service: BuildService, alice: Person, make_user: Callable[..., Awaitable[Principal]], database: Database
) -> None:
    answers, bob = service(is_cached=True), await make_user("bob")
    warm = warmer(answers, database)
    await warm(bob.user_id, QUESTION, None)
    await warm(bob.user_id, QUESTION, frozenset({alice.document.id}))
    assert answers._caches is not None
    assert await answers._caches.answers.find(QUESTION, scope_of(bob)) is None
    assert not await warm(uuid4(), QUESTION, None)
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == bob.user_id).values(disabled_at=func.now()))
    assert not await warm(bob.user_id, UNANSWERABLE, None)


class Talk:
    """A conversation of Alice's, read with its words kept and straight from PostgreSQL: both have to be the same, always."""

    def __init__(self, database: Database, redis: ArqRedis, principal: Principal) -> None:
        self.database, self.principal, self.thread_id = database, principal, uuid4()
        self.kept = Conversation(Cache(redis, answer_within_s=5).namespace("history", 60))

    async def say(self, question: str, step_id: UUID | None = None, state: str = "done") -> None:
        scope = scope_of(self.principal)
        async with self.database.transaction() as session:
            run = await answer_runs.create(
                session,
                self.principal,
                question=question,
                scope=scope,
                thread_id=self.thread_id,
                question_step_id=step_id,
            )
            if state != "running":
                await answer_runs.finish(session, run.id, state=state, answer=f"To {question}")

    async def turns(self, who: Principal | None = None) -> list[str]:
        who = who or self.principal
        question = Question(who, "?", scope_of(who), self.thread_id)
        async with self.database.reader() as session:
            kept = await self.kept.turns(session, question)
            assert kept == await Conversation().turns(session, question)
        assert all(turn == Turn(question=turn.question, answer=f"To {turn.question}") for turn in kept)
        return [turn.question for turn in kept]


@pytest.fixture
def talk(database: Database, redis: ArqRedis, alice: Person) -> Talk:
    return Talk(database, redis, alice.principal)


async def test_kept_turns_are_never_out_of_date(talk: Talk, database: Database, alice: Person) -> None:
    assert await talk.turns() == []
    for number in range(8):
        await talk.say(f"{number}")
        assert await talk.turns() == [str(one) for one in range(number + 1)][-6:]
    await talk.say("running", state="running")
    await talk.say("failed", state="error")
    assert await talk.turns() == ["2", "3", "4", "5", "6", "7"]
    step_id = uuid4()
    await talk.say("of a step that is gone", step_id)
    assert (await talk.turns())[-1] == "7"
    async with database.transaction() as session:
        await threads.remove(session, alice.principal, talk.thread_id)
    assert await talk.turns() == []


async def test_kept_turns_are_their_owners(talk: Talk, make_user: Callable[..., Awaitable[Principal]]) -> None:
    await talk.say("secret")
    assert await talk.turns() == ["secret"]
    assert await talk.turns(await make_user("bob")) == []


def test_caches_of_answers_share_their_conversation(service: BuildService) -> None:
    answers = service(is_cached=True)
    assert isinstance(answers._caches, AnswerCaches)
    assert answers._conversation is answers._caches.conversation
