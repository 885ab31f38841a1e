"""The former address of the review queue, which people have in their bookmarks."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from core.access import require_admin
from web.deps import CurrentPrincipal
from web.page_route import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/reviews")
async def reviews(principal: CurrentPrincipal) -> RedirectResponse:
    """The review queue is at ``/admin/reviews``."""
    require_admin(principal)
    return RedirectResponse("/admin/reviews", status_code=308)
