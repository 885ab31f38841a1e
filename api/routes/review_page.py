"""The page where admins see what people told them."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import CurrentPrincipal
from api.html import PageRoute, frame
from core.access import require_admin

router = APIRouter(route_class=PageRoute)


@router.get("/reviews")
async def reviews(request: Request, principal: CurrentPrincipal) -> HTMLResponse:
    """Questions that the documents did not answer, as people sent them."""
    require_admin(principal)
    body = '<div id="reviews"></div>'
    return frame(request, "Reviews · Footnote", body, script="admin/reviews.js", style="admin/reviews.css")
