"""What /health/ready says."""

from collections.abc import Mapping

from core.readiness import Readiness


async def answers() -> None:
    """A server that is there."""


async def is_away() -> None:
    """A server that is not."""
    raise ConnectionRefusedError


async def queues() -> Mapping[str, str]:
    """One of two workers runs."""
    return {"ingestion": "attended", "answers": "unattended"}


async def no_queues() -> Mapping[str, str]:
    """Redis is away."""
    raise ConnectionRefusedError


async def test_it_is_starting_then_ready_whoever_listens() -> None:
    readiness = Readiness({"redis": answers}, queues=queues)
    assert (await readiness())["status"] == "starting"
    readiness.models_ready()
    said = await readiness()
    assert said == {
        "status": "ready",
        "parts": {"redis": "ready", "models": "ready"},
        "queues": {"ingestion": "attended", "answers": "unattended"},
    }


async def test_a_server_that_is_away_degrades_it_and_is_not_fatal() -> None:
    readiness = Readiness({"redis": is_away}, lambda: "Run it again.", no_queues)
    readiness.models_ready()
    assert await readiness() == {
        "status": "degraded",
        "parts": {"redis": "unreachable", "models": "ready"},
        "notice": "Run it again.",
    }
