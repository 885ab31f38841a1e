"""The page of a shared conversation; it works without a script."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import SharesDep
from web import templating
from web.deps import CurrentPrincipal
from web.page_route import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/shared/{token}")
async def shared(token: str, request: Request, principal: CurrentPrincipal, shares: SharesDep) -> HTMLResponse:
    """A conversation that somebody shares, as it was then; its sources as far as the reader may see them."""
    conversation = await shares.open(principal, token)
    return templating.page(request, principal, "shared.html", shared=conversation, document=conversation.document)
