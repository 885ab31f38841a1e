"""The line: first come, first served; a few turns at a time; whoever leaves makes room."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from answers import line as module
from answers.line import Line, Place


async def until_turn(line: Line, place: Place) -> list[int]:
    """What somebody is told until their turn."""
    return [ahead async for ahead in line.ahead(place)]


async def test_who_comes_alone_has_the_turn_at_once_and_is_told_nothing() -> None:
    line = Line()
    async with line.place() as place:
        assert await until_turn(line, place) == []


async def test_turns_come_in_order_and_everybody_is_told_how_many_are_before() -> None:
    line = Line(at_once=1)
    async with AsyncExitStack() as stack:
        first, second, third = [await stack.enter_async_context(line.place()) for _ in range(3)]
        waits = [asyncio.create_task(until_turn(line, place)) for place in (second, third)]
        await asyncio.sleep(0)
        line.leave(first)
        assert await waits[0] == [0]
        assert not third.turn.done()
        line.leave(second)
        assert (await waits[1])[0] == 1


async def test_so_many_have_a_turn_at_once() -> None:
    line = Line(at_once=3)
    async with AsyncExitStack() as stack:
        places = [await stack.enter_async_context(line.place()) for _ in range(5)]
        assert [place.turn.done() for place in places] == [True, True, True, False, False]
        line.leave(places[1])
        line.leave(places[1])  # a second time makes no more room
        assert [place.turn.done() for place in places] == [True, True, True, True, False]


async def test_who_gives_up_leaves_the_line() -> None:
    line = Line(at_once=1)
    async with line.place():
        waiting = asyncio.create_task(_asked(line))
        behind = asyncio.create_task(_asked(line))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
    assert await behind == "answered"


async def test_an_error_makes_room() -> None:
    line = Line(at_once=1)
    for _ in range(3):
        try:
            async with line.place() as place:
                await until_turn(line, place)
                raise ValueError
        except ValueError:
            pass
    assert await _asked(line) == "answered"


async def test_a_late_loop_gives_one_turn_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATE_S", -1.0)  # it is always late
    line = Line(at_once=2)
    async with AsyncExitStack() as stack:
        places = [await stack.enter_async_context(line.place()) for _ in range(4)]
        assert [place.turn.done() for place in places] == [True, False, False, False]
        line.leave(places[0])
        assert [place.turn.done() for place in places] == [True, True, False, False]


async def _asked(line: Line) -> str:
    async with line.place() as place:
        await until_turn(line, place)
        return "answered"
