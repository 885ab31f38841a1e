"""A process that starts before the servers it needs."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import BusyLoadingError

import supervise
from core.errors import StartupFailed, UpstreamUnavailable
from core.readiness import Readiness


def services_that(*errors: Exception) -> Any:
    """Services whose index fails to open with these errors, then opens."""
    left = list(errors)

    async def open_live() -> None:
        if left:
            raise left.pop(0)

    async def start() -> None:
        return

    @asynccontextmanager
    async def use() -> Any:
        await open_live()
        yield "index_version"

    return SimpleNamespace(
        index_versions=SimpleNamespace(open_live=open_live),
        sandbox=SimpleNamespace(start=start),
        reranking=None,
        models=None,
        rag=SimpleNamespace(warm_up=start),
        readiness=Readiness(),
        live=SimpleNamespace(use=use),
        database="database",
        left=left,
    )


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits."""
    monkeypatch.setattr(supervise, "ASK_AGAIN_S", 0)


PASSING = (UpstreamUnavailable("The search server does not answer."), ConnectionRefusedError(), BusyLoadingError())


async def test_servers_that_are_starting_are_waited_for() -> None:
    services = services_that(*PASSING)
    async with asyncio.timeout(60):
        await supervise.warm_up(services)
    assert services.readiness.is_ready


async def test_a_model_that_is_none_is_not_waited_for() -> None:
    services = services_that(StartupFailed("The embedding model could not be loaded."), StartupFailed("Again."))
    await supervise.warm_up(services)
    assert not services.readiness.is_ready
    assert len(services.left) == 1
    assert (await services.readiness()).status == "unavailable"


async def test_what_the_index_lost_is_put_back_when_its_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    rebuilt = []

    async def rebuild(*what: object) -> int:
        rebuilt.append(what)
        return 0

    monkeypatch.setattr("supervise.rebuild_if_incomplete", rebuild)
    async with asyncio.timeout(60):
        await supervise._restore(services_that(*PASSING))
    assert [what[:2] for what in rebuilt] == [("database", "index_version")]
