"""The jobs monitor: queues, workers, files and questions in the background, and stopping or repeating them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from admin.pages import Admin, back_to, console_router, page
from core.errors import Conflict, Invalid
from ingestion.monitor import JobMonitor
from web.deps import service

SECTION = "/admin/jobs"
STATES = ("started", "queued", "failed", "stopped", "finished")
State = Literal["started", "queued", "failed", "stopped", "finished"]
Action = Literal["stop-waiting", "stop-running", "retry-failed", "retry-stopped"]
STATES_OF: dict[Action, str] = {
    "stop-waiting": "queued",
    "stop-running": "started",
    "retry-failed": "failed",
    "retry-stopped": "stopped",
}
Monitor = Annotated[JobMonitor, service("monitor")]
ShownState = Annotated[str, Query(alias="state", max_length=20)]
Cursor = Annotated[str | None, Query(max_length=200)]

router = console_router(SECTION)


@router.get("")
async def jobs(
    request: Request, me: Admin, monitor: Monitor, state: ShownState = "started", cursor: Cursor = None
) -> HTMLResponse:
    """The page; its script asks for the live part again and again."""
    return await _shown(request, me, monitor, "admin/jobs.html", state, cursor)


@router.get("/live")
async def live(
    request: Request, me: Admin, monitor: Monitor, state: ShownState = "started", cursor: Cursor = None
) -> HTMLResponse:
    """The live part of the page alone."""
    return await _shown(request, me, monitor, "admin/jobs_live.html", state, cursor)


@router.get("/all")
async def ask_all(request: Request, me: Admin, monitor: Monitor, action: Action) -> HTMLResponse:
    """Asks before many jobs are stopped or repeated."""
    count = await monitor.count(me, [STATES_OF[action]])
    return page(request, me, "admin/jobs_all.html", section=SECTION, action=action, count=count)


@router.post("/all")
async def do_all(me: Admin, monitor: Monitor, action: Annotated[Action, Form()]) -> RedirectResponse:
    """Stop or repeat all jobs in a state."""
    state = STATES_OF[action]
    if action.startswith("stop"):
        count = await monitor.stop_all(me, [state])
        return back_to(SECTION, f"{count} files were stopped.", {"state": "stopped"})
    count = await monitor.retry_all(me, [state])
    return back_to(SECTION, f"{count} files are read again.", {"state": "queued"})


@router.post("/{job_id}/stop")
async def stop(
    me: Admin, monitor: Monitor, job_id: UUID, state: Annotated[State, Form()] = "started"
) -> RedirectResponse:
    """Stop one file."""
    is_stopped = await monitor.stop(me, job_id)
    return back_to(SECTION, "The file was stopped." if is_stopped else "It had ended already.", {"state": state})


@router.post("/{job_id}/retry")
async def retry(
    me: Admin, monitor: Monitor, job_id: UUID, state: Annotated[State, Form()] = "failed"
) -> RedirectResponse:
    """Read one file again."""
    try:
        await monitor.retry(me, job_id)
    except Conflict as error:  # another admin was first: the list shows what is now
        return back_to(SECTION, error.message, {"state": state})
    return back_to(SECTION, "The file is read again.", {"state": state})


@router.post("/questions/{answer_run_id}/stop")
async def stop_question(
    me: Admin, monitor: Monitor, answer_run_id: UUID, state: Annotated[State, Form()] = "started"
) -> RedirectResponse:
    """Stop one question."""
    is_stopped = await monitor.stop_question(me, answer_run_id)
    said = "The question is being stopped." if is_stopped else "It had ended already."
    return back_to(SECTION, said, {"state": state})


async def _shown(
    request: Request, me: Admin, monitor: JobMonitor, template: str, state: str, cursor: str | None
) -> HTMLResponse:
    state = state if state in STATES else "started"
    try:
        snapshot = await monitor.snapshot(me, state=state, cursor=cursor)
    except Invalid:
        snapshot = await monitor.snapshot(me, state=state)
    return page(request, me, template, section=SECTION, view=snapshot, state=state, cursor=cursor)
