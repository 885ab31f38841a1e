"""One line of writes per thread."""

import asyncio
import random
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from conversations.writes import ThreadWrites, is_transient
from core.errors import NotFound


class StateError(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionResetError(), True),
        (FileNotFoundError("no socket"), True),
        (TimeoutError(), True),
        (StateError("57P03"), True),
        (DBAPIError("s", {}, StateError("40P01")), True),
        (DBAPIError("s", {}, StateError("23503")), False),
        (DBAPIError("s", {}, StateError("23503"), connection_invalidated=True), True),
        (ValueError(), False),
        (NotFound("x"), False),
    ],
)
def test_which_errors_pass(error: Exception, expected: bool) -> None:
    assert is_transient(error) is expected


@pytest.mark.parametrize("seed", range(10))
async def test_each_line_keeps_its_order_and_lines_do_not_wait_for_each_other(seed: int) -> None:
    chance = random.Random(seed)
    writes, done = ThreadWrites(), []
    threads = [uuid4() for _ in range(3)]
    running: set[UUID] = set()

    def write(thread_id: UUID, number: int):  # type: ignore[no-untyped-def]
        async def do() -> int:
            assert thread_id not in running, "two writes of one thread at a time"
            running.add(thread_id)
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            running.discard(thread_id)
            done.append((thread_id, number))
            return number

        return do

    begun = []
    for number in range(60):
        thread_id = chance.choice(threads)
        begun.append(asyncio.create_task(writes.run(thread_id, "x", write(thread_id, number))))
        if chance.random() < 0.2:
            await asyncio.sleep(0)
        if chance.random() < 0.1:
            chance.choice(begun).cancel()
    await writes.flush()
    for thread_id in threads:
        numbers = [number for line, number in done if line == thread_id]
        assert numbers == sorted(numbers)
    assert len(done) >= 40  # callers that were cancelled before they stood in line wrote nothing


async def test_a_slow_thread_does_not_hold_back_another() -> None:
    writes, gate = ThreadWrites(), asyncio.Event()
    slow = asyncio.create_task(writes.run(uuid4(), "slow", gate.wait))
    fast = uuid4()

    async def now() -> str:
        return "done"

    assert await writes.run(fast, "fast", now) == "done"
    await writes.flush(fast)
    assert not slow.done()
    gate.set()
    assert await slow is True


async def test_flush_waits_for_what_has_only_been_started() -> None:
    writes, seen = ThreadWrites(), []

    async def do() -> None:
        seen.append("written")

    async def inner() -> None:
        await writes.try_run(uuid4(), "x", do)

    async def outer() -> None:
        asyncio.create_task(inner())  # noqa: RUF006  as Chainlit does it

    asyncio.create_task(outer())  # noqa: RUF006
    await writes.flush()
    assert seen == ["written"]
