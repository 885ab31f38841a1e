"""Journals of answer runs, in a real Redis: numbered, joined, whole after an outage."""

import asyncio
import time
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis

from answers import journal_writer
from answers.handle import RunHandle
from answers.journal import Entry, Journal
from answers.journal_writer import JournalWriter
from answers.live_run import SLOWEST_S, LiveRun
from core.access import Principal, Role
from core.errors import Invalid
from rag.events import AnswerEvent, Done, Reasoning, Started, Token

ALICE = Principal(uuid4(), "alice", Role.USER, uuid4(), {})
DONE = Done(mode="llm")


@pytest.fixture
def journal(redis: ArqRedis) -> Journal:
    return Journal(redis)


@pytest.fixture
async def live(journal: Journal) -> LiveRun:
    """A run that has started."""
    run = LiveRun(RunHandle(), ALICE, JournalWriter(journal))
    run.add(Started(answer_run_id=run.id))
    return run


def text_of(entries: list[Entry]) -> str:
    return "".join(entry.event.text for entry in entries if isinstance(entry.event, Token))


async def test_pieces_that_come_together_are_one_event_and_the_first_does_not_wait(
    live: LiveRun, journal: Journal
) -> None:
    for number in range(100):
        live.add(Token(text=f"{number} "))
        if number == 0:
            assert text_of(live.entries) == "0 "
    live.end(DONE)
    await live._writer.drain()
    stored = await journal.whole(live.id)
    assert [(entry.number, entry.kind) for entry in stored] == [(1, "started"), (2, "token"), (3, "token"), (4, "done")]
    assert text_of(stored) == text_of(live.entries) == "".join(f"{number} " for number in range(100))
    assert stored[-1].event == DONE
    assert 0 < await journal._redis.ttl(f"footnote:journal:{live.id}") <= 3600


async def test_a_reader_gets_pieces_while_they_are_written(live: LiveRun) -> None:
    async def write() -> None:
        for _ in range(6):
            live.add(Token(text="x"))
            await asyncio.sleep(0.03)
        live.end(DONE)

    writing = asyncio.create_task(write())
    heard = [(entry.number, entry.kind) async for entry in live.follow(1)]
    await writing
    assert [number for number, _ in heard] == list(range(2, live.last + 1))
    assert 3 <= [kind for _, kind in heard].count("token") <= 6
    with pytest.raises(Invalid):
        live.require(live.last + 1)
    await live._writer.drain()


async def test_a_loop_that_is_late_makes_fewer_and_larger_pieces(live: LiveRun) -> None:
    live.add(Token(text="x"))
    live.add(Token(text="y"))
    time.sleep(0.3)  # holds the loop
    await asyncio.sleep(0.05)
    assert 0.3 < live._interval_s <= SLOWEST_S
    live.end(DONE)
    await live._writer.drain()


async def test_thoughts_and_text_stay_apart_and_in_order(live: LiveRun) -> None:
    said: list[AnswerEvent] = [
        Reasoning(text="a"),
        Reasoning(text="b"),
        Token(text="1"),
        Token(text="2"),
        Reasoning(text="c", retracts=True),
        Reasoning(text="d"),
        Token(text="3"),
    ]
    for event in said:
        live.add(event)
    live.end(DONE)
    assert [entry.event for entry in live.entries[1:-1]] == [
        Reasoning(text="a"),
        Reasoning(text="b"),
        Token(text="12"),
        Reasoning(text="cd", retracts=True),
        Token(text="3"),
    ]
    await live._writer.drain()


async def test_a_journal_is_whole_after_an_outage_of_redis(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_writer, "AGAIN_S", 0.05)
    nowhere = Redis(unix_socket_path="/nonexistent/redis.sock")
    writer = JournalWriter(journal)
    live = LiveRun(RunHandle(), ALICE, writer)
    live.add(Started(answer_run_id=live.id))
    await writer.drain()  # the first entry stands there
    writer._journal = Journal(nowhere)
    live.add(Token(text="x"))
    await asyncio.sleep(0.2)
    writer._journal = journal
    live.end(DONE)
    await writer.drain()
    assert [entry.number for entry in await journal.whole(live.id)] == [1, 2, 3]
    await nowhere.aclose()


async def test_reading_waits_for_the_next_entry(journal: Journal) -> None:
    run_id = uuid4()

    async def write() -> None:
        await asyncio.sleep(0.1)
        await journal.append({run_id: [Entry.of(1, Started(answer_run_id=run_id))]})

    writing = asyncio.create_task(write())
    assert [entry.number for entry in await journal.read(run_id, 0, 5.0)] == [1]
    assert await journal.read(run_id, 1, 0.05) == []
    assert (await journal.newest(run_id), await journal.newest(UUID(int=0))) == (1, 0)
    await writing
