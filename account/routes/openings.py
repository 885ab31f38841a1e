"""Everyone's own page: which admins opened their conversations, and why."""

from typing import Annotated

from fastapi import Query, Request, Response

from account.pages import account_router, page
from conversations.oversight.service import ConversationOversight
from web.deps import CurrentPrincipal, service
from web.text import StorableText

router = account_router("/account/openings")


@router.get("")
async def show(
    request: Request,
    me: CurrentPrincipal,
    oversight: Annotated[ConversationOversight, service("oversight")],
    cursor: Annotated[StorableText | None, Query(max_length=300)] = None,
) -> Response:
    """Openings of one's own conversations by others, newest first."""
    found = await oversight.openings(me, cursor)
    return page(request, me, "account/openings.html", section="/account/openings", found=found)
