"""The audit log in the console: read, check and export it."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.responses import StreamingResponse

from accounts.audit_log import AuditLog, Format, sentence_of
from admin.days import day_of, end_of
from admin.pages import Admin, back_to, console_router, page
from core.errors import Invalid
from db.audit_log import Wanted
from web.deps import service
from web.text import StorableText

SECTION = "/admin/audit"
AuditDep = Annotated[AuditLog, service("audit_log")]
Words = Annotated[StorableText, Query(max_length=200)]
Field = Annotated[StorableText, Form(max_length=200)]

router = console_router(SECTION)


@router.get("")
async def show(
    request: Request,
    me: Admin,
    audit_log: AuditDep,
    person: Words = "",
    action: Words = "",
    target: Words = "",
    since: Words = "",
    until: Words = "",
    cursor: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Response:
    """Events, newest first, that match all that is filled in."""
    problem, wanted = None, Wanted(person, action, target)
    try:
        wanted = wanted_of(person, action, target, since, until)
    except Invalid as error:
        problem = error.message
    entries, following = await audit_log.page(me, wanted, cursor)
    return page(
        request,
        me,
        "admin/audit.html",
        section=SECTION,
        problem=problem,
        entries=entries,
        following=following,
        actions=await audit_log.actions(me),
        asked={"person": person, "action": action, "target": target, "since": since, "until": until},
    )


@router.post("/verify")
async def verify(me: Admin, audit_log: AuditDep) -> Response:
    """Compute the chain again, and say what was found."""
    return back_to(SECTION, sentence_of(await audit_log.check(me)))


@router.post("/export")
async def export(
    me: Admin,
    audit_log: AuditDep,
    shape: Annotated[Format, Form(alias="format")] = "jsonl",
    person: Field = "",
    action: Field = "",
    target: Field = "",
    since: Field = "",
    until: Field = "",
) -> Response:
    """The events that match, oldest first, as a file of one JSON object a line."""
    lines = audit_log.export(me, wanted_of(person, action, target, since, until), shape)
    name = f"footnote-audit-{datetime.now(UTC):%Y-%m-%d}.{'ocsf.' if shape == 'ocsf' else ''}jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, media_type="application/jsonl", headers=headers)


def wanted_of(person: str, action: str, target: str, since: str, until: str) -> Wanted:
    """The filter of a form; days are in UTC, the last one included. Raises Invalid for what is no day."""
    return Wanted(person, action.strip(), target.strip(), day_of(since), end_of(until))
