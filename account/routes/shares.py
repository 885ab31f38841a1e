"""The list of one's own links to conversations; it works without a script."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from account.pages import account_router, back_to, page
from conversations.sharing.shares import Shares
from core.words import N_
from web.deps import CurrentPrincipal, service
from web.text import StorableText

SECTION = "/account/shares"
LINKS_PER_PAGE = 50
REVOKED = N_("The link was revoked; what it showed is deleted.")

router = account_router(SECTION)
SharesDep = Annotated[Shares, service("shares")]


@router.get("")
async def mine(
    request: Request,
    principal: CurrentPrincipal,
    shares: SharesDep,
    cursor: Annotated[StorableText | None, Query(max_length=4000)] = None,
) -> HTMLResponse:
    """The caller's links that work, the newest first."""
    found = await shares.page(principal, limit=LINKS_PER_PAGE, cursor=cursor)
    return page(request, principal, "account/shares.html", section=SECTION, links=found)


@router.post("/{share_id}/revoke")
async def revoke(share_id: UUID, principal: CurrentPrincipal, shares: SharesDep) -> RedirectResponse:
    """Revoke a link, then show the list again."""
    await shares.revoke(principal, share_id)
    return back_to(SECTION, REVOKED)
