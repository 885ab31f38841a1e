"""A collector of OpenTelemetry: takes traces by OTLP over HTTP and keeps them."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class SeenSpan:
    """A span as it arrived."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    took_ms: float
    attributes: dict[str, Any]


@dataclass
class Collector:
    """What arrived.

    Attributes:
        bodies: as they were sent, unpacked.
    """

    url: str = ""
    spans: list[SeenSpan] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        """Keep what one request brings."""
        self.bodies.append(body)
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = {one.key: one.value.string_value for one in of_resource.resource.attributes}["service.name"]
            self.spans += [_seen(service, span) for scope in of_resource.scope_spans for span in scope.spans]

    def trace_with(self, name: str) -> list[SeenSpan]:
        """The spans of the last trace that has one of this name; empty without any."""
        ids = [span.trace_id for span in self.spans if span.name == name]
        return [span for span in self.spans if ids and span.trace_id == ids[-1]]


def _seen(service: str, span: Any) -> SeenSpan:
    attributes = {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
    took_ms = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
    return SeenSpan(service, span.name, *ids, span.kind, took_ms, attributes)


class _Handler(BaseHTTPRequestHandler):
    collector: Collector

    def do_POST(self) -> None:
        """Take traces."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path == "/v1/traces":
            self.collector.take(body)
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens."""
    collector = Collector()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (_Handler,), {"collector": collector}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
