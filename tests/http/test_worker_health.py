"""What a worker says of itself on a port of its own."""

import socket

import httpx
import pytest

import worker
from core.errors import StartupFailed
from core.settings import Settings
from tests.http.conftest import House


def with_port(settings: Settings, port: int) -> Settings:
    """The settings, with a port for the worker's health on this machine."""
    own = settings.worker.model_copy(update={"health_port": port})
    return settings.model_copy(update={"worker": own, "host": "127.0.0.1"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_worker_says_whether_it_lives_and_is_ready(house: House) -> None:
    port = free_port()
    async with (
        worker.health(with_port(house.settings, port), house.services),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert (await client.get("/health/live")).json() == {"status": "ok"}
        before = await client.get("/health/ready")
        house.services.readiness.models_ready()
        after = await client.get("/health/ready")
        other = await client.get("/api/documents")
    assert (before.status_code, before.json()["status"]) == (503, "starting")
    assert (after.status_code, after.json()["parts"]["postgres"]) == (200, "ready")
    assert other.status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health/live")


async def test_without_a_port_nothing_listens_and_one_in_use_is_a_sentence(house: House) -> None:
    async with worker.health(with_port(house.settings, 0), house.services):
        pass
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(StartupFailed, match="Set FOOTNOTE_WORKER_HEALTH_PORT to another"):
            async with worker.health(with_port(house.settings, port), house.services):
                pass
