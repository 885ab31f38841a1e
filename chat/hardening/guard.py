"""The gate before everything that Chainlit serves (pure ASGI): which routes exist, who asks, from which page, and what is sent back."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.hardening import headers as response_headers
from chat.hardening.responses import not_found, refusal
from chat.hardening.routes import Access, find
from chat.login import LoginAttempt, current_attempt
from core.access import Principal
from core.context import current_principal
from core.errors import FootnoteError, NotAuthenticated, NotPermitted, TooLarge
from core.settings import Settings
from web.origin import is_own_request, is_same_origin
from web.tokens import token_of

log = structlog.get_logger(__name__)

SOCKET_PATH = "/ws/socket.io"
_UPLOAD_PATH = "/project/file"
_MOST_BODY_BYTES = 1024**2
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

Authenticate = Callable[[str], Awaitable[Principal]]


class Guard:
    """Wraps Chainlit's ASGI app.

    Args:
        app: Chainlit, with our replacements of some of its routes in front.
        authenticate: session token → Principal; raises NotAuthenticated.
    """

    def __init__(self, app: ASGIApp, authenticate: Authenticate, settings: Settings) -> None:
        self._app = app
        self._authenticate = authenticate
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        is_ours = is_same_origin(headers.get("origin"), headers.get("host"), self._settings.public_url)
        if not scope["path"].startswith(SOCKET_PATH) or not is_ours:
            log.warning("socket.refused", path=scope["path"], origin=headers.get("origin"))
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send, scope["path"], is_secure=self._settings.session.cookie_secure)
        token = current_principal.set(None)
        try:
            await self._admit(scope, receive, answer.send)
        except FootnoteError as error:
            if answer.has_started:
                raise
            await refusal(error)(scope, receive, answer.send)
        finally:
            current_principal.reset(token)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        route = find(scope["method"], scope["path"])
        if route is None:
            await not_found(headers.get("accept", ""))(scope, receive, send)
            return
        if scope["method"] not in _SAFE_METHODS:
            self._check_cause(scope["path"], headers)
        if route.access is Access.SIGNED_IN:
            current_principal.set(await self._authenticate(_session_token(headers)))
        if route.path == "/login" and scope["method"] == "POST":
            await self._login(scope, receive, send)
        else:
            await self._app(_without_bearer(scope), receive, send)

    def _check_cause(self, path: str, headers: Headers) -> None:
        if not is_own_request(headers, self._settings.public_url):
            raise NotPermitted("This request did not come from a page of this server.")
        if path != _UPLOAD_PATH:
            size = headers.get("content-length", "0" if "transfer-encoding" not in headers else "")
            if not size.isdigit() or int(size) > _MOST_BODY_BYTES:
                raise TooLarge("The request is too large.")

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Chainlit turns every failed sign-in into one 401; the reason is put back here."""
        attempt = LoginAttempt(address=(scope.get("client") or ("unknown", 0))[0])
        is_replaced = False

        async def send_reason(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] >= 400:
                is_replaced = True
                error = attempt.error or NotAuthenticated("The name or the password is wrong.")
                await refusal(error)(scope, receive, send)
            elif not is_replaced:
                await send(message)

        token = current_attempt.set(attempt)
        try:
            await self._app(_without_bearer(scope), receive, send_reason)
        finally:
            current_attempt.reset(token)


class _Answer:
    """A response on its way out: our headers are added, and what went wrong inside is not told."""

    def __init__(self, send: Send, path: str, *, is_secure: bool) -> None:
        self._send = send
        self._path = path
        self._is_secure = is_secure
        self.has_started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]  # nothing here is for other sites
            present = {name.lower(): value for name, value in headers.items()}
            for name, value in response_headers.complete(present, self._path, is_secure=self._is_secure).items():
                headers[name] = value
        await self._send(message)


def _session_token(headers: Headers) -> str:
    token = token_of(cookie_parser(headers.get("cookie", "")))
    if token is None:
        raise NotAuthenticated("Sign in first.")
    return token


def _without_bearer(scope: Scope) -> Scope:
    """Chainlit takes a bearer token where a cookie is missing; API tokens are for ``/api`` only."""
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() != b"authorization"]}
