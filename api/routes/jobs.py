"""Ingestion jobs: how the reading of a document goes."""

from uuid import UUID

from fastapi import APIRouter, Response
from sse_starlette import ServerSentEvent

from api.deps import AccountsDep, CurrentPrincipal, IngestionDep, session_check
from api.events import open_stream
from ingestion.types import JobStatus

router = APIRouter(prefix="/api/jobs")


def encode(job: JobStatus) -> ServerSentEvent:
    """A status as an unnamed event, which ``EventSource.onmessage`` hears."""
    return ServerSentEvent(job.model_dump_json())


@router.get("/{job_id}")
async def one(job_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> JobStatus:
    """How far a job is."""
    return await ingestion.job(principal, job_id)


@router.get("/{job_id}/events")
async def events(job_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep, accounts: AccountsDep) -> Response:
    """The present status, then every change, until the job has ended. A last event named ``failed`` says why it ends early."""
    statuses = ingestion.watch(principal, job_id)
    return await open_stream(statuses, encode, recheck=session_check(accounts, principal), failed_as="failed")


@router.post("/{job_id}/cancel")
async def cancel(job_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> JobStatus:
    """Stop a job."""
    await ingestion.cancel(principal, job_id)
    return await ingestion.job(principal, job_id)


@router.post("/{job_id}/retry")
async def retry(job_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> JobStatus:
    """Start a failed or stopped job anew."""
    return await ingestion.retry(principal, job_id)
