"""Ingestion jobs. A worker that claims a job holds a lease on it as long as it sends heartbeats.

``attempts`` is the fencing token: when a worker lost its job (too slow, so another claimed it; or a person stopped it), every
later call with its attempt returns False, and it must give up.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, ScalarSelect, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import Principal, SearchScope, require_write, scope_of
from core.errors import NotFound
from core.telemetry import origin
from db import documents
from db.base import now
from db.documents import is_within
from db.models import Document, IngestionJob

# Written as in the partial indexes and without parameters: a prepared statement does not use them otherwise.
IS_OPEN: ColumnElement[bool] = literal_column("state IN ('queued', 'started')", Boolean)
IS_STARTED: ColumnElement[bool] = literal_column("state = 'started'", Boolean)

NOT_WAITING: dict[str, Any] = {"not_before": None, "notice": None, "eta_s": None}


async def create(
    session: AsyncSession, document_id: UUID, *, version: int = 1, user_id: UUID | None = None
) -> IngestionJob:
    """Queue a job for a version of a document, or return the open one. Enqueue its id after the commit.

    Args:
        user_id: whose turn it takes in the fair queue, see ``db.fair_queue``; None comes after everybody's.
    """
    from_ = origin.present()
    statement = (
        insert(IngestionJob)
        .values(
            document_id=document_id,
            version=version,
            user_id=user_id,
            created_at=now(),
            request_id=from_.request_id,
            traceparent=from_.traceparent,
        )
        .on_conflict_do_nothing(index_elements=["document_id"], index_where=IS_OPEN)
        .returning(IngestionJob)
    )
    job = (await session.scalars(statement)).one_or_none() or await open_for_document(session, document_id)
    if job is None:  # the open one ended between the two statements
        return await create(session, document_id, version=version, user_id=user_id)
    return job


async def get(session: AsyncSession, scope: SearchScope, job_id: UUID) -> tuple[IngestionJob, Document]:
    """A job of a document that may be seen, with the document.

    Raises:
        NotFound: outside the scope, or not there.
    """
    statement = (
        select(IngestionJob, Document)
        .join(Document, Document.id == IngestionJob.document_id)
        .where(IngestionJob.id == job_id, is_within(scope))
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("There is no such job.")
    return row[0], row[1]


async def get_for_change(session: AsyncSession, principal: Principal, job_id: UUID) -> tuple[IngestionJob, Document]:
    """A job of a document that may be changed; both rows stay locked until the transaction ends.

    Raises:
        NotFound, NotPermitted: the document may not be seen, or not be changed.
    """
    _, readable = await get(session, scope_of(principal), job_id)
    require_write(principal, readable.library_id, "job")
    # The document first, as a job does when it ends: locking in different orders would deadlock.
    document = await documents.lock(session, readable.id)
    job = await lock(session, job_id)
    if job is None or document is None:
        raise NotFound("There is no such job.")
    return job, document


async def find(session: AsyncSession, job_id: UUID) -> IngestionJob | None:
    """A job, without an access check: for the worker, never for a request."""
    return await session.get(IngestionJob, job_id)


async def lock(session: AsyncSession, job_id: UUID) -> IngestionJob | None:
    """As :func:`find`; the row is read again and locked until the transaction ends."""
    return await session.get(IngestionJob, job_id, with_for_update=True, populate_existing=True)


async def open_for_document(session: AsyncSession, document_id: UUID) -> IngestionJob | None:
    """The queued or started job of a document; there is at most one."""
    statement = select(IngestionJob).where(IngestionJob.document_id == document_id, IS_OPEN)
    return (await session.scalars(statement)).one_or_none()


async def open_of_library(session: AsyncSession, library_id: UUID) -> dict[UUID, UUID]:
    """Ids of the queued and started jobs of a library, by the document's id. The caller has checked access to it."""
    inside = select(Document.id).where(Document.library_id == library_id)
    statement = select(IngestionJob.document_id, IngestionJob.id).where(
        IngestionJob.state.in_(("queued", "started")), IngestionJob.document_id.in_(inside)
    )
    return {row.document_id: row.id for row in await session.execute(statement)}


