"""What one person may ask, and what they are charged: in the run, and by day and model, however an answer ends."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from sqlalchemy import select

from accounts.service import Accounts
from answers.quotas import Quotas, seconds_to_midnight
from answers.service import AnswerService
from core.access import Principal
from core.errors import Invalid, LimitExceeded
from core.rate_limit import RateLimiter
from core.settings import LimitSettings, Settings
from db import model_usage
from db.base import now
from db.models import AnswerRun, ModelUsage
from db.session import Database
from rag.events import AnswerEvent, Done, Started, Token
from tests.integration.answers.conftest import BuildService, Person
from tests.stub_llm import RunningStub

QUESTION = "How many days of paid vacation do employees receive?"
MakeUser = Callable[..., Awaitable[Principal]]


async def ask(service: AnswerService, principal: Principal, **more: Any) -> list[AnswerEvent]:
    return [event async for event in service.ask(principal, QUESTION, **more)]


def end_of(events: list[AnswerEvent]) -> Done:
    assert isinstance(events[-1], Done)
    return events[-1]


async def run_of(database: Database, events: list[AnswerEvent]) -> AnswerRun:
    assert isinstance(events[0], Started)
    async with database.reader() as session:
        run = await session.get(AnswerRun, events[0].answer_run_id)
    assert run is not None
    return run


async def spent(database: Database, user_id: UUID) -> list[ModelUsage]:
    async with database.reader() as session:
        found = select(ModelUsage).where(ModelUsage.user_id == user_id).order_by(ModelUsage.model)
        return list(await session.scalars(found))


def tier(questions_per_minute: int, tokens_per_day: int) -> dict[str, int]:
    """As a file has it."""
    return {"questions_per_minute": questions_per_minute, "tokens_per_day": tokens_per_day}


def limited(settings: Settings, **limits: Any) -> Settings:
    return settings.model_copy(update={"limit": LimitSettings.model_validate(limits)})


async def take(database: Database, user_id: UUID, tokens: int, *, days_ago: int = 0) -> None:
    """Spend tokens."""
    async with database.transaction() as session:
        day = now().date() - timedelta(days=days_ago)
        await model_usage.add(
            session, user_id, day, "large", answers=1, input_tokens=tokens, output_tokens=0, cost_usd=Decimal(0)
        )


async def test_an_answer_is_charged_to_its_run_and_to_the_day(
    service: BuildService, alice: Person, database: Database
) -> None:
    answers = service("cite")
    events = await ask(answers, alice.principal)
    usage, run = end_of(events).usage, await run_of(database, events)
    assert usage.cost_usd == pytest.approx((2 * usage.input_tokens + 8 * usage.output_tokens) / 1e6)
    assert (run.input_tokens, run.output_tokens) == (usage.input_tokens, usage.output_tokens)
    assert float(run.cost_usd) == pytest.approx(usage.cost_usd, abs=1e-6)
    assert run.trace[-1]["details"]["charges"][0]["purpose"] == "answer"
    await ask(answers, alice.principal)
    (row,) = await spent(database, alice.principal.user_id)
    assert (row.day, row.model, row.answers) == (now().date(), "cite", 2)
    assert (row.input_tokens, row.output_tokens) == (2 * usage.input_tokens, 2 * usage.output_tokens)
    assert row.cost_usd == 2 * run.cost_usd


async def test_a_question_made_to_stand_alone_is_charged_too(
    service: BuildService, alice: Person, database: Database
) -> None:
    answers, thread_id = service("cite"), uuid4()
    await ask(answers, alice.principal, thread_id=thread_id)
    run = await run_of(database, await ask(answers, alice.principal, thread_id=thread_id))
    assert [charge["purpose"] for charge in run.trace[-1]["details"]["charges"]] == ["question", "answer"]
    (row,) = await spent(database, alice.principal.user_id)
    assert row.answers == 2


async def test_a_stopped_answer_is_charged_for_what_came(
    service: BuildService, alice: Person, database: Database
) -> None:
    answers, events = service("slow"), []
    async with aclosing(answers.ask(alice.principal, QUESTION)) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, Token):
                break
    await answers.drain()
    run = await run_of(database, events)
    assert (run.state, run.output_tokens > 0, run.cost_usd > 0) == ("stopped", True, True)
    assert run.trace[-1]["details"]["charges"][0]["is_estimated"]
    (row,) = await spent(database, alice.principal.user_id)
    assert (row.answers, row.output_tokens) == (0, run.output_tokens)
    assert (run.mode, run.model) == ("llm", row.model)


async def test_an_answer_that_broke_off_is_charged_as_well(
    service: BuildService, alice: Person, database: Database
) -> None:
    run = await run_of(database, await ask(service("cut"), alice.principal))
    assert (run.state, run.output_tokens > 0) == ("error", True)
    assert (await spent(database, alice.principal.user_id))[0].output_tokens == run.output_tokens


async def test_extractive_answers_cost_nothing(service: BuildService, alice: Person, database: Database) -> None:
    assert end_of(await ask(service(), alice.principal)).usage.cost_usd == 0
    assert await spent(database, alice.principal.user_id) == []


async def test_many_answers_at_once_are_all_counted(database: Database, alice: Person) -> None:
    await asyncio.gather(*[take(database, alice.principal.user_id, 10) for _ in range(20)])
    (row,) = await spent(database, alice.principal.user_id)
    assert (row.answers, row.input_tokens) == (20, 200)


async def test_without_tokens_the_documents_own_words_are_given_and_it_is_said(
    service: BuildService, alice: Person, database: Database, settings: Settings, stub: RunningStub
) -> None:
    answers = service("cite", limited(settings, tokens_per_day=50))
    assert end_of(await ask(answers, alice.principal)).mode == "llm"
    asked = len(stub.state.requests)
    done = end_of(await ask(answers, alice.principal))
    assert (done.mode, done.model, done.fallback_used) == ("extractive", None, True)
    assert done.notice.startswith("Your 50 tokens for today are used up; there are new ones in ")
    assert done.notice.endswith("These are the best sentences of your documents, word for word.")
    assert len(stub.state.requests) == asked


async def test_or_the_question_is_refused_where_the_settings_say_so(
    service: BuildService, alice: Person, database: Database, settings: Settings
) -> None:
    await take(database, alice.principal.user_id, 50)
    answers = service("cite", limited(settings, tokens_per_day=50, without_tokens="refuse"))
    with pytest.raises(LimitExceeded, match="used up") as caught:
        await ask(answers, alice.principal)
    assert 0 < (caught.value.retry_after_s or 0) <= 86_400


async def test_tokens_of_yesterday_and_of_others_do_not_count(
    service: BuildService, alice: Person, make_user: MakeUser, database: Database, settings: Settings
) -> None:
    other = await make_user("bob")
    await take(database, other.user_id, 1000)
    await take(database, alice.principal.user_id, 1000, days_ago=1)
    done = end_of(await ask(service("cite", limited(settings, tokens_per_day=50)), alice.principal))
    assert done.mode == "llm"


async def test_quotas_follow_the_tier(
    database: Database, redis: ArqRedis, make_user: MakeUser, settings: Settings
) -> None:
    changed = limited(settings, tiers={"standard": tier(2, 100), "plus": tier(4, 0)})
    quotas = Quotas(database, RateLimiter(redis), changed.limit)
    alice, bob = await make_user("alice"), await make_user("bob")
    accounts = Accounts(database, redis, RateLimiter(redis), changed, "s" * 32)
    await accounts.set_tier("bob", "plus")
    with pytest.raises(Invalid, match="there are: plus, standard"):
        await accounts.set_tier("bob", "gold")
    for who in (alice, bob):
        await take(database, who.user_id, 100)
    assert "used up" in await quotas.admit(alice)
    assert await quotas.admit(bob) == ""
    await quotas.admit(alice)
    with pytest.raises(LimitExceeded, match="2 questions a minute") as caught:
        await quotas.admit(alice)
    assert 0 < (caught.value.retry_after_s or 0) <= 60
    for _ in range(3):
        await quotas.admit(bob)
    with pytest.raises(LimitExceeded, match="4 questions a minute"):
        await quotas.admit(bob)


async def test_tokens_are_counted_without_redis(database: Database, make_user: MakeUser, settings: Settings) -> None:
    nowhere = ArqRedis.from_url("redis://127.0.0.1:9")
    quotas = Quotas(database, RateLimiter(nowhere), limited(settings, tokens_per_day=100).limit)
    alice = await make_user("alice")
    assert await quotas.admit(alice) == ""
    await take(database, alice.user_id, 100)
    assert "used up" in await quotas.admit(alice)
    await nowhere.aclose()


async def test_questions_are_counted_without_redis_too(
    database: Database, make_user: MakeUser, settings: Settings
) -> None:
    nowhere = ArqRedis.from_url("redis://127.0.0.1:9")
    limiter = RateLimiter(nowhere)
    quotas = Quotas(database, limiter, limited(settings, tiers={"standard": tier(2, 0)}).limit)
    alice, bob = await make_user("alice"), await make_user("bob")
    for _ in range(2):
        await quotas.admit(alice)
    with pytest.raises(LimitExceeded, match="2 questions a minute") as caught:
        await quotas.admit(alice)
    assert 0 < (caught.value.retry_after_s or 0) <= 60
    await quotas.admit(bob)
    await limiter.clear(f"questions:{alice.user_id}")
    await quotas.admit(alice)
    await nowhere.aclose()


def test_new_tokens_come_at_midnight() -> None:
    assert seconds_to_midnight(datetime(2026, 11, 21, 23, 59, 30, tzinfo=UTC)) == 30
    assert seconds_to_midnight(datetime(2026, 11, 21, tzinfo=UTC)) == 86_400
