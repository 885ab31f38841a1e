"""``/admin/cases``: the test set, a case, files in and out."""

from dataclasses import replace
from typing import Annotated, get_args
from uuid import UUID

from fastapi import Query, Request, Response

from admin.cases.forms import CaseForm, titles_of
from admin.cases.trend import trend_of
from admin.pages import Admin, back_to, console_router, page
from answers.cases import CaseRuns, Cases
from answers.cases.service import ImportFailed
from answers.cases.types import CaseView
from core.access import Principal
from core.errors import FootnoteError, Invalid, PreconditionFailed
from db.cases import CaseFilter, CaseQuery
from rag.questions.kind import Kind
from web.deps import service
from web.multipart import open_upload

SECTION = "/admin/cases"
PER_PAGE = 50
FILE_NAME = "test-cases.jsonl"
router = console_router(SECTION)

CasesDep = Annotated[Cases, service("cases")]
RunsDep = Annotated[CaseRuns, service("case_runs")]
Text = Annotated[str, Query(max_length=200)]


def query_of(state: str, tag: str, search: str) -> CaseQuery:
    """Which cases a list shows; an unknown state shows all."""
    states: tuple[CaseFilter, ...] = get_args(CaseFilter)
    known: CaseFilter = next((one for one in states if one == state), "all")
    return CaseQuery(known, tag, search.strip())


@router.get("")
async def case_list(
    request: Request,
    me: Admin,
    cases: CasesDep,
    runs: RunsDep,
    state: Text = "all",
    tag: Text = "",
    q: Text = "",
    cursor: Text | None = None,
) -> Response:
    """The test set, with the result of each case's latest run."""
    query = query_of(state, tag, q)
    shown = await cases.page(me, query, limit=PER_PAGE, cursor=cursor)
    latest = (await runs.page(me, limit=1)).runs
    trend = trend_of(await runs.trend(me))
    return page(
        request,
        me,
        "admin/cases/list.html",
        section=SECTION,
        shown=shown,
        query=query,
        latest=latest[0] if latest else None,
        trend=trend,
    )


@router.get("/export")
async def export(me: Admin, cases: CasesDep, state: Text = "all", tag: Text = "", q: Text = "") -> Response:
    """The cases of a list as JSON Lines."""
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"', "Cache-Control": "no-store"}
    lines = await cases.export(me, query_of(state, tag, q))
    return Response(lines, media_type="application/jsonl; charset=utf-8", headers=headers)


@router.get("/import")
async def import_form(request: Request, me: Admin) -> Response:
    """Where a file is chosen."""
    return page(request, me, "admin/cases/import.html", section=SECTION, problems=())


@router.post("/import")
async def import_file(request: Request, me: Admin, cases: CasesDep) -> Response:
    """Take a file in: all of it, or nothing."""
    try:
        incoming = await open_upload(request)
        made, replaced = await cases.take_in(me, b"".join([piece async for piece in incoming.content]))
    except Invalid as error:
        problems = error.problems if isinstance(error, ImportFailed) else ()
        return page(
            request,
            me,
            "admin/cases/import.html",
            section=SECTION,
            status_code=error.status_code,
            problem=error.message,
            problems=problems,
        )
    return back_to(SECTION, f"New cases: {made:,}. Replaced: {replaced:,}.")


@router.get("/new")
async def new_form(request: Request, me: Admin, cases: CasesDep, review_item: UUID | None = None) -> Response:
    """The form of a new case; filled in from a review item where one is named."""
    if review_item is None:
        return await _form(request, me, cases, CaseForm())
    draft = await cases.draft(me, review_item)
    return await _form(request, me, cases, CaseForm.of(draft.content, review_item), unreadable=draft.unreadable)


@router.post("")
async def create(request: Request, me: Admin, cases: CasesDep) -> Response:
    """Store a new case."""
    form = CaseForm.read(await request.form())
    try:
        content = form.content(titles_of(await cases.libraries(me)))
        case_id = await cases.create(me, content, form.review_item_id)
    except FootnoteError as error:
        return await _form(request, me, cases, form, problem=error)
    return back_to(f"{SECTION}/{case_id}", "The case is stored.")


@router.get("/{case_id}")
async def case(request: Request, me: Admin, cases: CasesDep, case_id: UUID) -> Response:
    """A case: its form and its latest results."""
    view = await cases.get(me, case_id)
    return await _form(request, me, cases, CaseForm.of(view), view)


@router.post("/{case_id}")
async def change(request: Request, me: Admin, cases: CasesDep, case_id: UUID) -> Response:
    """Change a case."""
    form = CaseForm.read(await request.form())
    view = await cases.get(me, case_id)
    try:
        content = form.content(titles_of(view.libraries, await cases.libraries(me)))
        await cases.change(me, case_id, content, form.version)
    except PreconditionFailed as error:
        view = await cases.get(me, case_id)
        form = replace(form, version=view.version)
        return await _form(request, me, cases, form, view, problem=error, is_conflict=True)
    except FootnoteError as error:
        return await _form(request, me, cases, form, view, problem=error)
    return back_to(f"{SECTION}/{case_id}", "The case is stored.")


@router.post("/{case_id}/delete")
async def delete(me: Admin, cases: CasesDep, case_id: UUID) -> Response:
    """Delete a case with its results."""
    await cases.remove(me, case_id)
    return back_to(SECTION, "The case is deleted.")


async def _form(
    request: Request,
    me: Principal,
    cases: Cases,
    form: CaseForm,
    view: CaseView | None = None,
    *,
    problem: FootnoteError | None = None,
    is_conflict: bool = False,
    unreadable: bool = False,
) -> Response:
    """The page of a case, new or stored."""
    libraries = titles_of(view.libraries if view else (), await cases.libraries(me))
    return page(
        request,
        me,
        "admin/cases/case.html",
        section=SECTION,
        status_code=problem.status_code if problem else 200,
        problem=problem.message if problem else None,
        form=form,
        case=view,
        libraries=libraries,
        kinds=[kind.value for kind in Kind],
        is_conflict=is_conflict,
        unreadable=unreadable,
        results=await cases.results(me, view.id) if view else [],
        is_fixable=await cases.fixable(me, view.review_item_id) if view else False,
    )
