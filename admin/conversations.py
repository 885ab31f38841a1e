"""Conversations of all people in the console: find them, say why, and read them beside how they were answered."""

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Form, Query, Request, Response

from admin.days import day_of, end_of
from admin.pages import Admin, back_to, console_router, page
from conversations.oversight.service import ConversationOversight
from core.access import Oversight, Principal
from core.errors import Invalid
from db.oversight import LONGEST_REASON, MARKS, Wanted
from web.deps import service
from web.markdown import html_of
from web.text import StorableText

SECTION = "/admin/conversations"
OversightDep = Annotated[ConversationOversight, service("oversight")]
Words = Annotated[StorableText, Query(max_length=200)]

router = console_router(SECTION)


@router.get("")
async def find(
    request: Request,
    me: Admin,
    oversight: OversightDep,
    words: Words = "",
    person: Words = "",
    library: Words = "",
    model: Words = "",
    since: Words = "",
    until: Words = "",
    cost: Words = "",
    mark: Annotated[list[str] | None, Query(max_length=len(MARKS))] = None,
    cursor: Annotated[StorableText | None, Query(max_length=300)] = None,
) -> Response:
    """Conversations, the last asked in first, that match all that is filled in."""
    marks = tuple(one for one in MARKS if one in (mark or ()))
    problem, wanted = None, Wanted(words, person, library, model, marks=marks)
    try:
        days = {"since": day_of(since), "until": end_of(until)}
        wanted = Wanted(words, person, library, model, marks=marks, min_cost_usd=_cost(cost), **days)
    except Invalid as error:
        problem = error.message
    found = await oversight.page(me, wanted, cursor)
    fields = {"person": person, "library": library, "model": model, "since": since, "until": until, "cost": cost}
    return page(
        request,
        me,
        "admin/conversations.html",
        section=SECTION,
        problem=problem,
        found=found,
        models=await oversight.models(me),
        fields=fields,
        words=words,
        marks=marks,
        is_reason_needed=oversight.rule is Oversight.REASON,
        is_filtered=bool(words or marks or any(fields.values())),
    )


@router.get("/{thread_id}")
async def read(
    request: Request,
    me: Admin,
    oversight: OversightDep,
    thread_id: UUID,
    cursor: Annotated[StorableText | None, Query(max_length=300)] = None,
) -> Response:
    """The conversation; where the settings ask for a reason, a form for it first."""
    transcript = await oversight.transcript(me, thread_id, cursor)
    if transcript is None:
        return _form(request, me, thread_id)
    rendered = partial(html_of, lead=_lead)
    return page(request, me, "admin/transcript.html", section=SECTION, transcript=transcript, rendered=rendered)


@router.post("/{thread_id}/open")
async def open_(
    request: Request,
    me: Admin,
    oversight: OversightDep,
    thread_id: UUID,
    reason: Annotated[StorableText, Form(max_length=10_000)] = "",
) -> Response:
    """Open a conversation for an hour; its owner sees by whom, when and why."""
    try:
        if len(reason) > LONGEST_REASON:
            raise Invalid(f"A reason may have {LONGEST_REASON} characters; this one has {len(reason):,}.")
        await oversight.open(me, thread_id, reason)
    except Invalid as error:
        return _form(request, me, thread_id, reason, problem=error.message)
    return back_to(f"{SECTION}/{thread_id}")


def _form(request: Request, me: Principal, thread_id: UUID, reason: str = "", problem: str | None = None) -> Response:
    """The form for a reason."""
    return page(
        request,
        me,
        "admin/open_conversation.html",
        section=SECTION,
        status_code=422 if problem else 200,
        problem=problem,
        thread_id=thread_id,
        reason=reason,
        longest=LONGEST_REASON,
    )


def _cost(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        cost = Decimal(text.strip())
    except InvalidOperation:
        cost = Decimal("NaN")
    if not cost.is_finite() or not 0 <= cost < 10**8:
        raise Invalid("A cost is a number of dollars, such as 0.05.")
    return cost


def _lead(address: str) -> str | None:
    """A footnote leads to its passage on this page; every other link is left out."""
    kind, _, place = address.removeprefix("/").partition("/")
    run, _, number = place.partition("/")
    return f"#source-{run}-{number}" if kind == "cite" and number.isdecimal() else None
