"""Notes where a request comes from, for the audit log and the list of one's sign-ins."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.context import Source, current_source
from core.storable import storable

MOST_CHARS = 300  # of a user agent


class Sources:
    """Sets ``core.context.current_source`` for what a request or a socket does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        token = current_source.set(source_of(scope))
        try:
            await self.app(scope, receive, send)
        finally:
            current_source.reset(token)


def source_of(scope: Scope) -> Source:
    """Address and user agent of a request. uvicorn has put whom a trusted proxy forwards for in place of the proxy."""
    address = (scope.get("client") or (None,))[0]
    return Source(address, storable(Headers(scope=scope).get("user-agent", ""))[:MOST_CHARS])
