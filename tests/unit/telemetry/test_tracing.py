"""Spans of our own, as a collector gets them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import httpx
import httpx2
import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from core.settings import Settings, TelemetrySettings
from core.telemetry import origin, spans
from observation import traced
from rag.trace import Trace
from tests.otlp import Collector, collecting

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@contextmanager
def tracing(collector: Collector, **settings: object) -> Iterator[None]:
    """Trace to this collector, which has everything once the block ends."""
    telemetry = TelemetrySettings(otlp_endpoint=collector.url, **settings)
    with traced(Settings(_env_file=None, telemetry=telemetry), "web"):
        yield


def tree(collector: Collector) -> dict[str, str]:
    """Name of a span → name of its parent."""
    names = {span.span_id: span.name for span in collector.spans}
    return {span.name: names.get(span.parent_id, "") for span in collector.spans}


def test_spans_belong_to_their_trace_and_none_begins_by_itself(collector: Collector) -> None:
    with tracing(collector):
        with spans.span("of a loop"):
            pass
        with spans.root("question", "server", {"a": 1}) as root, spans.leaf("read"), spans.span("search"):
            root.set("b", "two")
            root.call("question of a person")
            spans.event("pack", {"took_ms": 0.1})
    root_name = "question of a person"
    assert tree(collector) == {"search": root_name, "read": root_name, root_name: ""}
    assert next(span for span in collector.spans if span.name == root_name).attributes == {"a": 1, "b": "two"}
    assert {span.service for span in collector.spans} == {"footnote-web"}


def test_another_process_goes_on_with_a_trace(collector: Collector) -> None:
    with tracing(collector):
        with bound_contextvars(request_id="r-1"), spans.root("upload"):
            brought = origin.present()
        assert brought.request_id == "r-1"
        with brought.resumed(), spans.root("ingest"):
            assert get_contextvars()["request_id"] == "r-1"
    assert tree(collector) == {"ingest": "upload", "upload": ""}
    assert len({span.trace_id for span in collector.spans}) == 1
    assert origin.present() == origin.Origin()


def test_what_is_not_sampled_is_not_sent(collector: Collector) -> None:
    with tracing(collector, sample=0.0):
        with spans.root("question"), spans.span("search"):
            brought = origin.present()
        with brought.resumed(), spans.root("ingest"):
            pass
    assert collector.spans == []


async def test_a_generator_leaves_the_context_as_it_was(collector: Collector) -> None:
    async def answer() -> AsyncGenerator[int]:
        with spans.span("answer"):
            yield 1
            yield 2

    with tracing(collector), spans.root("question"):
        async with aclosing(answer()) as events:
            async for _ in events:
                break
        with spans.span("store"):
            pass
        left = answer()
        await anext(left)
        await asyncio.create_task(left.aclose())  # another task than the one it began in
    assert tree(collector) == {"answer": "question", "store": "question", "question": ""}


def test_an_error_is_named_without_its_words(collector: Collector) -> None:
    with tracing(collector), pytest.raises(ValueError, match="secret"), spans.root("question"):
        raise ValueError("a secret")
    assert collector.spans[0].attributes["error.type"] == "ValueError"
    assert b"secret" not in b"".join(collector.bodies)


def test_stages_are_spans_or_moments(collector: Collector) -> None:
    with tracing(collector), spans.root("answer"):
        trace = Trace()
        with trace.stage("search"):
            pass
        with trace.stage("pack"):
            pass
    assert tree(collector) == {"search": "answer", "answer": ""}
    assert [stage.name for stage in trace.stages()] == ["search", "pack"]


@pytest.mark.parametrize("client", [httpx.AsyncClient, httpx2.AsyncClient])
async def test_requests_say_their_server_and_tell_it_nothing(collector: Collector, client: type) -> None:
    with collecting() as other:
        with tracing(collector):
            async with client() as http:
                await http.post(f"{other.url}/names/alice?q=secret", content=b"x")
                with spans.root("question"):
                    answer = await http.post(f"{other.url}/names/alice?q=secret", content=b"x")
        assert answer.status_code == 404
        assert "traceparent" not in answer.request.headers
    [request, question] = collector.spans
    assert (request.name, request.parent_id) == ("POST", question.span_id)
    assert request.attributes["http.response.status_code"] == 404
    assert b"alice" not in b"".join(collector.bodies)


def test_switched_off_nothing_of_it_is_loaded() -> None:
    code = """
import sys, server, worker
from core.settings import Settings
from observation import traced
with traced(Settings(_env_file=None), "web"):
    pass
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "telemetry.tracing"))])
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert ended.stdout.strip().splitlines()[-1] == "[]", ended.stderr[-2000:]


def test_only_our_provider_is_on(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that turns OpenTelemetry off for everybody else stays; see ``core/environment.py``."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with tracing(collector):
        assert os.environ["OTEL_SDK_DISABLED"] == "true"
        with spans.root("question"):
            pass
    assert [span.name for span in collector.spans] == ["question"]
