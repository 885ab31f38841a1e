"""A real server process on a folder of its own, and a real browser in front of it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from core.embedded.postgres import EmbeddedPostgres
from db.session import Database
from tests.shots import shots
from tests.workers import group_of

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a password for the tests"
MODELS = {"FOOTNOTE_EMBEDDING_CACHE_DIR": str(ROOT / ".pytest_cache" / "models")}  # not converted for every server
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong


@dataclass
class Site:
    """A running server."""

    var_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    process: subprocess.Popen[str] | None = None
    output: list[str] = field(default_factory=list)
    program: tuple[str, ...] = ("-m", "cli")

    def start(self) -> None:
        """Start it and wait for its URL; the same port again after a stop, so that pages find it."""
        port = self.url.rsplit(":", 1)[-1] if self.url else "0"
        environment = {**os.environ, "FOOTNOTE_VAR_DIR": str(self.var_dir), "FOOTNOTE_PORT": port}
        environment |= MODELS | {"FOOTNOTE_ADMIN_PASSWORD": PASSWORD, "FOOTNOTE_LOG_LEVEL": "warning"}
        environment |= self.environment
        self._close_output()
        with (self.var_dir / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "serve"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if found := re.search(r"running at (\S+)", line):
                self.url = found[1]
                return
        raise AssertionError(f"the server ended: {(self.var_dir / 'server.log').read_text()[-3000:]}")

    def wait_ready(self, timeout_s: float = 240) -> None:
        """Until the models are loaded."""
        deadline = time.monotonic() + timeout_s
        with httpx.Client(base_url=self.url, timeout=60, verify=False, trust_env=False) as client:
            while client.get("/health/ready").status_code != 200:
                assert time.monotonic() < deadline, "the server did not become ready"
                time.sleep(0.2)

    def stop(self, number: signal.Signals = signal.SIGINT, timeout_s: float = 60) -> int:
        """End it; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout_s)

    @property
    def is_running(self) -> bool:
        """False before its start and after its end."""
        return self.process is not None and self.process.poll() is None

    def end(self) -> None:
        """Stop it if it still runs."""
        if self.is_running:
            self.stop()
        self._close_output()

    def _close_output(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()

    @asynccontextmanager
    async def rows(self) -> AsyncIterator[Database]:
        """The server's own database."""
        database = Database(EmbeddedPostgres(self.var_dir).url)
        yield database
        await database.close()

    def token(self, username: str = "admin", password: str = PASSWORD) -> str:
        """A bearer token of a person."""
        with httpx.Client(base_url=self.url, timeout=60, verify=False, trust_env=False) as client:
            answer = client.post("/api/auth/token", data={"username": username, "password": password})
        return str(answer.raise_for_status().json()["access_token"])

    def client(self, username: str = "admin") -> httpx.Client:
        """A program that a person uses; close it."""
        headers = {"Authorization": f"Bearer {self.token(username)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=120, verify=False, trust_env=False)


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Site]:
    """A server for the length of a block."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder, environment)
    try:
        site.start()
        yield site
    finally:
        site.end()


SHARED_SITES: dict[frozenset[tuple[str, str]], Site] = {}  # of this process, by their settings


@pytest.hookimpl(trylast=True)  # when what the test used is closed
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Servers end with the modules that use them: an idle one takes a part of a core from the others."""
    if nextitem is None or group_of(item.nodeid) != group_of(nextitem.nodeid):
        for site in SHARED_SITES.values():
            site.end()


@pytest.fixture(scope="session")
def sites(servers_dir: Path, models: Path) -> Callable[..., Site]:
    """``sites(FOOTNOTE_CACHE_ANSWERS_S="0")``: the server with these settings, ready to answer; started when it is wanted."""

    def with_settings(**environment: str) -> Site:
        key = frozenset(environment.items())
        site = SHARED_SITES.setdefault(key, Site(servers_dir / f"site{len(SHARED_SITES)}", environment))
        if not site.is_running:
            site.var_dir.mkdir(exist_ok=True)
            site.start()
            site.wait_ready()
        return site

    return with_settings


@pytest.fixture(scope="module")
def site(sites: Callable[..., Site]) -> Site:
    """The server that most tests share: as it comes."""
    return sites()


@pytest.fixture
def spare_site(servers_dir: Path, models: Path) -> Site:
    """A server that tests may stop, kill and start again; its models may not be loaded yet."""
    spare = SHARED_SITES.setdefault(frozenset({("spare", "")}), Site(servers_dir / "spare"))
    if not spare.is_running:
        spare.var_dir.mkdir(exist_ok=True)
        spare.start()
    return spare


@pytest.fixture
def spare_site_ready(spare_site: Site) -> Site:
    """The same, ready to answer."""
    spare_site.wait_ready()
    return spare_site


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium from the system's packages; Playwright downloads nothing."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        assert not os.environ.get("CI"), "Chromium is missing"
        pytest.skip("Chromium is missing (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGS)
        yield opened
        await opened.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A person's browser: its own cookies; requests to other hosts are noted."""
    opened = await browser.new_context(viewport={"width": 1400, "height": 900})
    yield opened
    await opened.close()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    """A tab."""
    return await context.new_page()


@pytest.fixture
def shot() -> Iterator[Callable[[str], str]]:
    """Where a screenshot goes; see :func:`tests.shots.shots`."""
    with shots() as path_of:
        yield path_of
