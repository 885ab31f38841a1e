"""What holds the event loop is named in the log."""

import asyncio
import re
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.loop_watchdog import LoopHolds, watched

SLOW = re.compile(r"(?:a|aa)+$")  # doubles its time with every second letter
Event = MutableMapping[str, Any]


def hold_by_python() -> None:
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        pass


def hold_by_waiting() -> None:
    time.sleep(1.5)


def hold_by_an_expression() -> None:
    """In C, which lets no other thread run meanwhile; the last match takes a second."""
    letters, took_s = 20, 0.0
    while took_s < 1.0:
        letters += 1
        started = time.monotonic()
        SLOW.match("a" * letters + "b")
        took_s = time.monotonic() - started


async def _events(hold: Callable[[], None], event: str = "loop.free") -> list[Event]:
    """What is logged while a loop is held, up to an event."""
    with capture_logs() as logged, watched(0.3):
        await asyncio.sleep(0.5)
        hold()
        async with asyncio.timeout(60):
            while not any(line["event"] == event for line in logged):
                await asyncio.sleep(0.05)
    return list(logged)


@pytest.mark.parametrize("hold", [hold_by_python, hold_by_waiting, hold_by_an_expression])
async def test_who_holds_the_loop_is_named_once(hold: Callable[[], None]) -> None:
    logged = await _events(hold)
    (held,) = (line for line in logged if line.get("at", "").endswith(f" {hold.__name__}"))
    assert held["event"] == "loop.held"
    assert held["log_level"] == "warning"
    assert re.fullmatch(rf"tests/unit/core/test_loop_watchdog\.py:\d+ {hold.__name__}", held["at"])
    assert held["frames"][0] == held["at"]
    assert any(place.endswith(" _events") for place in held["frames"])
    assert held["held_s"] >= 0.3


async def test_how_long_it_was_held_is_told_at_its_end() -> None:
    freed = next(line for line in await _events(hold_by_waiting) if line["event"] == "loop.free")
    assert freed["held_s"] >= 1.0


async def test_holds_are_counted() -> None:
    holds = LoopHolds()
    assert holds.as_json() == {}
    with watched(0.3, holds):
        for _ in range(2):
            await asyncio.sleep(0.5)
            hold_by_waiting()
        await asyncio.sleep(0.5)
    assert holds.count == 2
    assert holds.as_json() == {"holds": 2, "longest_s": round(holds.longest_s, 1)}
    assert holds.longest_s >= 1.0


async def test_another_thread_that_holds_the_interpreter_is_named() -> None:
    with capture_logs() as logged, watched(0.3):
        await asyncio.sleep(0.5)
        for _ in range(3):  # on a busy machine the holder may have gone on before the watchdog looks
            await asyncio.to_thread(hold_by_an_expression)
            await asyncio.sleep(1.0)
            named = [line for line in logged if "hold_by_an_expression" in " ".join(line.get("frames", ()))]
            if named:
                break
    assert {line["event"] for line in named} == {"loop.held"}


async def test_a_loop_that_runs_is_not_spoken_of() -> None:
    with capture_logs() as logged, watched(10.0):
        await asyncio.sleep(1.0)
    await asyncio.sleep(0.5)  # the thread has ended, and the block was no hold
    assert logged == []
