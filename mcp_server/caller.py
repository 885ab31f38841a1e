"""Who calls a tool, and how an error is told to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from core.access import Principal, Scope, require_scope
from core.errors import FootnoteError, NotAuthenticated
from core.retry import known
from services import Services

log = structlog.get_logger(__name__)

KEY = "footnote.caller"  # of the ASGI scope
UNKNOWN = "Something went wrong on our side."


@dataclass(frozen=True, slots=True)
class Caller:
    """A request that was let in.

    Attributes:
        base: the server's address as the caller knows it, without a slash at its end.
    """

    principal: Principal
    base: str
    services: Services


def caller_of(request: Any, scope: Scope) -> Caller:
    """The caller of an HTTP request, if their API key has this scope.

    Raises:
        NotAuthenticated: no door let it in.
        NotPermitted: the key has other scopes.
    """
    caller = request.scope.get(KEY) if request is not None else None
    if not isinstance(caller, Caller):
        raise NotAuthenticated("Sign in first.")
    require_scope(caller.principal, scope)
    return caller


def caller_in(context: Context[Any, Any], scope: Scope) -> Caller:
    """The caller of a tool, see :func:`caller_of`."""
    return caller_of(context.request_context.request, scope)


@contextmanager
def told(tool: str) -> Iterator[None]:
    """Tells what went wrong in a sentence with a reference id, never more; details are logged."""
    try:
        yield
    except (ToolError, MCPError):
        raise
    except Exception as error:
        fact = known(error) or FootnoteError(UNKNOWN)
        if fact is error:
            log.info("mcp.refused", tool=tool, error=type(error).__name__, reference=fact.reference)
        else:
            log.error("mcp.failed", tool=tool, reference=fact.reference, exc_info=error)
        wait = f" Try again in {fact.retry_after_s:.0f} s." if fact.retry_after_s else ""
        raise ToolError(f"{fact.message}{wait} (Reference {fact.reference})") from error
