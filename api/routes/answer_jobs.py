"""Answer runs as jobs: how far one is, its answer, ending it. The short addresses without ``/api`` are the same routes."""

import asyncio
from typing import NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from answers.rendering import ChatAnswer, fold
from api.deps import RunsDep
from conversations.runs.types import JobState, RunStatus
from core.values import Frozen
from web.deps import CurrentPrincipal
from web.errors import error_response

router = APIRouter()

ASK_AGAIN_S = "1"


class JobAccepted(Frozen):
    """A question that is answered in the background, and where to ask for it."""

    job_id: UUID
    status: JobState = JobState.QUEUED
    status_url: str
    result_url: str
    events_url: str


class Addresses(NamedTuple):
    """Where a job is asked about."""

    status: str
    result: str
    events: str


def addresses_of(request: Request, job_id: UUID) -> Addresses:
    """The addresses of a job, short ones for a request to a short one."""
    prefix = "/api" if request.url.path.startswith("/api/") else ""
    return Addresses(f"{prefix}/job-status/{job_id}", f"{prefix}/result/{job_id}", f"/api/answer-runs/{job_id}/events")


@router.get("/api/job-status/{job_id}")
@router.get("/job-status/{job_id}")
async def status(job_id: UUID, principal: CurrentPrincipal, runs: RunsDep) -> RunStatus:
    """How far one of the caller's answers is: ``QUEUED``, ``STARTED``, ``FINISHED``, ``FAILED`` or ``STOPPED``."""
    return await runs.status(principal, job_id)


@router.post("/api/job-status/{job_id}/cancel")
@router.post("/job-status/{job_id}/cancel")
async def cancel(job_id: UUID, principal: CurrentPrincipal, runs: RunsDep) -> RunStatus:
    """End one of the caller's answers, wherever it is written; what was written stays. Nothing changes for one that has ended."""
    await runs.stop(principal, job_id)
    return await runs.status(principal, job_id)


@router.get("/api/result/{job_id}", response_model=ChatAnswer, responses={202: {"model": RunStatus}})
@router.get("/result/{job_id}", response_model=ChatAnswer, responses={202: {"model": RunStatus}})
async def result(job_id: UUID, principal: CurrentPrincipal, runs: RunsDep) -> ChatAnswer | Response:
    """The answer of one of the caller's questions, as ``POST /api/chat`` gives it; 202 with its status before it has ended."""
    present = await runs.status(principal, job_id)
    if not present.is_over:
        return JSONResponse(present.model_dump(mode="json"), 202, {"Retry-After": ASK_AGAIN_S})
    if present.status is JobState.FAILED:
        return error_response(503, present.message, reference=present.reference)
    return await asyncio.to_thread(fold, await runs.events(principal, job_id))
