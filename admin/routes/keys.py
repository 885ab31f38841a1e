"""All API keys: whose they are, what they open, when they were used; and ending one."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from accounts.service import Accounts
from admin.pages import Admin, back_to, console_router, page
from admin.routes.people import PAGE, Cursor, Search
from web.deps import service

router = console_router("/admin/keys")
SECTION = "/admin/keys"
AccountsDep = Annotated[Accounts, service("accounts")]


@router.get("")
async def show(
    request: Request, me: Admin, accounts: AccountsDep, q: Search = "", state: str = "active", cursor: Cursor = None
) -> Response:
    """API keys, newest first."""
    only_open = state != "all"
    keys, next_cursor = await accounts.keys.page(me, search=q, only_open=only_open, limit=PAGE, cursor=cursor)
    return page(
        request,
        me,
        "admin/keys/list.html",
        section=SECTION,
        keys=keys,
        next_cursor=next_cursor,
        q=q,
        state="active" if only_open else "all",
    )


@router.post("/{key_id}/revoke")
async def revoke(key_id: UUID, me: Admin, accounts: AccountsDep) -> Response:
    """End a key at once."""
    await accounts.keys.revoke_any(me, key_id)
    return back_to(SECTION, "The key is revoked.")
