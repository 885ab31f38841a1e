"""Conversations named by a model, over real HTTP and real rows: once, counted, and never over a name that a person gave."""

from collections.abc import Awaitable, Callable, Iterator
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from sqlalchemy import select

from conversations.naming import Naming
from conversations.service import Conversations
from core.access import Principal, scope_of
from core.rate_limit import RateLimiter
from core.settings import LimitSettings
from core.settings.models import LLMSettings
from db import answer_runs, threads
from db.conversation import Thread
from db.models import ModelUsage
from db.session import Database
from rag.models.chain import build_chain
from tests.stub_llm import RunningStub, running_stub

QUESTION = "Hello! How long is parental leave?"
TITLE = "How long is parental leave?"
MakeUser = Callable[..., Awaitable[Principal]]


@pytest.fixture(scope="module")
def stub() -> Iterator[RunningStub]:
    with running_stub() as started:
        started.state.name = "“Parental leave”"
        yield started


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    return await make_user("alice")


def naming(database: Database, redis: ArqRedis, stub: RunningStub | None) -> Naming:
    """The service, before a stub; None: without a model."""
    url = stub.base_url if stub else None
    settings = LLMSettings(model="cite" if stub else None, base_url=url, api_key="none" if stub else None)
    writes = Conversations(database).writes
    return Naming(database, writes, RateLimiter(redis), LimitSettings(), build_chain(settings))


async def answered(database: Database, person: Principal, state: str = "done", mode: str = "llm") -> tuple[UUID, UUID]:
    """Ids of a conversation that is named by its question, and of the run that answered it."""
    thread_id = uuid4()
    async with database.transaction() as session:
        run = await answer_runs.create(session, person, question=QUESTION, scope=scope_of(person), thread_id=thread_id)
        await threads.name_once(session, person, thread_id, TITLE)
        await answer_runs.finish(session, run.id, state=state, answer="Sixteen weeks [1].", mode=mode)
        return thread_id, run.id


async def name_of(database: Database, thread_id: UUID) -> str | None:
    async with database.reader() as session:
        return await session.scalar(select(Thread.name).where(Thread.id == thread_id))


async def test_a_conversation_is_named_once_and_that_is_counted(
    database: Database, redis: ArqRedis, alice: Principal, stub: RunningStub
) -> None:
    thread_id, run_id = await answered(database, alice)
    service = naming(database, redis, stub)
    assert await service.name(alice, run_id) == "Parental leave"
    assert await name_of(database, thread_id) == "Parental leave"
    assert await service.name(alice, run_id) is None
    async with database.reader() as session:
        used = (await session.scalars(select(ModelUsage).where(ModelUsage.user_id == alice.user_id))).one()
    assert used.answers == 0
    assert used.output_tokens > 0


async def test_other_names_stay(database: Database, redis: ArqRedis, alice: Principal, stub: RunningStub) -> None:
    service = naming(database, redis, stub)
    thread_id, run_id = await answered(database, alice)
    async with database.transaction() as session:
        await threads.rename(session, alice, thread_id, "My own")
    assert await service.name(alice, run_id) is None
    assert await name_of(database, thread_id) == "My own"
    for state, mode in (("refused", "llm"), ("done", "extractive")):
        thread_id, run_id = await answered(database, alice, state, mode)
        assert await service.name(alice, run_id) is None
        assert await name_of(database, thread_id) == TITLE


async def test_without_a_model_or_with_one_that_fails_the_question_is_the_name(
    database: Database, redis: ArqRedis, alice: Principal, make_user: MakeUser
) -> None:
    thread_id, run_id = await answered(database, alice)
    assert await naming(database, redis, None).name(alice, run_id) is None
    with running_stub() as gone:
        service = naming(database, redis, gone)
    assert await service.name(alice, run_id) is None
    assert await service.name(await make_user("bob"), run_id) is None  # it is not theirs
    assert await name_of(database, thread_id) == TITLE
