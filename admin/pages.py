"""What every page of the console shares: who may see it, its navigation, and the way from a form back to the page."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from core.access import Principal, require_admin
from core.words import N_
from web import templating
from web.deps import CurrentPrincipal
from web.page_route import PageRoute
from web.templating import back_to as back_to

NAVIGATION = (  # (address, name): the sections of the console in their order
    ("/admin", N_("Dashboard")),
    ("/admin/conversations", N_("Conversations")),
    ("/admin/reviews", N_("Review queue")),
    ("/admin/cases", N_("Test cases")),
    ("/admin/jobs", N_("Jobs")),
    ("/admin/people", N_("People")),
    ("/admin/libraries", N_("Libraries")),
    ("/admin/groups", N_("Groups")),
    ("/admin/keys", N_("API keys")),
    ("/admin/audit", N_("Audit log")),
    ("/admin/rights", N_("Holds and retention")),
)


async def get_admin(principal: CurrentPrincipal) -> Principal:
    """The signed-in admin. Raises NotPermitted for everybody else."""
    require_admin(principal)
    return principal


Admin = Annotated[Principal, Depends(get_admin)]


def console_router(section: str) -> APIRouter:
    """A router for the pages of a section, such as ``/admin/jobs``: errors become pages."""
    return APIRouter(prefix=section, route_class=PageRoute, include_in_schema=False)


def page(
    request: Request, principal: Principal, template: str, *, section: str, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """A page of the console."""
    shown = {"navigation": NAVIGATION, "section": section} | context
    return templating.page(request, principal, template, status_code=status_code, **shown)
