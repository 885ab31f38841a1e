"""Spans: how long the parts of a question or an upload took, as a tree. Without a tracer nothing happens; :mod:`telemetry.tracing` has one.

A trace begins with :func:`root`, at a door or where a worker takes a job. Within it, :func:`span` adds to it; outside of one, where the
loops in the background run, it adds nothing.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

Kind = Literal["internal", "server", "client", "consumer"]
Value = str | int | float | bool
Attributes = Mapping[str, Value]


class Span(Protocol):
    """A span that is open."""

    def set(self, name: str, value: Value) -> None:
        """Add something that is known of it now."""

    def call(self, name: str) -> None:
        """Give it a better name."""


class Tracer(Protocol):
    """Sends spans somewhere.

    Attributes:
        shows_content: whether prompts and answers may be among their attributes.
    """

    shows_content: bool

    def root(self, name: str, kind: Kind, attributes: Attributes) -> AbstractContextManager[Span]:
        """See :func:`root`."""

    def span(self, name: str, kind: Kind, attributes: Attributes) -> AbstractContextManager[Span]:
        """See :func:`span`."""

    def leaf(self, name: str, kind: Kind, attributes: Attributes) -> AbstractContextManager[Span]:
        """See :func:`leaf`."""

    def event(self, name: str, attributes: Attributes) -> None:
        """See :func:`event`."""

    def traceparent(self) -> str | None:
        """See :func:`traceparent`."""

    def continued(self, traceparent: str) -> AbstractContextManager[object]:
        """See :func:`continued`."""


class Nothing:
    """A span that nobody sees."""

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def set(self, name: str, value: Value) -> None:
        """Do nothing."""

    def call(self, name: str) -> None:
        """Do nothing."""


NOTHING = Nothing()
_NONE: Attributes = {}
_tracer: Tracer | None = None


def trace_by(tracer: Tracer | None) -> None:
    """From now on tell this tracer, or nobody."""
    global _tracer
    _tracer = tracer


def root(name: str, kind: Kind = "internal", attributes: Attributes = _NONE) -> AbstractContextManager[Span]:
    """A span that begins a trace, unless there is one already, here or in the process that asked for this work."""
    return NOTHING if _tracer is None else _tracer.root(name, kind, attributes)


def span(name: str, kind: Kind = "internal", attributes: Attributes = _NONE) -> AbstractContextManager[Span]:
    """A span within a trace; nothing outside of one."""
    return NOTHING if _tracer is None else _tracer.span(name, kind, attributes)


def leaf(name: str, kind: Kind = "client", attributes: Attributes = _NONE) -> AbstractContextManager[Span]:
    """As :func:`span`; what begins within its block does not belong to it, but beside it."""
    return NOTHING if _tracer is None else _tracer.leaf(name, kind, attributes)


def event(name: str, attributes: Attributes = _NONE) -> None:
    """A moment of the present span: cheaper than one of its own."""
    if _tracer is not None:
        _tracer.event(name, attributes)


def traceparent() -> str | None:
    """The present place in a trace as W3C writes it, for another process; None outside of one."""
    return None if _tracer is None else _tracer.traceparent()


def continued(traceparent: str | None) -> AbstractContextManager[object]:
    """While the block runs, go on with the trace of another process."""
    return nullcontext() if _tracer is None or traceparent is None else _tracer.continued(traceparent)


def shows_content() -> bool:
    """Whether prompts and answers may be among the attributes."""
    return _tracer is not None and _tracer.shows_content
