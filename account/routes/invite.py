"""The page of a one-time link, where somebody chooses a password. Nobody is asked who they are: who has the link may."""

from typing import Annotated, Any

from fastapi import Request, Response

from account.pages import account_router
from accounts.people.links import Invited
from accounts.people.service import People
from accounts.rules import PASSWORD_MIN
from core.errors import FootnoteError, Invalid
from web import templating
from web.deps import SettingsDep, service
from web.forms import FormDep
from web.origin import require_own

router = account_router("/invite")
PeopleDep = Annotated[People, service("people")]


@router.get("/{token}")
async def show(token: str, request: Request, people: PeopleDep) -> Response:
    """The form, with the name of the person; a sentence when the link does not work."""
    return _page(request, await people.links.open(token, _address(request)))


@router.post("/{token}")
async def use(token: str, request: Request, people: PeopleDep, settings: SettingsDep, form: FormDep) -> Response:
    """Set the password; the link works no more."""
    require_own(request.scope, settings.public_url)
    try:
        if form.secret("new") != form.secret("again"):
            raise Invalid("The two passwords are not the same.")
        invited = await people.links.use(token, form.secret("new"), _address(request))
    except Invalid as error:
        return _page(request, await people.links.open(token, _address(request)), error)
    return _page(request, invited, is_done=True)


def _page(request: Request, invited: Invited, error: FootnoteError | None = None, **shown: Any) -> Response:
    return templating.page(
        request,
        None,
        "account/invite.html",
        status_code=error.status_code if error else 200,
        invited=invited,
        shortest=PASSWORD_MIN,
        **{"is_done": False, "problem": error.message if error else None, **shown},
    )


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
