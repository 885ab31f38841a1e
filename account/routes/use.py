"""The page of what one has used."""

from fastapi import Request, Response

from account.pages import account_router, page
from account.routes.profile import OwnAccountDep
from web.deps import CurrentPrincipal

router = account_router("/account/use")


@router.get("")
async def show(request: Request, me: CurrentPrincipal, own: OwnAccountDep) -> Response:
    """Questions, tokens and storage, beside what one may use."""
    return page(request, me, "account/use.html", section="/account/use", use=await own.use(me))
