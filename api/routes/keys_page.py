"""The page of one's own API keys."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from core.words import N_
from web.deps import CurrentPrincipal, SettingsDep
from web.html import frame
from web.page_route import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/keys")
async def keys(request: Request, principal: CurrentPrincipal, settings: SettingsDep) -> HTMLResponse:
    """The list of the caller's API keys: make one, see when each was used, revoke it."""
    days = f'data-default-days="{settings.keys.default_days}" data-most-days="{settings.keys.most_days}"'
    admin = " data-admin" if principal.is_admin else ""
    return frame(
        request,
        N_("API keys · Footnote"),
        f'<div id="keys" {days}{admin}></div>',
        script="keys/keys.js",
        style="keys/keys.css",
    )
