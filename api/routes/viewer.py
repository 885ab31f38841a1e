"""Pages of a citation, of a job, and of an answer's trace."""

from html import escape
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import AnswersDep, IngestionDep, LedgerDep, Number, SharesDep, ShareToken
from core.words import N_
from web.deps import CurrentPrincipal
from web.html import frame
from web.page_route import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/cite/{answer_run_id}/{number}")
async def citation_page(
    answer_run_id: UUID,
    number: Number,
    request: Request,
    principal: CurrentPrincipal,
    answers: AnswersDep,
    shares: SharesDep,
    share: ShareToken = None,
) -> HTMLResponse:
    """The source of a footnote at the cited place, with the passage highlighted; with a token, of a shared conversation."""
    source = f"/api/citations/{answer_run_id}/{number}"
    if share is None:
        citation = await answers.citation(principal, answer_run_id, number)
    else:
        citation = await shares.citation(principal, share, answer_run_id, number)
        source += f"?share={quote(share, safe='')}"
    body = f'<main id="viewer" data-source="{escape(source)}"></main>'
    return frame(request, f"[{number}] {citation.title}", body, script="viewer/viewer.js")


@router.get("/jobs/{job_id}")
async def job_page(
    job_id: UUID, request: Request, principal: CurrentPrincipal, ingestion: IngestionDep
) -> HTMLResponse:
    """Progress of an ingestion job, live."""
    job = await ingestion.job(principal, job_id)
    body = f'<main id="job" class="notice" data-job="/api/jobs/{job_id}"><h1>{escape(job.title)}</h1></main>'
    return frame(request, job.title, body, script="viewer/job.js")


@router.get("/answers/{answer_run_id}")
async def answer_page(
    answer_run_id: UUID, request: Request, principal: CurrentPrincipal, ledger: LedgerDep
) -> HTMLResponse:
    """How one of the caller's answers was found, as a picture of its stages."""
    await ledger.run(principal, answer_run_id)
    body = f'<main id="answer" data-run="/api/answer-runs/{answer_run_id}"></main>'
    return frame(request, N_("How this was found"), body, script="answer/answer.js", style="answer/answer.css")
