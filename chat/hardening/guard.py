"""Guards everything that Chainlit serves (pure ASGI): which routes exist, who asks, from which page, and what is sent back."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.hardening.page import not_found
from chat.hardening.page_socket import PageSocket
from chat.hardening.routes import Access, find
from chat.login import LoginAttempt, current_attempt
from core.access import Principal
from core.context import current_principal
from core.errors import FootnoteError, NotAuthenticated
from core.settings import Settings
from web.credentials import cookie_token
from web.errors import render
from web.origin import is_own, require_own
from web.server.connections import signed_in

log = structlog.get_logger(__name__)

SOCKET_PATH = "/ws/socket.io"

Authenticate = Callable[[str], Awaitable[Principal]]


class Guard:
    """Wraps Chainlit's ASGI app.

    Args:
        app: Chainlit, with our replacements of some of its routes in front; its errors already have our form.
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
        if not scope["path"].startswith(SOCKET_PATH) or not is_own(scope, self._settings.public_url):
            log.warning("socket.refused", path=scope["path"], origin=Headers(scope=scope).get("origin"))
            await _refuse(receive, send)
            return
        try:
            # Before the socket is accepted: an open one may send messages, which are kept until they are complete.
            principal = await self._authenticate(_session_token(scope))
        except FootnoteError as error:
            log.info("socket.refused", path=scope["path"], reason=error.message)
            await _refuse(receive, send)
            return
        signed_in(scope, principal.user_id)
        await self._app(scope, PageSocket(receive, send).receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = _Response(send)
        token = current_principal.set(None)
        try:
            await self._admit(scope, receive, response.send)
        except FootnoteError as error:
            if response.has_started:
                raise
            await render(error)(scope, receive, response.send)
        except Exception:
            if not response.is_whole_failure:
                raise
            # Starlette has answered (and ``web.errors`` has logged it), and raises again for the server.
        finally:
            current_principal.reset(token)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = find(scope["method"], scope["path"])
        if route is None:
            await not_found(scope)(scope, receive, send)
            return
        require_own(scope, self._settings.public_url)
        if route.access is Access.SIGNED_IN:
            principal = await self._authenticate(_session_token(scope))
            current_principal.set(principal)
            signed_in(scope, principal.user_id)
        if route.path == "/login" and scope["method"] == "POST":
            await self._login(scope, receive, send)
        else:
            await self._app(_without_bearer(scope), receive, send)

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the reason back into a failed sign-in: Chainlit turns every one into the same 401."""
        attempt = LoginAttempt(address=(scope.get("client") or ("unknown", 0))[0])
        is_replaced = False

        async def send_reason(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.UNAUTHORIZED:
                is_replaced = True
                error = attempt.error or NotAuthenticated("The name or the password is wrong.")
                await render(error)(scope, receive, send)
            elif not is_replaced:
                await send(message)

        token = current_attempt.set(attempt)
        try:
            await self._app(_without_bearer(scope), receive, send_reason)
        finally:
            current_attempt.reset(token)


class _Response:
    """Sends a response without the headers that would let pages of other sites read it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._is_complete = False

    @property
    def has_started(self) -> bool:
        """True once a status was sent."""
        return self._status > 0

    @property
    def is_whole_failure(self) -> bool:
        """True when a whole response of 500 or above was sent."""
        return self._status >= HTTPStatus.INTERNAL_SERVER_ERROR and self._is_complete

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
        else:
            self._is_complete = not message.get("more_body", False)
        await self._send(message)


async def _refuse(receive: Receive, send: Send) -> None:
    """Answer a handshake with 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def _session_token(scope: Scope) -> str:
    token = cookie_token(HTTPConnection(scope))
    if token is None:
        raise NotAuthenticated("Sign in first.")
    return token


def _without_bearer(scope: Scope) -> Scope:
    """The scope without a bearer token, which Chainlit would accept in place of a cookie; API tokens are for ``/api`` only."""
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() != b"authorization"]}
