"""What one's own pages share: their navigation, and the layout."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from core.access import Principal
from core.words import N_
from web import templating
from web.page_route import PageRoute
from web.templating import back_to as back_to

NAVIGATION = (  # (address, name): one's own pages in their order
    ("/account", N_("Profile")),
    ("/account/password", N_("Password")),
    ("/account/sign-ins", N_("Sign-ins")),
    ("/keys", N_("API keys")),
    ("/account/use", N_("Use")),
    ("/account/shares", N_("Shared links")),
    ("/account/openings", N_("Opened by admins")),
    ("/account/data", N_("Your data")),
)


def account_router(section: str) -> APIRouter:
    """A router for one of the pages, such as ``/account/use``: errors become pages."""
    return APIRouter(prefix=section, route_class=PageRoute, include_in_schema=False)


def page(
    request: Request, principal: Principal, template: str, *, section: str, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """One of one's own pages."""
    shown = {"navigation": NAVIGATION, "section": section} | context
    return templating.page(request, principal, template, status_code=status_code, **shown)
