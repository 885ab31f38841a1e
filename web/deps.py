"""FastAPI dependencies that every door needs: who asks, the settings, and a service by its name.

The entry point puts all services on ``app.state.services``; until then, every route answers that Footnote is starting.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request

from core.access import Principal
from core.context import current_principal
from core.errors import NotAuthenticated, UpstreamUnavailable
from core.settings import Settings
from web import scopes
from web.credentials import Credential, presented_credential
from web.origin import require_own
from web.server.connections import signed_in


def services(request: Request) -> Any:
    """All services of the process (:class:`services.Services`). Raises UpstreamUnavailable before they are built."""
    built = getattr(request.app.state, "services", None)
    if built is None:
        raise UpstreamUnavailable("Footnote is starting; try again in a moment.", retry_after_s=2)
    return built


def service(name: str) -> Any:
    """A dependency: the service of this name."""

    def get(request: Request) -> Any:
        return getattr(services(request), name)

    return Depends(get)


SettingsDep = Annotated[Settings, service("settings")]


def get_credential(request: Request, settings: SettingsDep) -> Credential:
    """The request's credential. With a cookie, a request that changes something must come from our own pages."""
    credential = presented_credential(request)
    if credential is None:
        raise NotAuthenticated("Sign in first.")
    if credential.kind == "browser":
        require_own(request.scope, settings.public_url)
    return credential


async def get_principal(
    request: Request, credential: Annotated[Credential, Depends(get_credential)]
) -> AsyncIterator[Principal]:
    """The signed-in person; during the request also ``core.context.current_principal``.

    Raises:
        NotPermitted: signed in with an API key whose scopes do not open this address.
    """
    principal: Principal = await services(request).accounts.authenticate(credential.token, kind=credential.kind)
    scopes.require(principal, request.scope)
    signed_in(request.scope, principal.user_id)
    token = current_principal.set(principal)
    try:
        yield principal
    finally:
        current_principal.reset(token)


CurrentPrincipal = Annotated[Principal, Depends(get_principal)]
