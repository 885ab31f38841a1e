"""Which request brought a piece of work, told from the process that stores it to the one that does it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from structlog.contextvars import bound_contextvars, get_contextvars

from core.telemetry import spans

REQUEST_ID = "request_id"


@dataclass(frozen=True, slots=True)
class Origin:
    """The request and the place in its trace; None where there is none."""

    request_id: str | None = None
    traceparent: str | None = None

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """While the block runs, lines of the log carry the request's id, and spans belong to its trace."""
        named = {REQUEST_ID: self.request_id} if self.request_id else {}
        with bound_contextvars(**named), spans.continued(self.traceparent):
            yield


def present() -> Origin:
    """Of what runs now."""
    request_id = get_contextvars().get(REQUEST_ID)
    return Origin(str(request_id) if request_id else None, spans.traceparent())
