"""The page of one's profile."""

from typing import Annotated, Any

from fastapi import Request, Response

from account.pages import account_router, back_to, page
from accounts.own import OwnAccount
from core.access import Principal
from core.errors import FootnoteError, Invalid, PreconditionFailed
from core.precondition import tag_of
from web.deps import CurrentPrincipal, service
from web.forms import FormDep

router = account_router("/account")
OwnAccountDep = Annotated[OwnAccount, service("own_account")]
CHANGED = "An admin has changed your profile meanwhile. Look at it below, and save again."


@router.get("")
async def show(request: Request, me: CurrentPrincipal, own: OwnAccountDep) -> Response:
    """The profile: names, role, how one signs in."""
    return await _page(request, me, own)


@router.post("")
async def save(request: Request, me: CurrentPrincipal, own: OwnAccountDep, form: FormDep) -> Response:
    """Change the display name."""
    try:
        await own.rename(me, form.text("display_name"), form.seen)
    except (Invalid, PreconditionFailed) as error:
        problem = CHANGED if isinstance(error, PreconditionFailed) else error.message
        return await _page(request, me, own, error, problem=problem, display_name=form.values.get("display_name"))
    return back_to("/account", "Saved.")


async def _page(
    request: Request, me: Principal, own: OwnAccount, error: FootnoteError | None = None, **shown: Any
) -> Response:
    profile = await own.profile(me)
    shown = {"display_name": profile.card.display_name} | shown
    return page(
        request,
        me,
        "account/profile.html",
        section="/account",
        status_code=error.status_code if error else 200,
        profile=profile,
        seen=tag_of(profile.card),
        **shown,
    )
