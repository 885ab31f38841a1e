"""Footnote on many machines: two web processes behind HAProxy and two workers, which share nothing but their servers.

The first of each connects to PostgreSQL itself, the second through PgBouncer in transaction mode. Search server, S3 and the language model
are stand-ins over real sockets; PostgreSQL, Redis, PgBouncer and HAProxy are real.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import httpx
import psutil

from benchmarks.installation import Installation, Web, free_port
from benchmarks.scaleout.proxy import Proxy
from benchmarks.stand_ins import MODELS
from core.embedded.server import EmbeddedServer
from scripts.packages import pgbouncer
from tests.object_storage import BUCKET, PREFIX
from tests.poolers import PgBouncer

PASSWORD = "a password for the drill"
WEBS = 2
ENDS_WITHIN_S = 60.0  # terminationGracePeriodSeconds
WHOLE_WITHIN_S = 300.0
_PROBES = httpx.Client(  # each probe on a connection of its own, as those of a balancer
    timeout=10, trust_env=False, verify=False, limits=httpx.Limits(max_keepalive_connections=0)
)
SENTENCE = "Every employee receives twenty-eight days of paid annual leave per year [1]. "


class ScaledOut(Installation):
    """The processes.

    Attributes:
        webs, workers: of Footnote; each answers ``/health/ready``.
        revived: how often PgBouncer ended by itself and was started again.
    """

    workers: list[Web]  # type: ignore[assignment]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.revived = 0
        self.model = _stand_in(folder, "model", "tests.stub_llm", "--port")
        self.blobs = _stand_in(folder, "blobs", "moto.server", "-p")
        (pool := folder / "pool").mkdir()
        program = pgbouncer()
        assert program is not None
        self.pooler = PgBouncer(program, self.postgres, pool)
        self.webs = [self._process("web", place) for place in range(WEBS)]
        self.workers = [self._process("worker", place) for place in range(WEBS)]
        self.proxy = Proxy(folder, self.webs)

    @property
    def processes(self) -> list[Web]:
        """All of Footnote."""
        return [*self.webs, *self.workers]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything runs until the block ends."""
        with ExitStack() as stack:
            stack.enter_context(self.servers())
            for server, path in ((self.model, "/v1/models"), (self.blobs, "/moto-api/")):
                stack.callback(server.stop)
                server.start()
                server.wait(path)
            self._make_bucket()
            self.speak()
            stack.callback(self.pooler.stop)
            self.pooler.start()
            for process in self.processes:
                stack.callback(process.stop)
                process.start()
                if process is self.webs[0]:
                    self.wait_ready(process)  # it migrates and makes the admin; the others wait for it anyway
            stack.callback(self.proxy.stop)
            self.proxy.start()
            self.wait_whole()
            yield

    def speak(self, words: int = 39, pause_s: float = 0.05) -> None:
        """From now on the language model answers with so many words, so far apart."""
        text = " ".join((SENTENCE * words).split()[:words])
        script = {"text": text, "pause_s": pause_s}
        self.behave("script", script=script)

    def behave(self, behaviour: str | None, **more: Any) -> None:
        """The behaviour of the language model, see ``tests.stub_llm``."""
        httpx.post(f"{self.model.url}/control", json={"behaviour": behaviour, **more}).raise_for_status()

    def wait_whole(self, within_s: float = WHOLE_WITHIN_S) -> float:
        """Wait until every process is ready; returns the seconds."""
        since = time.monotonic()
        for process in self.processes:
            self.wait_ready(process, within_s)
        return time.monotonic() - since

    def wait_ready(self, process: Web, within_s: float = WHOLE_WITHIN_S) -> None:
        """Wait until a process says that nothing is missing."""
        until = time.monotonic() + within_s
        while (last := told(process))[1] != "ready":
            if time.monotonic() > until:
                raise RuntimeError(f"{process.log.stem} says {last}: {process.log.read_text()[-1000:]}")
            self._revive()
            time.sleep(0.2)

    def _revive(self) -> None:
        """Start a pooler that ended by itself, as its machine would."""
        if self.pooler.has_ended:
            self.pooler.start()
            self.revived += 1

    def _process(self, kind: str, place: int) -> Web:
        port = free_port()
        environment = self.environment | self._of_process(kind, place)
        environment["FOOTNOTE_PORT" if kind == "web" else "FOOTNOTE_WORKER_HEALTH_PORT"] = str(port)
        command = ["cli", "serve" if kind == "web" else "worker"]
        return Web(command, self.folder / f"{kind}{place}.log", environment, url=f"http://127.0.0.1:{port}")

    def _of_process(self, kind: str, place: int) -> dict[str, str]:
        own = {
            "FOOTNOTE_VAR_DIR": str(self.folder / f"{kind}{place}"),
            "FOOTNOTE_BLOB_URL": f"s3://{BUCKET}/{PREFIX}",
            "FOOTNOTE_BLOB_ENDPOINT": self.blobs.url,
            "FOOTNOTE_BLOB_ACCESS_KEY": "an id",
            "FOOTNOTE_BLOB_SECRET_KEY": "a secret",
            "FOOTNOTE_BLOB_MIN_FREE_BYTES": "20000000",
            "FOOTNOTE_EMBEDDING_URL": "",  # each process has the bundled model
            "FOOTNOTE_EMBEDDING_MODEL": "",
            "FOOTNOTE_EMBEDDING_CACHE_DIR": str(MODELS),
            "FOOTNOTE_LLM_MODEL": "stub",
            "FOOTNOTE_LLM_BASE_URL": f"{self.model.url}/v1",
            "FOOTNOTE_LLM_API_KEY": "x",
            "FOOTNOTE_LLM_TIMEOUT_S": "5",  # by default a model may be silent for a minute
            "FOOTNOTE_LLM_BREAKER_S": "5",
            "FOOTNOTE_ADMIN_PASSWORD": PASSWORD,
            "FOOTNOTE_TRUSTED_PROXIES": "127.0.0.1",
            "FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE": "10000",
            "FOOTNOTE_LIMIT_UPLOADS_PER_MINUTE": "10000",
        }
        if place == 1:
            own["FOOTNOTE_DATABASE_URL"] = self.pooler.url
            own["FOOTNOTE_DATABASE_POOLER"] = "transaction"
        return own

    def _make_bucket(self) -> None:
        boto3.client(
            "s3",
            endpoint_url=self.blobs.url,
            aws_access_key_id="an id",
            aws_secret_access_key="a secret",
            region_name="us-east-1",
        ).create_bucket(Bucket=BUCKET)


def family_of(server: EmbeddedServer) -> list[psutil.Process]:
    """The process of PostgreSQL or Redis, and its children."""
    assert server._process is not None
    first = psutil.Process(server._process.pid)
    return [first, *first.children(recursive=True)]


def told(process: Web) -> tuple[int, str, list[str], float]:
    """What ``/health/ready`` says: the status, the word, the parts that are away, and the seconds it took; 0 when nobody answers."""
    since = time.monotonic()
    with suppress(httpx.TransportError, ValueError):
        answer = _PROBES.get(f"{process.url}/health/ready")
        report = answer.json()
        return answer.status_code, report["status"], sorted(report.get("reasons", {})), time.monotonic() - since
    return 0, "", [], time.monotonic() - since


def _stand_in(folder: Path, name: str, module: str, option: str) -> Web:
    port = free_port()
    return Web([module, option, str(port)], folder / f"{name}.log", url=f"http://127.0.0.1:{port}")
