"""One exchange stored with one call, in the thread's line of writes, whichever door it came through."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from answers.transcript import Transcript
from conversations.service import Conversations
from conversations.writer import Writer
from core.access import Principal, scope_of
from core.context import current_principal
from core.errors import FootnoteError, NotFound
from db import answer_runs, steps, threads
from db.conversation import Step, Thread
from db.models import AnswerSource
from db.session import Database
from rag.events import AnswerEvent, Citations, Done, Failed, Reasoning, Searching, Started, Token
from tests.conversations import Unreliable, layer_over

MakeUser = Callable[..., Awaitable[Principal]]


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    return await make_user("alice")


@pytest.fixture
def conversations(database: Database) -> Conversations:
    return quick(Conversations(database))


def quick(conversations: Conversations) -> Conversations:
    """It does not wait long before it tries again."""
    conversations.writes.lines._retry_after_s = (0.01, 0.01)
    return conversations


class Answering:
    """Stands for ``AnswerService.ask``: the run is a row, and the events are those of a short answer."""

    def __init__(
        self,
        database: Database,
        principal: Principal,
        *,
        is_endless: bool = False,
        thoughts: str = "",
        answer: str = "So it is.",
    ) -> None:
        self._database = database
        self._principal = principal
        self._is_endless = is_endless
        self._thoughts, self._answer = thoughts, answer
        self.run_id = uuid4()
        self.asked: list[tuple[UUID, UUID]] = []

    async def __call__(self, thread_id: UUID, question_step_id: UUID) -> AsyncGenerator[AnswerEvent]:
        self.asked.append((thread_id, question_step_id))
        async with self._database.transaction() as session:
            await answer_runs.create(
                session,
                self._principal,
                question="Well?",
                scope=scope_of(self._principal),
                thread_id=thread_id,
                question_step_id=question_step_id,
                run_id=self.run_id,
            )
        try:
            yield Started(answer_run_id=self.run_id, thread_id=thread_id)
            yield Searching(query="Well?")
            if self._thoughts:
                yield Reasoning(text=self._thoughts)
            yield Token(text="So it is [1], [2].")
            if self._is_endless:
                await asyncio.Event().wait()
            yield Citations(answer=self._answer, citations=())
            yield Done(mode="extractive")
        finally:
            if self._is_endless:
                await self._store_checked()

    async def _store_checked(self) -> None:
        cited = AnswerSource(number=1, document_title="a.pdf", chunk_id=uuid4(), section=1, cited=True)
        found = AnswerSource(number=2, document_title="b.pdf", chunk_id=uuid4(), section=1)
        async with self._database.transaction() as session:
            await answer_runs.store_sources(session, self.run_id, None, [cited, found])
            await answer_runs.finish(session, self.run_id, state="stopped", answer="So it is [1].")


async def stored(database: Database) -> list[Step]:
    async with database.reader() as session:
        return list(await session.scalars(select(Step).order_by(Step.created_at)))


async def test_thoughts_are_a_step_beside_the_answer(
    conversations: Conversations, alice: Principal, database: Database
) -> None:
    answering = Answering(database, alice, thoughts="It says so [1], see https://e.vil.")
    async for _ in await conversations.record(alice, "Well?", None, answering):
        pass
    by_type = {step.type: step for step in await stored(database)}
    assert by_type["llm"].parent_id == by_type["assistant_message"].parent_id == by_type["run"].id
    assert (by_type["llm"].name, by_type["llm"].output) == ("Thoughts", r"It says so \[1\], see `https://e.vil`.")
    assert "It says so" not in by_type["assistant_message"].output


async def test_a_continued_answer_takes_the_place_of_the_cut_one(
    conversations: Conversations, alice: Principal, database: Database
) -> None:
    cut = Answering(database, alice)
    async for _ in await conversations.record(alice, "Well?", None, cut):
        pass
    ((thread_id, question_step_id),) = cut.asked
    whole = Answering(database, alice, answer="So it is. And more.")
    events = await conversations.go_on(alice, cut.run_id, whole(thread_id, question_step_id))
    assert isinstance([event async for event in events][-1], Done)
    (answer,) = [step for step in await stored(database) if step.type == "assistant_message"]
    assert answer.output.startswith("So it is. And more.")
    assert answer.answer_run_id == whole.run_id
    assert answer.meta["answer_run_id"] == str(whole.run_id)


async def test_nobody_continues_an_answer_of_somebody_else(
    conversations: Conversations, alice: Principal, database: Database, make_user: MakeUser
) -> None:
    cut = Answering(database, alice)
    async for _ in await conversations.record(alice, "Well?", None, cut):
        pass
    bob = await make_user("bob")
    with pytest.raises(NotFound):
        await conversations.go_on(bob, cut.run_id, Answering(database, bob)(*cut.asked[0]))


async def test_one_call_stores_an_exchange(database: Database, conversations: Conversations, alice: Principal) -> None:
    ask = Answering(database, alice)
    events = [event async for event in await conversations.record(alice, "Well?", None, ask)]
    assert [event.kind for event in events] == ["started", "searching", "token", "citations", "done"]
    question, run, answer = await stored(database)
    assert [(step.type, step.name) for step in (question, run, answer)] == [
        ("user_message", "alice"),
        ("run", "on_message"),
        ("assistant_message", "Footnote"),
    ]
    assert (question.parent_id, run.parent_id, answer.parent_id) == (None, question.id, run.id)
    assert (question.output, run.input, answer.answer_run_id) == ("Well?", "Well?", ask.run_id)
    assert run.end_at is not None
    assert ask.asked == [(question.thread_id, question.id)]
    opened = await conversations.open(alice, question.thread_id)
    assert opened is not None
    assert (opened.thread.name, len(opened.steps)) == ("Well?", 3)


async def test_a_conversation_goes_through_both_doors(
    database: Database, conversations: Conversations, alice: Principal
) -> None:
    """What the API began, Chainlit opens whole: no step hangs below one that it does not know."""
    token = current_principal.set(alice)
    layer = layer_over(database)
    async for _ in await conversations.record(alice, "First?", None, Answering(database, alice)):
        pass
    [thread_id] = {step.thread_id for step in await stored(database)}
    async for _ in await conversations.record(alice, "Second?", thread_id, Answering(database, alice)):
        pass
    shown = await layer.get_thread(str(thread_id))
    current_principal.reset(token)
    assert shown is not None
    known = {step["id"] for step in shown["steps"]}
    assert [step["type"] for step in shown["steps"]] == ["user_message", "run", "assistant_message"] * 2
    assert all(step["parentId"] is None or step["parentId"] in known for step in shown["steps"])
    assert shown["name"] == "First?"


async def test_anothers_conversation_is_not_asked_in(
    database: Database, conversations: Conversations, alice: Principal, make_user: MakeUser
) -> None:
    mallory = await make_user("mallory")
    async for _ in await conversations.record(alice, "Mine?", None, Answering(database, alice)):
        pass
    [thread_id] = {step.thread_id for step in await stored(database)}
    for foreign in (thread_id, uuid4()):
        ask = Answering(database, mallory)
        with pytest.raises(NotFound):
            await conversations.record(mallory, "Hers?", foreign, ask)
        assert ask.asked == []
    with pytest.raises(NotFound):
        await conversations.open(mallory, thread_id)
    assert await conversations.open(mallory, uuid4()) is None


async def test_before_a_run_exists_nothing_is_stored(
    database: Database, conversations: Conversations, alice: Principal
) -> None:
    async def refused(*_: UUID) -> AsyncGenerator[AnswerEvent]:
        raise FootnoteError("Too often.")
        yield  # pragma: no cover

    with pytest.raises(FootnoteError, match="Too often"):
        async for _ in await conversations.record(alice, "Well?", None, refused):
            pass
    assert await stored(database) == []


async def test_who_leaves_early_leaves_the_checked_answer(
    database: Database, conversations: Conversations, alice: Principal
) -> None:
    """At every door: the numbers that held, and no others."""
    ask = Answering(database, alice, is_endless=True)
    events: Any = await conversations.record(alice, "Well?", None, ask)
    async for event in events:
        if isinstance(event, Token):
            break
    await events.aclose()
    answer = (await stored(database))[-1]
    assert answer.output == rf"So it is [\[1\]](/cite/{ask.run_id}/1)." + "\n\n*Stopped.*"


async def test_writes_of_both_doors_stand_in_one_line(
    database: Database, conversations: Conversations, alice: Principal
) -> None:
    thread_id, gate, done = uuid4(), asyncio.Event(), []
    async with database.transaction() as session:
        await threads.ensure(session, alice, thread_id)

    async def slow(_: object) -> None:
        await gate.wait()
        done.append(len(await stored(database)))

    earlier = asyncio.create_task(conversations.writes.do(alice, thread_id, "slow", slow))
    await asyncio.sleep(0)

    async def ask() -> None:
        async for _ in await conversations.record(alice, "Well?", thread_id, Answering(database, alice)):
            pass

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0.3)
    assert await stored(database) == []
    gate.set()
    await asyncio.gather(earlier, asking)
    assert done == [0]
    assert len(await stored(database)) == 3


@pytest.mark.parametrize("failing_at", [1, 2])
async def test_a_lost_connection_loses_no_exchange(database: Database, alice: Principal, failing_at: int) -> None:
    unreliable = Unreliable(database.url, pool_size=2)
    conversations = quick(Conversations(unreliable))
    number = 0
    async for event in await conversations.record(alice, "Well?", None, Answering(database, alice)):
        number += isinstance(event, Started | Citations)
        if number == failing_at:
            unreliable.failures, number = 2, 9
    await unreliable.close()
    assert [step.type for step in await stored(database)] == ["user_message", "run", "assistant_message"]
    assert conversations.writes.lines.failed == 0


@pytest.mark.parametrize("by_this_process", [True, False])
async def test_a_thread_deleted_while_it_is_answered_stays_deleted(
    database: Database, conversations: Conversations, alice: Principal, by_this_process: bool
) -> None:
    ask, deleting = Answering(database, alice), conversations if by_this_process else Conversations(database)

    async def delete(writer: Writer) -> list[UUID]:
        return await writer.remove_thread(ask.asked[0][0])

    async for event in await conversations.record(alice, "Well?", None, ask):
        if isinstance(event, Token):
            await deleting.writes.remove(alice, ask.asked[0][0], "thread.delete", delete)
    assert await stored(database) == []
    async with database.reader() as session:
        assert await session.scalar(select(func.count()).select_from(Thread)) == 0


async def test_what_a_killed_process_left_is_said_once(
    database: Database, conversations: Conversations, alice: Principal
) -> None:
    thread_id, question_step_id = uuid4(), uuid4()
    place = {"id": question_step_id, "thread_id": thread_id}
    async with database.transaction() as session:
        await steps.create(session, alice, {**place, "type": "user_message", "name": "alice", "output": "Well?"})
        run = await answer_runs.create(
            session,
            alice,
            question="Well?",
            scope=scope_of(alice),
            thread_id=thread_id,
            question_step_id=question_step_id,
        )
    answer = Transcript(run.id, text="Half an answer", numbers=frozenset())
    answer = answer.apply(Failed(message="Cut off.", reference="abc", is_interrupted=True))
    for _ in range(2):
        await conversations.say_interrupted(run, answer)
        said = [step.output for step in await stored(database) if step.type == "assistant_message"]
        assert said == [
            f"Half an answer\n\nCut off. *(reference abc)* [Ask again](/answers/{run.id}#again)",
        ]


async def test_the_question_of_an_answer(
    database: Database, conversations: Conversations, alice: Principal, make_user: MakeUser
) -> None:
    mallory, ask = await make_user("mallory"), Answering(database, alice)
    async for _ in await conversations.record(alice, "Well?", None, ask):
        pass
    assert await conversations.question_of(alice, ask.run_id) == ask.asked[0]
    async with database.transaction() as session:
        loose = (await answer_runs.create(session, alice, question="Well?", scope=scope_of(alice))).id
    for who, run_id in ((mallory, ask.run_id), (alice, uuid4()), (alice, loose)):
        with pytest.raises(NotFound):
            await conversations.question_of(who, run_id)
