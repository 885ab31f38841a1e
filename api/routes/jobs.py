"""Ingestion jobs: state, progress, cancel and retry."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sse_starlette import ServerSentEvent

from api.deps import AccountsDep, IngestionDep, StreamPlace, session_check
from api.described import EVENTS
from api.events import open_stream
from ingestion.types import JobPage, JobState, JobStatus
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter(prefix="/api/jobs")


def encode(job: JobStatus) -> ServerSentEvent:
    """A status as an unnamed event, for ``EventSource.onmessage``."""
    return ServerSentEvent(job.model_dump_json())


@router.get("")
async def page(
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[StorableText | None, Query(max_length=4000)] = None,
    state: JobState | None = None,
    library_id: UUID | None = None,
) -> JobPage:
    """The jobs of the documents that the caller may see, newest first."""
    return await ingestion.listing.jobs(principal, limit=limit, cursor=cursor, state=state, library_id=library_id)


@router.get("/{job_id}")
async def one(job_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> JobStatus:
    """State and progress of a job."""
    return await ingestion.job(principal, job_id)


@router.get("/{job_id}/events", dependencies=[StreamPlace], response_class=Response, responses=EVENTS)
async def events(job_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep, accounts: AccountsDep) -> Response:
    """The present status, then every change, until the job has ended. If the stream ends early, a last event ``failed`` says why."""
    statuses = ingestion.watch(principal, job_id)
    return await open_stream(statuses, encode, recheck=session_check(accounts, principal), failed_as="failed")


@router.post("/{job_id}/cancel")
async def cancel(job_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> JobStatus:
    """Stop a job."""
    await ingestion.cancel(principal, job_id)
    return await ingestion.job(principal, job_id)


@router.post("/{job_id}/retry")
async def retry(job_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> JobStatus:
    """Start a failed or stopped job again."""
    return await ingestion.retry(principal, job_id)
