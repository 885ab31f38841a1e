"""What happens to an exception of a handler: Chainlit would swallow it, or show its text. Here it is logged, and told kindly."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

import structlog
from chainlit.context import context

from core.errors import FootnoteError, new_reference

log = structlog.get_logger(__name__)
P = ParamSpec("P")


def told(handler: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """Wrap a Chainlit handler: no exception leaves it, and each is told with a reference."""

    @wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await handler(*args, **kwargs)
        except FootnoteError as error:
            await context.emitter.send_toast(error.message, "error")
        except Exception:
            reference = new_reference()
            log.exception("handler.failed", handler=handler.__name__, reference=reference)
            await context.emitter.send_toast(f"Something went wrong (reference {reference}).", "error")

    return run
