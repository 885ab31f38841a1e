"""Legal holds, and how long libraries keep documents."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from admin.pages import Admin, back_to, console_router, page
from core.access import Principal
from core.errors import Conflict, FootnoteError, Invalid, NotFound
from db.holds import SUBJECTS
from rights.service import Rights
from web.deps import SettingsDep, service

SECTION = "/admin/rights"
router = console_router(SECTION)
RightsDep = Annotated[Rights, service("rights")]
Text = Annotated[str, Form(max_length=1000)]


@router.get("")
async def rights(
    request: Request,
    me: Admin,
    rights: RightsDep,
    settings: SettingsDep,
    kind: str = "user",
    subject: str = "",
    cursor: str | None = None,
) -> HTMLResponse:
    """Open holds, a form for a new one (``?kind=thread&subject=…`` fills it), and the libraries with a limit."""
    return await _page(
        request, me, rights, settings.retention.conversations_days, {"kind": kind, "subject": subject}, cursor
    )


@router.post("/holds")
async def place(
    request: Request,
    me: Admin,
    rights: RightsDep,
    settings: SettingsDep,
    kind: Text = "",
    subject: Text = "",
    reason: Text = "",
) -> Response:
    """Put something under a hold."""
    try:
        await rights.holds.place(me, kind, subject, reason)
    except (Invalid, NotFound, Conflict) as error:
        typed = {"kind": kind, "subject": subject, "reason": reason}
        return await _page(request, me, rights, settings.retention.conversations_days, typed, problem=error)
    return back_to(SECTION, "It is under a legal hold now: nobody can delete it.")


@router.post("/holds/{hold_id}/release")
async def release(hold_id: UUID, me: Admin, rights: RightsDep) -> RedirectResponse:
    """End a hold."""
    try:
        await rights.holds.release(me, hold_id)
    except Conflict as error:
        return back_to(SECTION, error.message)
    return back_to(SECTION, "The hold is ended.")


@router.post("/retention")
async def retention(
    request: Request, me: Admin, rights: RightsDep, settings: SettingsDep, library: Text = "", days: Text = ""
) -> Response:
    """Set how long a shared library keeps its documents."""
    try:
        await rights.holds.keep_for(me, library, _days(days))
    except (Invalid, NotFound) as error:
        typed = {"library": library, "days": days}
        return await _page(request, me, rights, settings.retention.conversations_days, typed, problem=error)
    return back_to(SECTION, "It is set.")


async def _page(
    request: Request,
    me: Principal,
    rights: Rights,
    conversations_days: int,
    typed: dict[str, str],
    cursor: str | None = None,
    problem: FootnoteError | None = None,
) -> HTMLResponse:
    shown = await rights.holds.page(me, cursor=cursor)
    return page(
        request,
        me,
        "admin/rights.html",
        section=SECTION,
        status_code=problem.status_code if problem else 200,
        problem=problem.message if problem else None,
        typed={"kind": "user", "subject": "", "reason": "", "library": "", "days": ""} | typed,
        kinds=tuple(SUBJECTS.items()),
        holds=shown.holds,
        next_cursor=shown.next_cursor,
        limits=(await rights.holds.limits(me)).items(),
        conversations_days=conversations_days,
    )


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise Invalid("Give a whole number of days, or nothing.")
    return int(text)
