"""The page where people export what is about them and erase their account, and the page of a receipt, which needs no account."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from account.pages import account_router, page
from core.access import Principal
from core.errors import Conflict, FootnoteError, LimitExceeded, NotAuthenticated
from rights.erasure.receipt import STAYS
from rights.service import Rights
from web import templating
from web.credentials import cookie_names
from web.deps import CurrentPrincipal, SettingsDep, service
from web.origin import require_own
from web.page_route import PageRoute

router = account_router("/account/data")
receipts = APIRouter(prefix="/erased", route_class=PageRoute, include_in_schema=False)  # needs no account

LONGEST_TICKET = 100
Password = Annotated[str, Form(max_length=1000)]
RightsDep = Annotated[Rights, service("rights")]
Ticket = Annotated[str, Query(max_length=LONGEST_TICKET)]


@router.get("")
async def data(request: Request, principal: CurrentPrincipal, rights: RightsDep) -> HTMLResponse:
    """Export and erasure."""
    return await _page(request, principal, rights)


@router.post("/export")
async def export(principal: CurrentPrincipal, rights: RightsDep) -> RedirectResponse:
    """Ask for an export."""
    await rights.exports.request(principal)
    await rights.wake()
    return RedirectResponse("/account/data", status_code=303)


@router.post("/erase")
async def erase(
    request: Request,
    principal: CurrentPrincipal,
    rights: RightsDep,
    password: Password = "",
    sure: Annotated[str, Form()] = "",
) -> Response:
    """Erase the caller's account; says what is wrong on the page itself."""
    if not sure:
        return await _page(
            request, principal, rights, Conflict("Tick the box first: an erased account cannot be brought back.")
        )
    try:
        ticket = await rights.erasures.request_own(principal, password)
    except (NotAuthenticated, Conflict, LimitExceeded) as error:
        return await _page(request, principal, rights, error)
    await rights.wake()
    response = RedirectResponse(f"/erased?{urlencode({'receipt': ticket})}", status_code=303)
    for name in cookie_names(request):
        response.delete_cookie(name, httponly=True, samesite="lax")
    return response


@receipts.get("")
async def receipt(request: Request, rights: RightsDep, receipt: Ticket = "") -> HTMLResponse:
    """How far an erasure is, and its receipt, for who has the link."""
    return templating.page(
        request, None, "account/erased.html", receipt=await rights.erasures.receipt(receipt), ticket=receipt
    )


@receipts.post("")
async def take_receipt(
    request: Request,
    rights: RightsDep,
    settings: SettingsDep,
    receipt: Annotated[str, Form(max_length=LONGEST_TICKET)] = "",
) -> Response:
    """The receipt as a file, once."""
    require_own(request.scope, settings.public_url)
    taken = await rights.erasures.take_receipt(receipt)
    headers = {
        "Content-Disposition": f'attachment; filename="receipt-{taken.receipt_id}.json"',
        "Cache-Control": "no-store",
    }
    return Response(taken.model_dump_json(indent=1), headers=headers, media_type="application/json")


async def _page(
    request: Request, principal: Principal, rights: Rights, problem: FootnoteError | None = None
) -> HTMLResponse:
    return page(
        request,
        principal,
        "account/data.html",
        section="/account/data",
        status_code=200 if problem is None else 422 if isinstance(problem, NotAuthenticated) else problem.status_code,
        problem=problem.message if problem else None,
        exports=await rights.exports.latest(principal),
        objections=await rights.erasures.objections(principal.user_id),
        stays=STAYS,
    )
