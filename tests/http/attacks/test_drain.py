"""A server that ends while people read: over real sockets."""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
import pytest
from sse_starlette.sse import AppStatus

from core.access import Principal
from tests.http.attacks.conftest import WORDS, Door
from web.server.drain import Drain

DRAINS: list[Drain] = []


@pytest.fixture(autouse=True)
async def one_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The end of a server ends the event streams of its process, also those of later tests."""
    monkeypatch.setattr(AppStatus, "should_exit", False)
    yield
    tasks = [drain.task for drain in DRAINS if drain.task]
    DRAINS.clear()
    await asyncio.wait(tasks, timeout=5)


def drain_of(door: Door, ready_s: float = 0.0) -> Drain:
    """What ends the server of the door, as ``server.py`` builds it."""
    drain = Drain(door.house.services.readiness.stop, ready_s)
    drain.busy = door.runtime.busy
    drain.is_answering = lambda: door.runtime.is_writing or door.house.services.runs.live.is_answering
    DRAINS.append(drain)
    return drain


async def test_a_page_keeps_its_answer_and_idle_ones_go_elsewhere(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        idle, busy = await door.page(client), await door.page(client)
        await busy.ask("a slow one")
        await busy.wait("stream_token")
        drain_of(door).ask(door.server, signal.SIGTERM)
        await idle.closed()
        assert busy.client.connected
        with pytest.raises(httpx.ConnectError):
            await client.get("/health/ready")
        await busy.answered()
        assert "".join(token["token"] for token in busy.all("stream_token")).split() == [
            f"word{n}" for n in range(WORDS)
        ]
        await busy.closed()
    assert door.server.should_exit


async def test_it_says_that_it_goes_while_it_still_answers(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        drain_of(door, ready_s=2).ask(door.server, signal.SIGTERM)
        await asyncio.sleep(0.1)
        told = await client.get("/health/ready")
        assert (told.status_code, told.json()["status"]) == (503, "stopping")
        assert told.json()["reasons"]["process"] == "This process is about to end."
        await page.ask("one more")
        await page.answered()
        await page.closed()


async def test_a_second_signal_does_not_wait_for_answers(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("an endless one")
        await page.wait("stream_token")
        drain = drain_of(door)
        drain.ask(door.server, signal.SIGINT)
        drain.ask(door.server, signal.SIGINT)
        await page.closed()
