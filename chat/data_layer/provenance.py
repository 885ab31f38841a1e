"""Which step a browser is sending right now. Chainlit lets the browser choose the id, the type and the author of a message; whatever
arrives under this id is stored as a message of the signed-in person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from chainlit.emitter import ChainlitEmitter

_sent_by_client: ContextVar[str | None] = ContextVar("sent_by_client", default=None)
_MARK = "_marks_client_messages"


@contextmanager
def from_client(payload: object) -> Iterator[None]:
    """Mark the step id of a browser's message payload (``{"message": {"id": …}}``) as sent by the browser, inside the block."""
    message = payload.get("message") if isinstance(payload, dict) else None
    token = _sent_by_client.set(str(message.get("id")) if isinstance(message, dict) else None)
    try:
        yield
    finally:
        _sent_by_client.reset(token)


def is_from_client(step_id: object) -> bool:
    """True when the browser chose this id in the current payload."""
    return step_id is not None and str(step_id) == _sent_by_client.get()


def mark_client_messages() -> None:
    """Make Chainlit process messages within :func:`from_client`. Calling it again changes nothing."""
    original = ChainlitEmitter.process_message
    if getattr(original, _MARK, False):
        return

    @wraps(original)
    async def process_message(self: ChainlitEmitter, payload: Any) -> Any:
        with from_client(payload):
            return await original(self, payload)

    setattr(process_message, _MARK, True)
    ChainlitEmitter.process_message = process_message  # type: ignore[method-assign]
