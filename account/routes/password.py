"""The page where people change their own password."""

from typing import Annotated, Any

from fastapi import Request, Response

from account.pages import account_router, back_to, page
from account.routes.profile import OwnAccountDep
from accounts.own import OwnAccount
from accounts.rules import PASSWORD_MIN
from accounts.service import Accounts
from core.access import Principal
from core.errors import Conflict, FootnoteError, Invalid, LimitExceeded, NotAuthenticated
from web.deps import CurrentPrincipal, service
from web.forms import FormDep

router = account_router("/account/password")
SECTION = "/account/password"


@router.get("")
async def show(request: Request, me: CurrentPrincipal, own: OwnAccountDep) -> Response:
    """The form; for those whom a provider signs in, where their password is."""
    return await _page(request, me, own)


@router.post("")
async def change(
    request: Request,
    me: CurrentPrincipal,
    own: OwnAccountDep,
    accounts: Annotated[Accounts, service("accounts")],
    form: FormDep,
) -> Response:
    """Change the password; the sign-in of this page goes on."""
    try:
        if not (await own.profile(me)).has_password:
            raise Conflict("You have no password here.")
        if form.secret("new") != form.secret("again"):
            raise Invalid("The two new passwords are not the same.")
        await accounts.change_password(
            me,
            form.secret("present"),
            form.secret("new"),
            are_keys_revoked=form.has("revoke_keys"),
            ends="others" if form.has("end_others") else "none",
        )
    except NotAuthenticated:
        return await _page(request, me, own, Invalid("The present password is wrong."))
    except (Conflict, Invalid, LimitExceeded) as error:
        return await _page(request, me, own, error)
    return back_to(SECTION, "Your password is changed.")


async def _page(request: Request, me: Principal, own: OwnAccount, error: FootnoteError | None = None) -> Response:
    shown: dict[str, Any] = {"problem": error.message} if error else {}
    return page(
        request,
        me,
        "account/password.html",
        section=SECTION,
        status_code=error.status_code if error else 200,
        profile=await own.profile(me),
        shortest=PASSWORD_MIN,
        **shown,
    )
