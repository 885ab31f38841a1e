"""The page of one's sign-ins."""

from uuid import UUID

from fastapi import Request, Response

from account.pages import account_router, back_to, page
from account.routes.profile import OwnAccountDep
from web.deps import CurrentPrincipal

router = account_router("/account/sign-ins")
SECTION = "/account/sign-ins"


@router.get("")
async def show(request: Request, me: CurrentPrincipal, own: OwnAccountDep) -> Response:
    """Where one is signed in: device, address, since when, last used."""
    return page(request, me, "account/sign_ins.html", section=SECTION, sign_ins=await own.sign_ins(me))


@router.post("/end-others")
async def end_others(me: CurrentPrincipal, own: OwnAccountDep) -> Response:
    """End all sign-ins but the one of this page."""
    count = await own.end_other_sign_ins(me)
    return back_to(SECTION, f"Ended: {count}." if count else "There was no other sign-in.")


@router.post("/{session_id}/end")
async def end(session_id: UUID, me: CurrentPrincipal, own: OwnAccountDep) -> Response:
    """End one sign-in."""
    await own.end_sign_in(me, session_id)
    return back_to("/login" if session_id == me.session_id else SECTION, "The sign-in has ended.")
