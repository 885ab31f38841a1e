"""Spans sent to an OpenTelemetry collector, by OTLP over HTTP. The provider is ours alone: what else knows OpenTelemetry stays off."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import Token
from importlib.metadata import version
from types import TracebackType
from uuid import uuid4

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_SDK_DISABLED
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core.settings import TelemetrySettings
from core.telemetry.spans import NOTHING, Attributes, Kind, Span, Value

PATH = "/v1/traces"
FLUSH_MS = 3000
KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
}


class OtlpTracer:
    """See :class:`core.telemetry.spans.Tracer`.

    Args:
        role: ``web`` or ``worker``.
    """

    def __init__(self, settings: TelemetrySettings, role: str) -> None:
        assert settings.otlp_endpoint is not None
        self.shows_content = settings.content
        self._provider = _provider(settings, role)
        self._tracer = self._provider.get_tracer("footnote", version("footnote"))
        self._propagator = TraceContextTextMapPropagator()

    def root(self, name: str, kind: Kind, attributes: Attributes) -> AbstractContextManager[Span]:
        """See :func:`core.telemetry.spans.root`."""
        return _Open(self._tracer.start_span(name, kind=KINDS[kind], attributes=attributes))

    def span(self, name: str, kind: Kind, attributes: Attributes) -> AbstractContextManager[Span]:
        """See :func:`core.telemetry.spans.span`."""
        if not trace.get_current_span().is_recording():
            return NOTHING
        return self.root(name, kind, attributes)

    def leaf(self, name: str, kind: Kind, attributes: Attributes) -> AbstractContextManager[Span]:
        """See :func:`core.telemetry.spans.leaf`."""
        if not trace.get_current_span().is_recording():
            return NOTHING
        return _Open(self._tracer.start_span(name, kind=KINDS[kind], attributes=attributes), is_leaf=True)

    def event(self, name: str, attributes: Attributes) -> None:
        """See :func:`core.telemetry.spans.event`."""
        trace.get_current_span().add_event(name, attributes)

    def traceparent(self) -> str | None:
        """See :func:`core.telemetry.spans.traceparent`."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent")

    @contextmanager
    def continued(self, traceparent: str) -> Iterator[None]:
        """See :func:`core.telemetry.spans.continued`."""
        token = contexts.attach(self._propagator.extract({"traceparent": traceparent}, Context()))
        try:
            yield
        finally:
            contexts.detach(token)

    def close(self) -> None:
        """Send what is left, within some seconds."""
        self._provider.force_flush(FLUSH_MS)
        self._provider.shutdown()


class _Open:
    """A span that is the present one while its block runs, unless it is a leaf."""

    def __init__(self, span: trace.Span, *, is_leaf: bool = False) -> None:
        self._span = span
        self._context = None if is_leaf else trace.set_span_in_context(span)
        self._token: Token[Context] | None = None

    def __enter__(self) -> "_Open":
        if self._context is not None:
            self._token = contexts.attach(self._context)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None and kind is not None and not issubclass(kind, GeneratorExit):
            self._span.set_attribute("error.type", kind.__name__)  # its message may have what people wrote
            if isinstance(error, Exception):
                self._span.set_status(StatusCode.ERROR, kind.__name__)
        self._span.end()
        # A generator may be closed from another task; what is present there is not ours to change.
        if self._token is not None and contexts.get_current() is self._context:
            contexts.detach(self._token)

    def set(self, name: str, value: Value) -> None:
        """See :class:`core.telemetry.spans.Span`."""
        self._span.set_attribute(name, value)

    def call(self, name: str) -> None:
        """See :class:`core.telemetry.spans.Span`."""
        self._span.update_name(name)


def _provider(settings: TelemetrySettings, role: str) -> TracerProvider:
    own = {
        "service.name": f"footnote-{role}",
        "service.namespace": "footnote",
        "service.version": version("footnote"),
        "service.instance.id": uuid4().hex,
    }
    disabled = os.environ.pop(OTEL_SDK_DISABLED, None)  # see core/environment.py; it is for everybody but this
    try:
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.sample)), resource=Resource(own), shutdown_on_exit=False
        )
    finally:
        if disabled is not None:
            os.environ[OTEL_SDK_DISABLED] = disabled
    assert settings.otlp_endpoint is not None
    endpoint = settings.otlp_endpoint.rstrip("/")
    exporter = OTLPSpanExporter(endpoint if endpoint.endswith(PATH) else endpoint + PATH, timeout=10)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
