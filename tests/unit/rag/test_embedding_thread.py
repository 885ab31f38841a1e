"""One thread, in which people overtake batches."""

import asyncio
from collections.abc import Callable
from threading import Event, current_thread

import pytest

from rag.embedding.thread import EmbeddingThread, Priority


@pytest.fixture
def thread() -> EmbeddingThread:
    return EmbeddingThread()


async def test_a_person_overtakes_waiting_batches(thread: EmbeddingThread) -> None:
    gate, order = Event(), list[object]()

    def note(what: object) -> Callable[[], None]:
        return lambda: order.append(what)

    running = asyncio.create_task(thread.run(gate.wait, Priority.BACKGROUND))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(thread.run(note(number), Priority.BACKGROUND)) for number in range(3)]
    await asyncio.sleep(0)
    person = asyncio.create_task(thread.run(note("person"), Priority.PERSON))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(running, person, *waiting)
    assert order == ["person", 0, 1, 2]


async def test_everything_runs_in_one_thread(thread: EmbeddingThread) -> None:
    names = await asyncio.gather(*(thread.run(lambda: current_thread().ident, Priority.PERSON) for _ in range(5)))
    assert len(set(names)) == 1


async def test_a_failure_reaches_its_caller_only(thread: EmbeddingThread) -> None:
    with pytest.raises(ZeroDivisionError):
        await thread.run(lambda: 1 / 0, Priority.PERSON)
    assert await thread.run(lambda: 7, Priority.PERSON) == 7


async def test_a_cancelled_caller_is_skipped(thread: EmbeddingThread) -> None:
    gate, ran = Event(), list[int]()
    running = asyncio.create_task(thread.run(gate.wait, Priority.BACKGROUND))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(thread.run(lambda: ran.append(1), Priority.BACKGROUND))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    gate.set()
    await running
    await thread.run(lambda: None, Priority.BACKGROUND)
    assert ran == []


async def test_it_starts_again_after_it_was_closed(thread: EmbeddingThread) -> None:
    await thread.run(lambda: None, Priority.PERSON)
    thread.close()
    assert await thread.run(lambda: 7, Priority.PERSON) == 7


async def test_whatever_comes_while_it_is_closed_is_done(thread: EmbeddingThread) -> None:
    gate = Event()
    running = asyncio.create_task(thread.run(gate.wait, Priority.BACKGROUND))
    await asyncio.sleep(0.05)
    closing = asyncio.create_task(asyncio.to_thread(thread.close))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(60):
        assert await thread.run(lambda: 7, Priority.PERSON) == 7
        gate.set()
        await running
        await closing
        assert await thread.run(lambda: 8, Priority.BACKGROUND) == 8
