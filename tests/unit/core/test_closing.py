"""Steps of an orderly end: waited for, told, and given up."""

import asyncio

import pytest
from structlog.testing import capture_logs

from core import closing
from core.closing import cancelled, step


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "LOG_AFTER_S", 0.2)
    monkeypatch.setattr(closing, "CANCEL_AGAIN_S", 0.1)


async def test_a_step_that_takes_a_while_says_so() -> None:
    with capture_logs() as logged:
        await step("the tide", lambda: asyncio.sleep(0.5), 30)
    assert [(line["event"], line["what"]) for line in logged] == [("closing.waiting", "the tide")]


async def test_a_quick_step_says_nothing() -> None:
    with capture_logs() as logged:
        await step("the tide", lambda: asyncio.sleep(0), 30)
    assert logged == []


async def test_a_step_without_end_is_given_up() -> None:
    was_cancelled = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(600)
        finally:
            was_cancelled.set()

    with capture_logs() as logged:
        await step("the tide", forever, 0.5)
    assert logged[-1]["event"] == "closing.given_up"
    assert any(name.endswith("_run") for name in logged[-1]["tasks"])
    async with asyncio.timeout(5):
        await was_cancelled.wait()


async def test_a_step_that_fails_is_logged_and_the_next_one_taken() -> None:
    async def broken() -> None:
        raise OSError("the sea is gone")

    with capture_logs() as logged:
        await step("the tide", broken, 5)
    assert [line["event"] for line in logged] == ["closing.failed"]


async def test_a_task_that_loses_a_cancellation_is_told_again() -> None:
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await cancelled("the deaf", task, 30)
    assert (task.done(), lost) == (True, 3)


async def test_a_task_that_never_ends_is_given_up() -> None:
    is_over = False

    async def deaf() -> None:
        while not is_over:
            try:
                await asyncio.sleep(0.2)
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    with capture_logs() as logged:
        await cancelled("the deaf", task, 0.5)
    assert logged[-1]["event"] == "closing.given_up"
    is_over = True
    await task


async def test_an_error_of_a_task_is_raised() -> None:
    async def broken() -> None:
        try:
            await asyncio.sleep(600)
        finally:
            raise OSError("the sea is gone")

    task = asyncio.create_task(broken())
    await asyncio.sleep(0)
    with pytest.raises(OSError, match="sea"):
        await cancelled("the broken", task, 5)
