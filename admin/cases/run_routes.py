"""``/admin/cases/runs``: runs over the test cases, their progress, and two of them side by side."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Query, Request, Response

from admin.cases.routes import SECTION, RunsDep
from admin.cases.trend import trend_of
from admin.pages import Admin, back_to, console_router, page
from core.errors import Conflict

ADDRESS = f"{SECTION}/runs"
PER_PAGE = 30
router = console_router(ADDRESS)


@router.get("")
async def run_list(
    request: Request, me: Admin, runs: RunsDep, cursor: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """All runs, newest first."""
    shown = await runs.page(me, limit=PER_PAGE, cursor=cursor)
    trend = trend_of(await runs.trend(me))
    return page(request, me, "admin/cases/runs.html", section=SECTION, shown=shown, trend=trend)


@router.post("")
async def start(
    me: Admin,
    runs: RunsDep,
    tag: Annotated[str, Form(max_length=200)] = "",
    case_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Have the cases run: all that are enabled, those of a tag, or one."""
    try:
        run_id = await runs.start(me, tag or None, None if case_id is None else [case_id])
    except Conflict as error:
        return back_to(SECTION, error.message)
    return back_to(f"{ADDRESS}/{run_id}")


@router.get("/compare")
async def compare(request: Request, me: Admin, runs: RunsDep, left: UUID, right: UUID) -> Response:
    """Two runs side by side."""
    comparison = await runs.compare(me, left, right)
    return page(request, me, "admin/cases/compare.html", section=SECTION, comparison=comparison)


@router.get("/{run_id}")
async def run(request: Request, me: Admin, runs: RunsDep, run_id: UUID) -> Response:
    """A run: its progress and its results."""
    view = await runs.get(me, run_id)
    results = [one for one in await runs.results(me, run_id) if one.state != "waiting"]
    return page(request, me, "admin/cases/run.html", section=SECTION, run=view, results=results)


@router.get("/{run_id}/progress")
async def progress(me: Admin, runs: RunsDep, run_id: UUID) -> dict[str, Any]:
    """How far a run is, for the script of its page."""
    view = await runs.get(me, run_id)
    return {
        "is_over": view.is_over,
        "done": view.done,
        "total": view.total,
        "passed": view.passed,
        "failed": view.failed,
    }


@router.post("/{run_id}/stop")
async def stop(me: Admin, runs: RunsDep, run_id: UUID) -> Response:
    """Stop a run."""
    await runs.stop(me, run_id)
    return back_to(f"{ADDRESS}/{run_id}")
