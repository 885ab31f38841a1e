"""Gives requests an id, logs them, and answers exceptions that no handler took."""

import re
import time
from contextlib import AbstractContextManager
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.telemetry import series, spans
from web.address import as_logged
from web.errors import unexpected

log = structlog.get_logger(__name__)

REQUEST_ID = "footnote.request_id"
SANE_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
QUIET = ("/health/", "/metrics", "/public/", "/assets/", "/ws/")
_DOORS = {"v1": "openai", "metrics": "health", "cite": "api", "jobs": "api"} | {
    name: name for name in series.DOORS if name != "chat"
}


class RequestLog:
    """Gives each request an id, logs it once at its end, and turns an unhandled exception into a 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        requested_id = Headers(scope=scope).get("x-request-id", "")
        request_id = requested_id if SANE_ID.match(requested_id) else uuid4().hex
        started, status, door = time.perf_counter(), 0, door_of(scope["path"])

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                series.REQUEST_SECONDS.add(time.perf_counter() - started, door)
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        is_quiet = scope["path"].startswith(QUIET)
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            spans.NOTHING if is_quiet else _span(scope, door, request_id) as span,
        ):
            try:
                await self.app(scope, receive, send_with_id)
            except ClientDisconnect:
                log.info("http.client_left", path=as_logged(scope["path"]))
            except Exception as error:
                response = unexpected(error)
                if status:  # the response has begun: only a closed connection can show the error
                    raise
                await response(scope, receive, send_with_id)
            finally:
                level = log.debug if is_quiet else log.info
                duration_ms = round((time.perf_counter() - started) * 1000, 1)
                path = as_logged(scope["path"])
                series.REQUESTS.add(door, f"{status // 100}xx")
                _describe(span, scope, status)
                level("http.request", method=scope["method"][:20], path=path, status=status, duration_ms=duration_ms)


def _span(scope: Scope, door: str, request_id: str) -> AbstractContextManager[spans.Span]:
    method = scope["method"][:20]
    about = {"http.request.method": method, "footnote.door": door, REQUEST_ID: request_id}
    return spans.root(f"{method} {door}", "server", about)


def _describe(span: spans.Span, scope: Scope, status: int) -> None:
    """Say which route it was, which is known once it was found: an address itself may have names in it."""
    span.set("http.response.status_code", status)
    if path := getattr(scope.get("route"), "path", ""):
        span.set("http.route", path)
        span.call(f"{scope['method'][:20]} {path}")


def door_of(path: str) -> str:
    """The door that a path belongs to, one of ``core.telemetry.series.DOORS``: what is nobody else's is the chat's."""
    return _DOORS.get(path.split("/", 2)[1] if path.startswith("/") else "", "chat")
