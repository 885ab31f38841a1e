"""Servers that are stopped in the middle of everything: what still works, and what ``/health/ready`` says."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.async_api import Page

from rag.index.server import RESTS_S
from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import ROOT, Site, running

pytestmark = pytest.mark.long

QUESTION = "How many days of paid annual leave does every employee receive?"
SOON_S = 4.0  # a second, and what a busy machine adds
PATIENCE_S = 15.0


@pytest.fixture(scope="module")
def search_server(servers_dir: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A process that stands for a Qdrant server: its URL, and it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.stand_ins", "search", str(port), str(servers_dir / "qdrant")]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"http://127.0.0.1:{port}", psutil.Process(started.pid)
    started.kill()
    started.wait()


@pytest.fixture(scope="module")
def house(servers_dir: Path, search_server: tuple[str, psutil.Process]) -> Iterator[Site]:
    """A server with a search server beside it, and a document."""
    with running(servers_dir / "frozen", FOOTNOTE_QDRANT_URL=search_server[0]) as site:
        site.wait_ready()
        chat.upload(site, "handbook.pdf", HANDBOOK)
        yield site


@contextmanager
def frozen(processes: list[psutil.Process]) -> Iterator[None]:
    """As if the machine that they run on were gone, with connections open."""
    assert processes
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        time.sleep(1.1)  # the last good answers of a probe hold for a second
        yield
    finally:
        for process in processes:
            os.kill(process.pid, signal.SIGCONT)


def family(site: Site, name: str) -> list[psutil.Process]:
    """The embedded server of this name, with its children."""
    assert site.process is not None
    return [one for one in psutil.Process(site.process.pid).children(recursive=True) if one.name().startswith(name)]


def probe(site: Site) -> tuple[int, str, list[str]]:
    """What an orchestrator is told, in time: status, the word for it, and which parts have a reason."""
    began = time.monotonic()
    answer = httpx.get(f"{site.url}/health/ready", timeout=30)
    assert time.monotonic() - began < SOON_S
    return answer.status_code, answer.json()["status"], sorted(answer.json().get("reasons", {}))


def wait_for(site: Site, status: int, word: str, *parts: str) -> None:
    """Until the probe says so: on a busy machine what is well may be late once."""
    deadline, expected = time.monotonic() + 30, (status, word, list(parts))
    while (told := probe(site)) != expected:
        assert time.monotonic() < deadline, told
        time.sleep(0.2)


def ask(site: Site, token: str) -> httpx.Response:
    """A question, answered or refused in bounded time."""
    headers = {"Authorization": f"Bearer {token}"}
    body = {"question": QUESTION, "fresh": True}
    return httpx.post(f"{site.url}/api/chat", json=body, headers=headers, timeout=PATIENCE_S)


def everything_works(site: Site) -> None:
    """Signing in, a question, an upload, signing out."""
    with httpx.Client(base_url=site.url, timeout=PATIENCE_S) as client:
        token = site.token()
        assert ask(site, token).json()["citations"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert (
            client.post("/api/documents", files={"file": (f"{time.time()}.txt", os.urandom(8).hex())}).status_code
            == 202
        )
        assert client.post("/api/auth/logout").status_code == 204


def test_a_frozen_redis_degrades_and_stops_nothing(house: Site) -> None:
    with frozen(family(house, "redis")):
        wait_for(house, 200, "degraded", "redis")
        everything_works(house)
        wait_for(house, 200, "degraded", "redis")
    wait_for(house, 200, "ready")


async def test_the_chat_answers_while_redis_is_frozen(house: Site, page: Page) -> None:
    await chat.sign_in(page, house.url)
    with frozen(family(house, "redis")):
        await chat.ask(page, QUESTION)
    wait_for(house, 200, "ready")


def test_while_the_search_server_is_frozen_the_words_of_a_question_find_its_answer(
    house: Site, search_server: tuple[str, psutil.Process]
) -> None:
    token = house.token()
    with frozen([search_server[1]]):
        wait_for(house, 200, "degraded", "index")
        answer = ask(house, token).json()
        assert answer["citations"]
        assert answer["fallback_used"] is True
        assert "The search index does not answer at the moment" in answer["notice"]
        wait_for(house, 200, "degraded", "index")
    wait_for(house, 200, "ready")
    time.sleep(RESTS_S)
    answer = ask(house, token).json()
    assert answer["citations"]
    assert answer["fallback_used"] is False


def test_a_frozen_database_is_said(house: Site) -> None:
    with frozen(family(house, "postgres")):
        for _ in range(3):
            wait_for(house, 503, "unavailable", "postgres")
        time.sleep(12)  # the first probe's own question was given up
        wait_for(house, 503, "unavailable", "postgres")
    wait_for(house, 200, "ready")
    everything_works(house)


def test_redis_comes_back_and_a_search_server_that_is_gone_does_not(
    house: Site, search_server: tuple[str, psutil.Process]
) -> None:
    killed = family(house, "redis")
    for process in killed:
        process.kill()
    deadline = time.monotonic() + 30
    while {process.pid for process in family(house, "redis")} <= {process.pid for process in killed}:
        assert time.monotonic() < deadline, "Redis was not started again"
        time.sleep(0.1)
    wait_for(house, 200, "ready")
    everything_works(house)
    search_server[1].kill()
    time.sleep(1.1)
    wait_for(house, 200, "degraded", "index")
