"""Spans of the requests that the process sends by ``httpx`` and ``httpx2``: method, server and status, no address, no body.

They are within the trace of a question or an upload alone, and tell the server nothing of it.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import httpx2

from core.telemetry import spans

TRANSPORTS: tuple[Any, ...] = (httpx.AsyncHTTPTransport, httpx2.AsyncHTTPTransport)

Handle = Callable[[Any, Any], Awaitable[Any]]


@contextmanager
def watched() -> Iterator[None]:
    """While the block runs, requests of both libraries have spans."""
    before = [transport.handle_async_request for transport in TRANSPORTS]
    for transport in TRANSPORTS:
        transport.handle_async_request = _with_span(transport.handle_async_request)
    try:
        yield
    finally:
        for transport, handle in zip(TRANSPORTS, before, strict=True):
            transport.handle_async_request = handle


def _with_span(handle: Handle) -> Handle:
    async def handle_async_request(self: Any, request: Any) -> Any:
        attributes: dict[str, spans.Value] = {"http.request.method": request.method, "server.address": request.url.host}
        if request.url.port:
            attributes["server.port"] = request.url.port
        with spans.span(request.method, "client", attributes) as span:
            response = await handle(self, request)
            span.set("http.response.status_code", response.status_code)
            return response

    return handle_async_request
