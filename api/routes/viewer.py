"""Pages behind a footnote, behind a job's link, and behind an answer: how it was found."""

from html import escape
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import AnswersDep, CurrentPrincipal, IngestionDep, LedgerDep
from api.html import PageRoute, frame

router = APIRouter(route_class=PageRoute)


@router.get("/cite/{answer_run_id}/{number}")
async def citation_page(
    answer_run_id: UUID, number: int, request: Request, principal: CurrentPrincipal, answers: AnswersDep
) -> HTMLResponse:
    """The source of a footnote, at the cited place, the passage highlighted."""
    citation = await answers.citation(principal, answer_run_id, number)
    body = f'<main id="viewer" data-source="/api/citations/{answer_run_id}/{number}"></main>'
    return frame(request, f"[{number}] {citation.title}", body, script="viewer/viewer.js")


@router.get("/jobs/{job_id}")
async def job_page(
    job_id: UUID, request: Request, principal: CurrentPrincipal, ingestion: IngestionDep
) -> HTMLResponse:
    """How the reading of a document goes, live."""
    job = await ingestion.job(principal, job_id)
    body = f'<main id="job" class="notice" data-job="/api/jobs/{job_id}"><h1>{escape(job.title)}</h1></main>'
    return frame(request, job.title, body, script="viewer/job.js")


@router.get("/answers/{answer_run_id}")
async def answer_page(
    answer_run_id: UUID, request: Request, principal: CurrentPrincipal, ledger: LedgerDep
) -> HTMLResponse:
    """How an answer of one's own was found, as a picture of its stages."""
    await ledger.run(principal, answer_run_id)
    body = f'<main id="answer" data-run="/api/answer-runs/{answer_run_id}"></main>'
    return frame(request, "How this was found", body, script="answer/answer.js", style="answer/answer.css")
