"""Signing in where somebody else knows who one is: at a provider of OpenID Connect, or at a proxy in front."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from accounts.identities import PROXY, Identified
from accounts.oidc import FLOW_S, OidcProvider
from accounts.sessions import SignIn
from api.deps import AccountsDep
from core.addresses import networks_of
from core.errors import NotAuthenticated, NotFound
from core.settings import Settings
from web.credentials import COOKIE, cookie_names
from web.deps import CurrentPrincipal, SettingsDep
from web.links import whole_address
from web.page_route import PageRoute
from web.peer import is_from

log = structlog.get_logger(__name__)

pages = APIRouter(prefix="/sso", route_class=PageRoute, include_in_schema=False)
router = APIRouter(prefix="/api/sso")

FLOW_COOKIE = "footnote_sso"
SEE_OTHER = 303


class Way(BaseModel):
    """A way to sign in besides name and password; ``url`` begins it."""

    name: str
    url: str


class SignedOut(BaseModel):
    """Where the browser goes to sign out at the provider too."""

    url: str


def provider(accounts: AccountsDep) -> OidcProvider:
    """The provider of the settings."""
    if accounts.oidc is None:
        raise NotFound("There is no single sign-on here. Sign in with a name and a password.")
    return accounts.oidc


ProviderDep = Annotated[OidcProvider, Depends(provider)]


@router.get("")
async def ways(accounts: AccountsDep, settings: SettingsDep) -> list[Way]:
    """The ways to sign in besides name and password, for the sign-in page."""
    found = [Way(name=accounts.oidc.name, url="/sso/login")] if accounts.oidc else []
    return [*found, Way(name="your organisation", url="/sso/proxy")] if settings.proxy.user_header else found


@pages.get("/login")
async def begin(request: Request, provider: ProviderDep, settings: SettingsDep) -> Response:
    """Go to the provider."""
    begun = await provider.begin(whole_address(request, settings, "/sso/callback"))
    response = RedirectResponse(begun.url, SEE_OTHER)
    response.set_cookie(
        FLOW_COOKIE,
        begun.cookie,
        max_age=FLOW_S,
        path="/sso",
        httponly=True,
        samesite="lax",
        secure=is_secure(settings),
    )
    return response


@pages.get("/callback")
async def finish(request: Request, provider: ProviderDep, accounts: AccountsDep, settings: SettingsDep) -> Response:
    """Come back from the provider: who was signed in there is signed in here."""
    person = await provider.finish(
        request.cookies.get(FLOW_COOKIE, ""), request.query_params, whole_address(request, settings, "/sso/callback")
    )
    response = signed_in(request, settings, await accounts.identities.sign_in(person))
    response.delete_cookie(FLOW_COOKIE, path="/sso", httponly=True, samesite="lax")
    return response


@pages.get("/proxy")
async def by_proxy(request: Request, accounts: AccountsDep, settings: SettingsDep) -> Response:
    """Sign in whom the proxy in front has signed in; its header is believed from ``FOOTNOTE_TRUSTED_PROXIES`` alone."""
    if not settings.proxy.user_header:
        raise NotFound("No proxy signs people in here. Sign in with a name and a password.")
    names = request.headers.getlist(settings.proxy.user_header)
    is_trusted = is_from(request.scope, networks_of(settings.trusted_proxies))
    if not is_trusted or len(names) != 1 or not names[0].strip():
        log.warning("proxy.refused", is_trusted=is_trusted, headers=len(names))
        raise NotAuthenticated("The proxy in front has not signed you in.")
    claimed = request.headers.get(settings.proxy.groups_header, "") if settings.proxy.groups_header else ""
    name = names[0].strip().encode("latin-1").decode("utf-8", "replace")
    person = Identified(PROXY, name.lower(), name, tuple(claimed.split(",")))
    return signed_in(request, settings, await accounts.identities.sign_in(person))


@router.post("/logout")
async def sign_out(
    request: Request, response: Response, principal: CurrentPrincipal, accounts: AccountsDep, settings: SettingsDep
) -> SignedOut:
    """End the sign-in of this request; ``url`` is where the browser signs out at the provider too."""
    id_token = await accounts.sign_out(principal.session_id) if principal.session_id else None
    for name in cookie_names(request):
        response.delete_cookie(name, httponly=True, samesite="lax")
    back = whole_address(request, settings, "/login")
    url = await accounts.oidc.sign_out_url(id_token, back) if accounts.oidc and id_token else None
    return SignedOut(url=url or "/login")


def signed_in(request: Request, settings: Settings, sign_in: SignIn) -> Response:
    """The chat's page, with the cookie of a sign-in."""
    response = RedirectResponse("/", SEE_OTHER)
    for name in cookie_names(request):
        if name != COOKIE:
            response.delete_cookie(name, httponly=True, samesite="lax")
    response.set_cookie(
        COOKIE,
        sign_in.token,
        max_age=settings.session.ttl_s,
        httponly=True,
        samesite="lax",
        secure=is_secure(settings),
    )
    return response


def is_secure(settings: Settings) -> bool:
    """True when cookies travel over HTTPS only."""
    return settings.cookies_are_secure
