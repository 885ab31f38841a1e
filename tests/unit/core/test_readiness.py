"""What /health/ready says."""

import asyncio
import time
from collections.abc import Mapping

import pytest

from core import readiness as module
from core.readiness import Check, Readiness, Report

SHORT = 0.2


async def answers() -> None:
    """A server that is there."""


async def is_away() -> None:
    """A server that is not."""
    raise ConnectionRefusedError


async def is_frozen() -> None:
    """A server that was stopped: it takes what is sent, and is silent."""
    await asyncio.Event().wait()


async def queues() -> Mapping[str, str]:
    """One of two workers runs."""
    return {"ingestion": "attended", "answers": "unattended"}


class Server:
    """A server that can be frozen, and counts who asks it."""

    def __init__(self) -> None:
        self.asked = 0
        self.awake = asyncio.Event()
        self.awake.set()

    async def ping(self) -> None:
        """Answer, once awake."""
        self.asked += 1
        await self.awake.wait()


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of seconds, fractions."""
    monkeypatch.setattr(module, "BOUND_S", SHORT)


def ready(*checks: Check) -> Readiness:
    """Of a process whose models are loaded."""
    readiness = Readiness(checks, queues=queues)
    readiness.models_ready()
    return readiness


async def test_it_is_starting_then_ready_whoever_listens() -> None:
    readiness = Readiness([Check("redis", answers, "No cache.")], queues=queues)
    said = await readiness()
    assert (said.status, said.can_answer) == ("starting", False)
    assert (readiness.is_ready, readiness.is_loading) == (False, True)
    readiness.models_ready()
    said = await readiness()
    assert said.can_answer
    assert said.as_json() == {
        "status": "ready",
        "parts": {"redis": "ready", "models": "ready"},
        "queues": {"ingestion": "attended", "answers": "unattended"},
    }


@pytest.mark.parametrize("away", [is_away, is_frozen])
async def test_a_part_that_questions_can_do_without_degrades_it(away: object) -> None:
    readiness = Readiness(
        [Check("redis", away, "No cache."), Check("postgres", answers, "", is_needed=True)],  # type: ignore[arg-type]
        lambda: "Run it again.",
        away,  # type: ignore[arg-type]
    )
    readiness.models_ready()
    said = await readiness()
    assert said.can_answer
    assert said.as_json() == {
        "status": "degraded",
        "parts": {"redis": "unreachable", "postgres": "ready", "models": "ready"},
        "reasons": {"redis": "No cache."},
        "notice": "Run it again.",
    }


@pytest.mark.parametrize("away", [is_away, is_frozen])
async def test_without_a_needed_part_nothing_can_be_answered(away: object) -> None:
    said = await ready(Check("index", away, "No search.", is_needed=True), Check("redis", answers, ""))()  # type: ignore[arg-type]
    assert (said.status, said.can_answer) == ("unavailable", False)
    assert said.reasons == {"index": "No search."}


async def test_models_that_cannot_be_loaded_answer_nothing() -> None:
    readiness = Readiness()
    readiness.waits("The search server does not answer.")
    assert await readiness() == Report(
        "starting", {"models": "loading"}, {"models": "The search server does not answer."}
    )
    readiness.fail()
    said = await readiness()
    assert (said.status, said.parts, readiness.is_loading) == ("unavailable", {"models": "failed"}, False)
    readiness.models_ready()
    assert await readiness() == Report("ready", {"models": "ready"})


async def test_what_the_models_open_is_not_asked_before() -> None:
    server = Server()
    readiness = Readiness([Check("index", server.ping, "No search.", is_needed=True, is_opened_by_models=True)])
    assert await readiness() == Report("starting", {"index": "loading", "models": "loading"})
    assert server.asked == 0
    readiness.models_ready()
    assert (await readiness()).status == "ready"


async def test_it_answers_in_time_whatever_is_frozen() -> None:
    readiness = ready(*(Check(f"part{number}", is_frozen, "Gone.") for number in range(5)))
    began = time.monotonic()
    said = await readiness()
    assert SHORT <= time.monotonic() - began < 4 * SHORT
    assert list(said.reasons) == [f"part{number}" for number in range(5)]


async def test_probes_do_not_pile_up_at_a_frozen_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_S", 0.05)
    server = Server()
    readiness = ready(Check("postgres", server.ping, "No database.", is_needed=True))
    server.awake.clear()
    said = await asyncio.gather(*(readiness() for _ in range(50)))
    assert {one.status for one in said} == {"unavailable"}
    began = time.monotonic()
    assert (await readiness()).status == "unavailable"
    assert time.monotonic() - began < SHORT / 2  # it had its time before
    assert server.asked == 1
    server.awake.set()
    await asyncio.sleep(0)
    assert (await readiness()).status == "ready"


async def test_a_part_that_hears_no_cancellation_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncpg waits for the server when it is cancelled, and a frozen one says nothing."""
    monkeypatch.setattr(module, "GIVEN_UP_S", 0.05)
    ends = asyncio.Event()

    async def stubborn() -> None:
        while not ends.is_set():
            try:
                await ends.wait()
            except asyncio.CancelledError:
                continue

    readiness = ready(Check("postgres", stubborn, "No database.", is_needed=True))
    async with asyncio.timeout(5 * SHORT):
        assert (await readiness()).status == (await readiness()).status == "unavailable"
    ends.set()


async def test_an_answer_holds_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_S", 0)
    often, seldom = Server(), Server()
    readiness = ready(Check("often", often.ping, "", every_s=0), Check("seldom", seldom.ping, "", every_s=60))
    for _ in range(3):
        await readiness()
    assert (often.asked, seldom.asked) == (3, 1)


async def test_a_part_that_was_away_is_asked_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a good answer of it holds."""
    monkeypatch.setattr(module, "FRESH_S", 0)
    outcomes = [ConnectionRefusedError(), None]

    async def ping() -> None:
        if error := outcomes.pop(0):
            raise error

    readiness = ready(Check("files", ping, "No files.", every_s=60))
    assert [(await readiness()).status for _ in range(3)] == ["degraded", "ready", "ready"]