async def latest_for_document(session: AsyncSession, document_id: UUID) -> IngestionJob | None:
    """The newest job of a document. The caller has checked access to the document."""
    statement = (
        select(IngestionJob)
        .where(IngestionJob.document_id == document_id)
        .order_by(IngestionJob.created_at.desc(), IngestionJob.id.desc())
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


def _is_silent(lease_s: float) -> ColumnElement[bool]:
    return func.coalesce(IngestionJob.heartbeat_at, IngestionJob.created_at) < func.now() - timedelta(seconds=lease_s)


def some_silent(lease_s: float) -> ColumnElement[bool]:
    """True when :func:`expired` finds something."""
    return select(IngestionJob.id).where(IS_STARTED, _is_silent(lease_s)).exists()


async def claim(session: AsyncSession, job_id: UUID | ScalarSelect[UUID], lease_s: float) -> IngestionJob | None:
    """Claim a job that is queued, or whose holder was silent for ``lease_s``; None when it is neither.

    Args:
        job_id: of the job, or a subquery that finds it and locks its row.

    The returned row has the new ``attempts``, which the holder passes to the functions below.
    """
    is_free = or_(IngestionJob.state == "queued", (IngestionJob.state == "started") & _is_silent(lease_s))
    statement = (
        update(IngestionJob)
        .where(IngestionJob.id == job_id, is_free)
        .values(
            state="started",
            attempts=IngestionJob.attempts + 1,
            started_at=func.now(),
            heartbeat_at=func.now(),
            error=None,
            reference=None,
            **NOT_WAITING,
        )
        .returning(IngestionJob)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def _change(session: AsyncSession, job_id: UUID, attempt: int, values: dict[str, Any]) -> bool:
    statement = (
        update(IngestionJob)
        .where(IngestionJob.id == job_id, IngestionJob.attempts == attempt, IngestionJob.state == "started")
        .values(heartbeat_at=func.now(), **values)
        .returning(IngestionJob.id)
    )
    return (await session.scalar(statement)) is not None


async def heartbeat(session: AsyncSession, job_id: UUID, attempt: int) -> bool:
    """Renew the lease; False when the job is no longer this attempt's."""
    return await _change(session, job_id, attempt, {})


async def advance(
    session: AsyncSession,
    job_id: UUID,
    attempt: int,
    *,
    stage: str,
    percent: int,
    pages_done: int | None = None,
    pages_total: int | None = None,
    chunks_done: int | None = None,
    chunks_total: int | None = None,
    eta_s: int | None = None,
) -> bool:
    """Record progress (percent 0 to 100) and renew the lease. Counts that are None stay as they are; ``eta_s`` does not.

    Returns:
        False when the job is no longer this attempt's.
    """
    counts = {
        "pages_done": pages_done,
        "pages_total": pages_total,
        "chunks_done": chunks_done,
        "chunks_total": chunks_total,
    }
    known = {name: count for name, count in counts.items() if count is not None}
    return await _change(session, job_id, attempt, {"stage": stage, "percent": percent, "eta_s": eta_s, **known})


async def finish(session: AsyncSession, job_id: UUID, attempt: int) -> bool:
    """Mark the job as finished; False when it is no longer this attempt's."""
    values = {"state": "finished", "stage": "done", "percent": 100, "finished_at": func.now(), **NOT_WAITING}
    return await _change(session, job_id, attempt, values)


async def fail(session: AsyncSession, job_id: UUID, attempt: int, *, error: str, reference: str) -> bool:
    """Mark the job as failed; ``error`` is a sentence for the person. False when it is no longer this attempt's."""
    values = {"state": "failed", "error": error, "reference": reference, "finished_at": func.now(), **NOT_WAITING}
    return await _change(session, job_id, attempt, values)


async def postpone(session: AsyncSession, job_id: UUID, attempt: int, *, wait_s: float, notice: str) -> bool:
    """Put the job back into the queue, due after ``wait_s``, because a server did not answer; ``notice`` tells the person which.

    Returns:
        False when the job is no longer this attempt's.
    """
    values = {
        "state": "queued",
        "stage": "waiting",
        "failures": IngestionJob.failures + 1,
        "not_before": func.now() + timedelta(seconds=wait_s),
        "notice": notice,
        "eta_s": None,
    }
    return await _change(session, job_id, attempt, values)


async def explain_waiting(session: AsyncSession, notice: str, *, only_when_idle: bool = False) -> None:
    """Say why nothing is claimed, at all queued jobs that say nothing yet; a claim takes it away.

    Args:
        only_when_idle: not while any job is started: then somebody does claim.
    """
    says_nothing = IngestionJob.notice.is_(None)
    statement = update(IngestionJob).where(IngestionJob.state == "queued", says_nothing).values(notice=notice)
    if only_when_idle:
        statement = statement.where(~select(aliased(IngestionJob).id).where(IS_STARTED).exists())
    await session.execute(statement)


async def forget_explanations(session: AsyncSession, notices: Collection[str]) -> None:
    """Take these sentences of :func:`explain_waiting` away from the jobs that are still queued."""
    is_explained = IngestionJob.notice.in_(notices)
    await session.execute(update(IngestionJob).where(IngestionJob.state == "queued", is_explained).values(notice=None))


async def stop(session: AsyncSession, job_id: UUID) -> bool:
    """Stop an open job at a person's request; False when it had ended already."""
    statement = (
        update(IngestionJob)
        .where(IngestionJob.id == job_id, IS_OPEN)
        .values(state="stopped", finished_at=func.now(), **NOT_WAITING)
        .returning(IngestionJob.id)
    )
    return (await session.scalar(statement)) is not None


async def expired(session: AsyncSession, lease_s: float, limit: int = 500) -> list[IngestionJob]:
    """Started jobs whose holder sent no heartbeat for ``lease_s``.

    Their rows are locked until the transaction ends; rows that another sweeper has locked are skipped.
    """
    statement = (
        select(IngestionJob)
        .where(IS_STARTED, _is_silent(lease_s))
        .order_by(IngestionJob.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(statement))


async def requeue(session: AsyncSession, job_id: UUID) -> bool:
    """Put an open job back into the queue, due at once."""
    statement = (
        update(IngestionJob)
        .where(IngestionJob.id == job_id, IS_OPEN)
        .values(state="queued", stage="waiting", heartbeat_at=func.now(), **NOT_WAITING)
        .returning(IngestionJob.id)
    )
    return (await session.scalar(statement)) is not None
