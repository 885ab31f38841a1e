"""A whole installation in separate processes, for drills: PostgreSQL, Redis, a search and an embedding server, and workers; each can be
killed and started again. The search and embedding servers are stand-ins, see ``benchmarks.stand_ins``; the rest is the product."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx

from benchmarks.stand_ins import DIMENSION
from core.embedded.postgres import EmbeddedPostgres
from core.embedded.redis import EmbeddedRedis

ROOT = Path(__file__).parents[1]
SECRET = "a secret that is only used in drills, 0123456789"
START_WITHIN_S = 300.0
WORKERS = 2


def free_port() -> int:
    """A free TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(condition: Callable[[], bool], within_s: float = START_WITHIN_S) -> None:
    """Waits for a condition. Raises RuntimeError when it takes too long."""
    until = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError("A part of the drill did not start.")
        time.sleep(0.05)


@dataclass
class Program:
    """A Python module run as a process.

    Attributes:
        arguments: name and arguments of the module.
        log: file to which its output is appended.
        starts: how often it was started.
    """

    arguments: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def whole_environment(self) -> dict[str, str]:
        """All its variables."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}
        return {**plain, **self.environment}

    def start(self) -> None:
        """Starts the process without waiting until it is ready."""
        self.starts += 1
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                cwd=ROOT,
                env=self.whole_environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def logged(self, event: str, *words: str) -> list[str]:
        """The timestamps of its log lines with this event and these words, as sortable texts."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        entries = [json.loads(line) for line in lines if event in line and all(word in line for word in words)]
        return [str(line["timestamp"]) for line in entries if line["event"] == event]

    def kill(self) -> None:
        """Kills it like ``kill -9``."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal, such as SIGSTOP: as if its machine were gone, with connections open."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, within_s: float = 30.0) -> None:
        """Stops it gracefully; kills it after some seconds."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class Web(Program):
    """A program that answers HTTP."""

    url: str = ""

    def wait(self, path: str) -> None:
        """Waits until it answers a path with a status below 500."""
        wait_for(lambda: self.answers(path))

    def answers(self, path: str) -> bool:
        """True when it answers a path with a status below 500."""
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}{path}").status_code < 500
        return False


class Installation:
    """An installation with a separate process for each part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder)
        self.redis = EmbeddedRedis(folder)
        search, embeddings = free_port(), free_port()
        self.search = Web(
            ["benchmarks.stand_ins", "search", str(search), str(folder / "search")],
            folder / "search.log",
            url=f"http://127.0.0.1:{search}",
        )
        self.embeddings = Web(
            ["benchmarks.stand_ins", "embeddings", str(embeddings)],
            folder / "embeddings.log",
            url=f"http://127.0.0.1:{embeddings}",
        )
        self.workers = [
            Program(["cli", "worker"], folder / f"worker{number}.log", self.environment) for number in range(WORKERS)
        ]

    @property
    def environment(self) -> dict[str, str]:
        """The settings of all its processes, as environment variables."""
        return {
            "FOOTNOTE_VAR_DIR": str(self.folder),
            "FOOTNOTE_DATABASE_URL": self.postgres.url,
            "FOOTNOTE_REDIS_URL": self.redis.url,
            "FOOTNOTE_QDRANT_URL": self.search.url,
            "FOOTNOTE_EMBEDDING_URL": f"{self.embeddings.url}/v1",
            "FOOTNOTE_EMBEDDING_MODEL": f"stand-in-{DIMENSION}",
            "FOOTNOTE_SECRET_KEY": SECRET,
            "FOOTNOTE_WORKER_EMBEDDED": "false",
        }

    def holder_of(self, job_id: UUID) -> Program:
        """The worker that started a job most recently."""
        return max(self.workers, key=lambda worker: max(worker.logged("job.started", str(job_id)), default=""))

    def wait_for_workers(self) -> None:
        """Waits until every started worker takes jobs."""
        wait_for(lambda: all(len(worker.logged("worker.started")) == worker.starts for worker in self.workers))

    @contextmanager
    def servers(self) -> Iterator[None]:
        """Runs everything except the workers until the block ends."""
        with ExitStack() as stack:
            for server in (self.postgres, self.redis, self.search, self.embeddings):
                stack.callback(server.stop)
                server.start()
            self.search.wait("/collections")
            self.embeddings.wait("/")
            yield

    def indexed(self, document_id: str) -> int:
        """The number of points of a document in all collections."""
        condition = {"must": [{"key": "document_id", "match": {"value": document_id}}]}
        count = 0
        with httpx.Client(base_url=self.search.url, timeout=60) as client:
            for name in client.get("/collections").json()["result"]:
                answer = client.post(f"/collections/{name}/points/count", json={"filter": condition, "exact": True})
                count += answer.json()["result"]["count"]
        return count
