"""Writes through the layer: in order, tried again, and never lost in silence."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from chat.data_layer import FootnoteDataLayer
from core.access import Principal
from core.errors import FootnoteError, NotFound
from db.conversation import Step, Thread
from db.session import Database
from tests.conversations import Acting, Unreliable, changed, exchange, layer_over, step


async def outputs(database: Database) -> list[str]:
    async with database.reader() as session:
        return list((await session.scalars(select(Step.output).order_by(Step.created_at, Step.id))).all())


async def test_many_updates_end_with_the_last(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    threads = [str(uuid4()) for _ in range(4)]
    said = {thread_id: step(thread_id, "assistant_message") for thread_id in threads}
    for thread_id in threads:
        with acting(alice, socket=thread_id):
            asyncio.create_task(layer.create_step(said[thread_id]))  # noqa: RUF006  as Chainlit does it
    for number in range(40):
        for thread_id in threads:
            with acting(alice, socket=thread_id):
                asyncio.create_task(layer.update_step(changed(said[thread_id], output=str(number))))  # noqa: RUF006
    await layer.flush()
    assert await outputs(database) == ["39"] * 4


async def test_opening_a_thread_shows_what_is_still_being_written(
    layer: FootnoteDataLayer, acting: Acting, alice: Principal
) -> None:
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        tasks = [asyncio.create_task(layer.create_step(step(thread_id))) for _ in range(20)]
        await asyncio.gather(*tasks[:1])
        thread = await layer.get_thread(thread_id)
    assert thread is not None
    assert len(thread["steps"]) == 20


async def test_a_deletion_stays_behind_the_creation_and_before_the_late_update(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id = str(uuid4())
    said = step(thread_id, "assistant_message")
    with acting(alice, socket=thread_id):
        tasks = [
            asyncio.create_task(layer.create_step(said)),
            asyncio.create_task(layer.delete_step(said["id"])),
            asyncio.create_task(layer.update_step(changed(said, output="zombie"))),
        ]
        await layer.flush(thread_id)
    assert all(task.done() for task in tasks)
    assert await outputs(database) == []


async def test_two_tabs_of_one_thread(database: Database, acting: Acting, alice: Principal) -> None:
    """Two processes, so without a common line: what both begin at once is one thread with the steps of both."""
    tabs = [layer_over(database), layer_over(database)]
    for _ in range(5):
        thread_id = str(uuid4())
        with acting(alice, socket=thread_id):
            begun = [
                tab.update_thread(thread_id, name=f"Tab {n}", user_id=str(alice.user_id)) for n, tab in enumerate(tabs)
            ]
            asked = [exchange(tab, thread_id, f"Question {n}", f"Answer {n}") for n, tab in enumerate(tabs)]
            await asyncio.gather(*begun, *asked)
            thread = await tabs[0].get_thread(thread_id)
        assert thread is not None
        assert len(thread["steps"]) == 6
        assert thread["name"] in ("Tab 0", "Tab 1")
    assert [tab.writes.lines.failed for tab in tabs] == [0, 0]


@pytest.fixture
async def unreliable(database: Database) -> AsyncIterator[Unreliable]:
    opened = Unreliable(database.url, pool_size=2)
    yield opened
    await opened.close()


@pytest.fixture
def shaky(unreliable: Unreliable) -> FootnoteDataLayer:
    made = layer_over(unreliable)
    made.writes.lines._retry_after_s = (0.01, 0.01)
    return made


async def test_a_lost_connection_is_tried_again_in_order(
    shaky: FootnoteDataLayer, unreliable: Unreliable, acting: Acting, alice: Principal
) -> None:
    thread_id = str(uuid4())
    said = step(thread_id, "assistant_message", output="first")
    unreliable.failures = 2
    with acting(alice, socket=thread_id):
        await asyncio.gather(shaky.create_step(said), shaky.update_step(changed(said, output="second")))
    assert await outputs(unreliable) == ["second"]
    assert shaky.writes.lines.failed == 0


async def test_a_killed_connection_is_tried_again(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        await exchange(layer, thread_id, "Q", "A")
        async with database.transaction() as session:
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            await session.execute(text(kill))
        await exchange(layer, thread_id, "Q2", "A2")
    assert len(await outputs(database)) == 6
    assert layer.writes.lines.failed == 0


async def test_a_write_that_fails_for_good_is_told_and_the_next_one_is_done(
    shaky: FootnoteDataLayer, unreliable: Unreliable, acting: Acting, alice: Principal
) -> None:
    told: list[tuple[str, str]] = []

    async def tell(thread_id: str, reference: str) -> None:
        told.append((thread_id, reference))
        raise RuntimeError("the tab is gone")

    shaky.on_write_error = tell
    thread_id = str(uuid4())
    unreliable.failures = 3
    with acting(alice, socket=thread_id):
        lost = step(thread_id, output="lost")
        await asyncio.gather(shaky.create_step(lost), shaky.create_step(step(thread_id, output="kept")))
    (error,) = shaky.writes.lines.errors
    assert told == [(thread_id, error.reference)]
    assert (shaky.writes.lines.failed, error.what) == (1, "step.create")
    assert await outputs(unreliable) == ["kept"]


async def test_who_waits_for_a_write_gets_one_sentence(
    shaky: FootnoteDataLayer, unreliable: Unreliable, acting: Acting, alice: Principal
) -> None:
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        await exchange(shaky, thread_id, "Q", "A")
    unreliable.failures = 3
    with acting(alice), pytest.raises(FootnoteError) as failed:
        await shaky.update_thread(thread_id, name="New")
    assert str(failed.value) == f"This could not be saved (reference {failed.value.reference})."
    assert shaky.writes.lines.errors[-1].reference == failed.value.reference


async def test_mistakes_are_not_tried_again(
    shaky: FootnoteDataLayer, unreliable: Unreliable, acting: Acting, alice: Principal
) -> None:
    unreliable.failures, unreliable.error = 2, ValueError("a mistake of ours")
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        await shaky.create_step(step(thread_id, output="lost"))
    assert (shaky.writes.lines.failed, unreliable.failures) == (1, 1)


async def test_a_cancelled_caller_does_not_cancel_the_write(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        caller = asyncio.create_task(layer.create_step(step(thread_id, output="partial answer")))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    await layer.close()
    assert await outputs(database) == ["partial answer"]


async def test_lines_are_forgotten_when_they_are_done(
    layer: FootnoteDataLayer, acting: Acting, alice: Principal
) -> None:
    for _ in range(20):
        thread_id = str(uuid4())
        with acting(alice, socket=thread_id):
            await exchange(layer, thread_id, "Q", "A")
        with acting(alice), pytest.raises(NotFound):
            await layer.delete_feedback(str(uuid4()))
    await layer.flush()
    assert layer.writes.lines._last == {}


async def test_each_write_is_done_as_who_asked_for_it(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal, mallory: Principal
) -> None:
    """Two people's writes stand in one line: neither gets the other's rights."""
    thread_id = str(uuid4())
    waiting: list[asyncio.Task[Any]] = []
    for who, output in ((alice, "hers"), (mallory, "his"), (alice, "hers too")):
        with acting(who, socket=thread_id):
            waiting.append(asyncio.create_task(layer.create_step(step(thread_id, output=output))))
    await asyncio.gather(*waiting)
    assert sorted(await outputs(database)) == ["hers", "hers too"]
    async with database.reader() as session:
        assert (await session.scalars(select(Thread.user_id))).all() == [alice.user_id]
