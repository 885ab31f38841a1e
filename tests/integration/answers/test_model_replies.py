"""What a model's thoughts, numbers and limits leave behind: in the events, in the rows, and when its answer is continued."""

from uuid import UUID, uuid4

import pytest

from answers.service import AnswerService
from core.access import Principal
from core.errors import Conflict, NotFound
from core.settings import Settings
from db.session import Database
from rag.events import AnswerEvent, Citations, Done, Reasoning, Sources, Token
from rag.grounding.markers import numbers_in
from tests.integration.answers.conftest import BuildService, Person
from tests.integration.answers.test_service import ask, run_id_of, stored
from tests.stub_llm import SOURCE, RunningStub

QUESTION = "How much paid vacation do employees receive, and who approves remote work?"
TWO = "How many days of paid vacation are there, and whose approval do expenses above 500 euros need?"
LEAVE = "Full-time employees receive 25 days of paid vacation per year"


@pytest.fixture(autouse=True)
def nothing_asked(stub: RunningStub) -> None:
    stub.state.requests.clear()


async def gone_on(service: AnswerService, principal: Principal, run_id: UUID) -> list[AnswerEvent]:
    return [event async for event in service.go_on(principal, run_id)]


def numbers_of(stub: RunningStub) -> list[int]:
    """Numbers of the sources that the model was shown."""
    told = "\n".join(str(message["content"]) for message in stub.state.requests[-1]["messages"])
    return [int(number) for _, number, _ in SOURCE.findall(told)]


async def test_thoughts_are_events_and_neither_checked_nor_stored(
    service: BuildService, alice: Person, database: Database, stub: RunningStub
) -> None:
    answers = service("cite")
    stub.say(f"{LEAVE} [1].", thoughts="The moon base opened in 1875 [9].")
    events = await ask(answers, alice.principal, QUESTION)
    assert (
        "".join(event.text for event in events if isinstance(event, Reasoning)) == "The moon base opened in 1875 [9]."
    )
    (checked,) = [event for event in events if isinstance(event, Citations)]
    assert (checked.unsupported, checked.dropped) == (0, 0)
    run, _ = await stored(database, run_id_of(events))
    assert run.answer == f"{LEAVE} [1]."


async def test_thoughts_are_no_part_of_the_history(
    service: BuildService, alice: Person, database: Database, stub: RunningStub
) -> None:
    answers, thread_id = service("cite"), uuid4()
    stub.say(f"I look at it.\n</think>\n{LEAVE} [1].")
    first = await ask(answers, alice.principal, QUESTION, thread_id=thread_id)
    assert [event.retracts for event in first if isinstance(event, Reasoning)] == [True]
    await ask(answers, alice.principal, "And how many days of vacation do they carry over?", thread_id=thread_id)
    told = str(stub.state.requests[-1]["messages"])
    assert LEAVE in told
    assert "I look at it" not in told


async def test_sources_are_numbered_as_the_answer_cites_them(
    service: BuildService, alice: Person, database: Database, stub: RunningStub, settings: Settings
) -> None:
    apart = settings.retrieval.model_copy(update={"expand": "off"})  # else the neighbours would be one source
    answers = service("cite", settings.model_copy(update={"retrieval": apart}))
    await ask(answers, alice.principal, TWO)
    last = numbers_of(stub)[-1]
    retrieved = next(event for event in await ask(answers, alice.principal, TWO) if isinstance(event, Sources))
    of_last = retrieved.sources[last - 1].chunk
    sentence = of_last.text.split(". ")[0].strip(".#\n ").splitlines()[-1]
    stub.say(f"{sentence} [{last}][{last}].")
    events = await ask(answers, alice.principal, TWO)
    (checked,) = [event for event in events if isinstance(event, Citations)]
    run, rows = await stored(database, run_id_of(events))
    assert last > 1
    assert run.answer == checked.answer == f"{sentence} [1]."
    assert numbers_in(run.answer) == [1]
    assert checked.order[0] == last
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert (rows[0].chunk_id, rows[0].cited) == (of_last.chunk_id, True)
    view = await answers.citation(alice.principal, run.id, 1)
    assert sentence in view.quote


async def test_a_cut_answer_is_said_and_continued_from_the_same_sources(
    service: BuildService, alice: Person, database: Database, stub: RunningStub
) -> None:
    answers = service("cite")
    stub.say(
        f"{LEAVE} [1]. Of these, up to five da", finish="length", then="ys may be carried over to the next year [1]."
    )
    cut = await ask(answers, alice.principal, QUESTION)
    done = cut[-1]
    assert isinstance(done, Done)
    assert (done.finish, done.notice) == ("length", "The answer was cut off at the length limit.")
    events = await gone_on(answers, alice.principal, run_id_of(cut))
    tokens = [event.text for event in events if isinstance(event, Token)]
    (checked,) = [event for event in events if isinstance(event, Citations)]
    assert tokens[0] == f"{LEAVE} [1]. Of these, up to five da"
    assert checked.answer.startswith(f"{LEAVE} [1]. Of these, up to five days may be carried over")
    assert isinstance(events[-1], Done)
    assert events[-1].finish == "stop"
    first, second = stub.state.requests[0]["messages"], stub.state.requests[-1]["messages"]
    assert [one["role"] for one in second] == [*(one["role"] for one in first), "assistant", "user"]
    assert SOURCE.findall(first[0]["content"])[0][2] == SOURCE.findall(second[0]["content"])[0][2]
    run, rows = await stored(database, run_id_of(events))
    _, before = await stored(database, run_id_of(cut))
    assert run.answer == checked.answer
    assert [row.chunk_id for row in rows] == [row.chunk_id for row in before]


async def test_only_ones_own_cut_answer_can_be_continued(
    service: BuildService, alice: Person, stub: RunningStub
) -> None:
    answers = service("cite")
    stub.say(f"{LEAVE} [1].")
    whole = run_id_of(await ask(answers, alice.principal, QUESTION))
    with pytest.raises(Conflict, match="complete"):
        await gone_on(answers, alice.principal, whole)
    with pytest.raises(NotFound):
        await gone_on(answers, alice.principal, uuid4())


async def test_a_model_that_fails_leaves_the_answer_as_it_was(
    service: BuildService, alice: Person, database: Database, stub: RunningStub
) -> None:
    answers = service("cite")
    stub.say(f"{LEAVE} [1]. More of it", finish="length")
    cut = await ask(answers, alice.principal, QUESTION)
    stub.behave("unauthorized")
    events = await gone_on(answers, alice.principal, run_id_of(cut))
    run, _ = await stored(database, run_id_of(events))
    assert (run.state, run.answer) == ("error", f"{LEAVE} [1]. More of it")
