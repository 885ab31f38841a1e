"""Pure-ASGI layers around every request: ids and the log, security headers. The third one is in :mod:`web.body_limit`.

They wrap messages and never buffer a body, so streams in both directions stay streams.
"""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import unexpected

log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
QUIET = ("/health/", "/public/", "/assets/", "/ws/")
OWN = ("/api/", "/cite/", "/jobs/", "/answers/", "/health/", "/library", "/reviews")
FRAMED = ("/cite/", "/jobs/", "/answers/", "/api/")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
CSP_UNFRAMED = CSP.replace("frame-ancestors 'self'", "frame-ancestors 'none'")


class RequestLog:
    """Gives each request an id, logs it once at its end, and turns an exception nobody handled into a 500 with a reference."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if REQUEST_ID.match(asked) else uuid4().hex
        started, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, sending)
            except ClientDisconnect:
                log.info("http.client_left", path=scope["path"])
            except Exception as error:
                response = unexpected(error)
                if status:  # the answer has begun: only closing the connection tells the client
                    raise
                await response(scope, receive, sending)
            finally:
                level = log.debug if scope["path"].startswith(QUIET) else log.info
                duration_ms = round((time.perf_counter() - started) * 1000, 1)
                level(
                    "http.request", method=scope["method"], path=scope["path"], status=status, duration_ms=duration_ms
                )


class OwnHeaders:
    """Security headers of the pages and answers made here; a route that sets one itself keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(OWN):
            return await self.app(scope, receive, send)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("Cache-Control", "no-store")
                is_framed = scope["path"].startswith(FRAMED)
                headers.setdefault("Content-Security-Policy", CSP if is_framed else CSP_UNFRAMED)
                headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                headers.setdefault("X-Frame-Options", "SAMEORIGIN" if is_framed else "DENY")
            await send(message)

        await self.app(scope, receive, sending)
