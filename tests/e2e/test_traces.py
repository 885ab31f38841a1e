"""One trace of a question and one of an upload, from a web and a worker process, as a collector gets them."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from benchmarks.installation import Installation, Program, free_port, wait_for
from tests.documents import HANDBOOK
from tests.e2e.conftest import MODELS, PASSWORD
from tests.otlp import Collector, SeenSpan, collecting
from tests.stub_llm import running_stub

pytestmark = pytest.mark.long

MOST_OF_A_QUESTION = 25
ARRIVES_S = 30.0
QUESTION = "How many days of paid annual leave does every employee receive?"
LOGGED = 100
REQUEST_ID = "an-id-of-a-person-who-uploads"


@dataclass
class Watched:
    """A web and a worker process, and what they sent."""

    collector: Collector
    client: httpx.Client
    web: Program
    worker: Program
    content: bool

    def upload(self) -> str:
        """Bring a document, and wait until it is read; returns the id of the job."""
        files = {"file": ("handbook.pdf", HANDBOOK)}
        sent = self.client.post("/api/documents", files=files, headers={"X-Request-ID": REQUEST_ID}).raise_for_status()
        job = sent.json()["job"]
        while job["state"] not in ("finished", "failed"):
            time.sleep(0.2)
            job = self.client.get(f"/api/jobs/{job['job_id']}").json()
        assert job["state"] == "finished", job
        return str(job["job_id"])

    def ask(self, question: str) -> str:
        """The answer to a question."""
        return str(self.client.post("/api/chat", json={"question": question}).raise_for_status().json()["answer"])

    def trace(self, name: str, is_whole: Callable[[list[SeenSpan]], bool]) -> list[SeenSpan]:
        """The last trace with a span of this name, once it is whole."""
        until = time.monotonic() + ARRIVES_S
        while not is_whole(found := self.collector.trace_with(name)):
            assert time.monotonic() < until, Counter(span.name for span in self.collector.spans)
            time.sleep(0.2)
        return found


@pytest.fixture(scope="module", params=[False, True], ids=["without content", "with content"])
def watched(
    request: pytest.FixtureRequest, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    installation = Installation(tmp_path_factory.mktemp("traced"))
    port = free_port()
    with collecting() as collector, running_stub() as stub, installation.servers():
        real = {name: value for name, value in installation.environment.items() if "EMBEDDING" not in name}
        settings = real | {
            **MODELS,
            "FOOTNOTE_TELEMETRY_OTLP_ENDPOINT": collector.url,
            "FOOTNOTE_TELEMETRY_CONTENT": str(request.param).lower(),
            "FOOTNOTE_LLM_MODEL": "cite",
            "FOOTNOTE_LLM_BASE_URL": stub.base_url,
            "FOOTNOTE_ADMIN_PASSWORD": PASSWORD,
            "FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE": "1000",
            "FOOTNOTE_LOG_LEVEL": "debug",
            "FOOTNOTE_PORT": str(port),
        }
        web = Program(["cli", "serve"], installation.folder / "web.log", settings)
        worker = Program(["cli", "worker"], installation.folder / "worker.log", settings)
        try:
            web.start()
            wait_for(lambda: _is_ready(port))
            worker.start()
            wait_for(lambda: bool(worker.logged("worker.started")))
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
                sign_in = {"username": "admin", "password": PASSWORD}
                token = client.post("/api/auth/token", data=sign_in).raise_for_status().json()["access_token"]
                client.headers["Authorization"] = f"Bearer {token}"
                yield Watched(collector, client, web, worker, request.param)
        finally:
            worker.stop()
            web.stop()


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def below(trace: list[SeenSpan], name: str) -> list[str]:
    """Names of the spans from this one up to the root."""
    by_id = {span.span_id: span for span in trace}
    span, path = next(one for one in trace if one.name == name), []
    while span is not None:
        path.append(span.name)
        span = by_id.get(span.parent_id)  # type: ignore[assignment]
    return path


def test_an_upload_is_one_trace_over_both_processes(watched: Watched) -> None:
    job_id = watched.upload()
    trace = watched.trace("ingest", lambda spans: {"ingest", "POST /api/documents"} <= {span.name for span in spans})
    services = {span.name: span.service for span in trace}
    assert services["POST /api/documents"] == "footnote-web"
    assert {services[name] for name in ("ingest", "parse", "chunk", "embed", "index")} == {"footnote-worker"}
    assert below(trace, "parse") == ["parse", "ingest", "POST /api/documents"]
    written = [span for span in trace if span.name == "PUT" and span.service == "footnote-worker"]
    assert written, Counter(span.name for span in trace)  # the chunks, to Qdrant
    ingest = next(span for span in trace if span.name == "ingest")
    assert ingest.attributes["footnote.job_id"] == job_id
    lines = [line for line in watched.worker.log.read_text().splitlines() if job_id in line]
    assert lines
    assert all(f'"request_id": "{REQUEST_ID}"' in line for line in lines)


def test_a_question_has_few_spans(watched: Watched) -> None:
    watched.upload()
    watched.ask(QUESTION)
    trace = watched.trace("chat cite", lambda spans: any(span.name == "POST /api/chat" for span in spans))
    names = Counter(span.name for span in trace)
    assert len(trace) <= MOST_OF_A_QUESTION, names
    assert {"POST /api/chat", "answer", "route", "embed", "search", "check", "chat cite", "POST"} <= set(names), names
    assert "postgresql transaction" in names
    assert "redis limits" in names
    chat = next(span for span in trace if span.name == "chat cite")
    assert chat.attributes["gen_ai.operation.name"] == "chat"
    assert chat.attributes["gen_ai.request.model"] == "cite"
    assert chat.attributes["gen_ai.usage.input_tokens"] > 0
    assert chat.attributes["gen_ai.usage.output_tokens"] > 0
    embeddings = [span for span in trace if span.attributes.get("gen_ai.operation.name") == "embeddings"]
    assert embeddings
    assert not [span for span in trace if re.search(r"\b(send|receive)\b", span.name)]


def test_nobodys_words_are_sent_unless_that_is_wanted(watched: Watched) -> None:
    watched.upload()
    watched.ask(QUESTION)
    watched.trace("chat cite", lambda spans: any(span.name == "POST /api/chat" for span in spans))
    sent = b"".join(watched.collector.bodies)
    for words in (b"paid annual leave", b"twenty-eight days"):
        assert (words in sent) is watched.content
    for words in (b"handbook.pdf", b"admin"):
        assert words not in sent


def test_logs_hold_no_words_of_questions(watched: Watched) -> None:
    """At the level that says most."""
    if watched.content:
        pytest.skip("traces and logs are apart")
    watched.upload()
    for number in range(LOGGED):
        assert watched.ask(f"How many days of paid annual leave does employee quagga{number} receive?")
    lines = [*watched.web.log.read_text().splitlines(), *watched.worker.log.read_text().splitlines()]
    assert len(lines) > LOGGED
    for words in ("quagga", "annual leave", "twenty-eight", "handbook"):
        assert [line for line in lines if words in line.lower()] == []
