"""Logs exceptions of Chainlit handlers and shows them to the person; Chainlit would swallow them, or show their text."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

import structlog
from chainlit.context import context

from chat.language import words
from core.errors import FootnoteError
from core.retry import known

log = structlog.get_logger(__name__)
P = ParamSpec("P")

UNKNOWN = "Something went wrong."


def told(error: Exception, event: str, **fields: object) -> FootnoteError:
    """What the person is told about an exception; one without a sentence of its own is logged as ``event``."""
    if (fact := known(error)) is None:
        fact = FootnoteError(UNKNOWN)
        log.exception(event, reference=fact.reference, exc_info=error, **fields)
    elif fact is not error:
        log.warning(event, reference=fact.reference, error=type(error).__name__, **fields)
    return fact


def sentence(error: Exception, event: str, **fields: object) -> str:
    """As :func:`told`, as one line of text; with the reference when the log has more."""
    fact = told(error, event, **fields)
    if fact is error:
        return fact.message
    return f"{fact.message.rstrip('.')} (reference {fact.reference})."


def reports_errors(handler: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """Wrap a Chainlit handler: it raises nothing, and each exception is shown."""

    @wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await handler(*args, **kwargs)
        except Exception as error:
            await context.emitter.send_toast(
                words().told(sentence(error, "handler.failed", handler=handler.__name__)), "error"
            )

    return run
