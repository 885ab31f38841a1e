"""Variables that switch something on in a library: what a question then sends to other hosts."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.documents import HANDBOOK
from tests.e2e.chat import upload
from tests.e2e.conftest import Site
from tests.stub_llm import running_stub

pytestmark = pytest.mark.long

COLLECTED_S = 5.0  # what is sent is collected for a second or so
WITHOUT_THE_GUARD = ("-c", "import cli; cli.app()")


class Sink(BaseHTTPRequestHandler):
    """Writes down every request, by whatever method, and is content with it."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, bytes]]

    def handle_one_request(self) -> None:
        """One request."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.seen.append((f"{self.command} {self.path}", body))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@contextmanager
def sink() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server's address, and what it is sent."""
    seen: list[tuple[str, bytes]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Sink,), {"seen": seen}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def switches(url: str) -> dict[str, str]:
    """Everything that the libraries here, or their neighbours, would heed."""
    return {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_TRACING_V2": "true",
        "LANGCHAIN_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_ENDPOINT": url,
        "LANGCHAIN_ENDPOINT": url,
        "LANGSMITH_API_KEY": "key",
        "LANGSMITH_DISABLE_RUN_COMPRESSION": "true",  # so that the sink can be read
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_BASE": f"{url}/v1",
        "OPENAI_API_KEY": "key",
        "HF_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{url}/v1/traces",
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "TRACELOOP_BASE_URL": url,
        "TRACELOOP_TRACE_CONTENT": "true",
        "TRACELOOP_API_KEY": "key",
        "TRACELOOP_TELEMETRY": "true",
        "LITERAL_API_URL": url,
        "LITERAL_API_KEY": "key",
        "SENTRY_DSN": url.replace("//", "//key@") + "/1",
        "UNSTRUCTURED_API_URL": url,
    }


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_question_sends_nothing_elsewhere(servers_dir: Path, is_guarded: bool) -> None:
    """Without the guard the same server sends what it read to the sink: so the sink would see it."""
    with sink() as (url, seen), running_stub() as stub:
        model = {"FOOTNOTE_LLM_MODEL": "cite", "FOOTNOTE_LLM_BASE_URL": stub.base_url}
        site = Site(servers_dir / f"switches{is_guarded}", switches(url) | model)
        site.var_dir.mkdir()
        if not is_guarded:
            site.program = WITHOUT_THE_GUARD
        site.start()
        try:
            site.wait_ready()
            upload(site, "handbook.pdf", HANDBOOK)
            headers = {"Authorization": f"Bearer {site.token()}"}
            question = {"question": "How many days of paid annual leave does every employee receive?"}
            answer = httpx.post(f"{site.url}/api/chat", json=question, headers=headers, timeout=60).raise_for_status()
            # An answer is not streamed by LangChain's own loop, which would trace it; what a follow-up means is asked through it.
            follow_up = {"question": "And how long does it last?", "thread_id": answer.json()["thread_id"]}
            httpx.post(f"{site.url}/api/chat", json=follow_up, headers=headers, timeout=60).raise_for_status()
            time.sleep(COLLECTED_S)
        finally:
            site.end()
        assert answer.json()["citations"], answer.text
        assert len(stub.state.requests) > 0
    if is_guarded:
        assert [asked for asked, _ in seen] == []
    else:
        assert b"twenty-eight days" in b"".join(body for asked, body in seen if "/runs" in asked)
        assert [asked for asked, _ in seen if asked == "POST /v1/traces"]
