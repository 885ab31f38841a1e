"""The address ``/mcp``: bearer tokens only, then the SDK's streamable HTTP, without sessions, so that any process may answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from core.context import current_principal
from core.errors import FootnoteError, NotAuthenticated, NotPermitted
from mcp_server.caller import KEY, Caller
from mcp_server.protocol import build
from services import Services
from web.credentials import presented_credential
from web.errors import render, unexpected
from web.origin import is_own
from web.server.connections import signed_in

PATH = "/mcp"


class Door:
    """Signs requests in and passes them to the protocol."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._server = build()
        # What comes in has passed our own checks of host, origin and size.
        unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._server.streamable_http_app(stateless_http=True, transport_security=unchecked)  # makes the manager

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take requests until the block ends."""
        async with self._server.session_manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        try:
            scope[KEY] = caller = await self._caller(scope)
        except FootnoteError as error:
            return await render(error)(scope, receive, send)
        except Exception as error:
            return await unexpected(error)(scope, receive, send)
        token = current_principal.set(caller.principal)
        try:
            await self._server.session_manager.handle_request(scope, receive, send)
        finally:
            current_principal.reset(token)

    async def _caller(self, scope: Scope) -> Caller:
        connection = HTTPConnection(scope)
        credential = presented_credential(connection)
        if credential is None or credential.kind != "api":  # a browser's cookie opens no door for programs
            raise NotAuthenticated("Send an API key or a token: Authorization: Bearer …")
        if "origin" in Headers(scope=scope) and not is_own(scope, self._services.settings.public_url):
            raise NotPermitted("Pages of other sites may not call this.")
        principal = await self._services.accounts.authenticate(credential.token, kind="api")
        signed_in(scope, principal.user_id)
        base = self._services.settings.public_url or str(connection.base_url)
        return Caller(principal, base.rstrip("/"), self._services)


def install(app: FastAPI, services: Services) -> Door:
    """Put the door on the app; the app's lifespan enters :meth:`Door.running`."""
    door = Door(services)
    app.router.routes.append(Route(PATH, door, include_in_schema=False))
    return door
