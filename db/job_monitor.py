"""All people's jobs, for admins: states, reasons and ages, and what to stop or try again. Titles are for members of the library alone.

A failed or stopped job counts while it is the newest of its document: the earlier ones were tried again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import Principal, may_read, require_admin
from core.errors import NotFound
from db import cursors, documents, jobs
from db.base import now
from db.models import AnswerRun, Document, IngestionJob, Library

ENDED_BADLY = ("failed", "stopped")


@dataclass(frozen=True, slots=True)
class MonitoredJob:
    """An ingestion job; ``title`` is None for an admin who is not a member of its library."""

    job: IngestionJob
    title: str | None
    mime_type: str
    size_bytes: int
    library: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for a worker or is being answered. Neither its words nor its person are shown.

    Attributes:
        is_background: a worker answers it; else the process whose page or program waits for it.
    """

    id: UUID
    state: str
    is_stopping: bool
    is_background: bool
    attempts: int
    created_at: datetime
    heartbeat_at: datetime | None


async def page(
    session: AsyncSession, principal: Principal, *, state: str, limit: int, cursor: str | None = None
) -> tuple[list[MonitoredJob], str | None]:
    """A page of the jobs in a state, newest first, and the cursor of the next; None after the last.

    Raises:
        NotPermitted: the principal is no admin.
        Invalid: the cursor is not valid.
    """
    require_admin(principal)
    statement = _with_document().where(IngestionJob.state == state)
    if state in ENDED_BADLY:
        statement = statement.where(_is_newest())
    if cursor:
        statement = statement.where(tuple_(IngestionJob.created_at, IngestionJob.id) < cursors.decode(cursor))
    newest_first = statement.order_by(IngestionJob.created_at.desc(), IngestionJob.id.desc()).limit(limit + 1)
    rows = [_shown(principal, *row) for row in await session.execute(newest_first)]
    last = rows[limit - 1].job if len(rows) > limit else None
    return rows[:limit], cursors.encode(last.created_at, last.id) if last else None


async def counts(session: AsyncSession, principal: Principal) -> dict[str, int]:
    """Number of jobs that are ``queued``, ``started``, ``failed`` or ``stopped``. Raises NotPermitted."""
    require_admin(principal)
    open_jobs = select(IngestionJob.state, func.count()).where(jobs.IS_OPEN).group_by(IngestionJob.state)
    bad = select(IngestionJob.state, func.count()).where(IngestionJob.state.in_(ENDED_BADLY), _is_newest())
    found = dict.fromkeys(("queued", "started", *ENDED_BADLY), 0)
    for statement in (open_jobs, bad.group_by(IngestionJob.state)):
        found |= {state: int(number) for state, number in await session.execute(statement)}
    return found


async def questions(session: AsyncSession, principal: Principal, *, limit: int) -> list[OpenQuestion]:
    """The questions that wait or are being answered, oldest first. Raises NotPermitted."""
    require_admin(principal)
    columns = (AnswerRun.id, AnswerRun.state, AnswerRun.is_stopping, AnswerRun.request.is_not(None), AnswerRun.attempts)
    statement = (
        select(*columns, AnswerRun.created_at, AnswerRun.heartbeat_at)
        .where(text("state IN ('queued', 'running')"))  # as in the index
        .order_by(AnswerRun.created_at)
        .limit(limit)
    )
    return [OpenQuestion(*row) for row in await session.execute(statement)]


async def stop_question(session: AsyncSession, principal: Principal, run_id: UUID) -> bool:
    """Stop anybody's question: at once while it waits, else by the process that answers it, within seconds. False when it had ended.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such question.
    """
    require_admin(principal)
    run = await session.get(AnswerRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound("There is no such question.")
    if run.state == "queued":
        run.state, run.finished_at = "stopped", now()
    elif run.state == "running":
        run.is_stopping = True
    else:
        return False
    await session.flush()
    return True


async def get_for_change(session: AsyncSession, principal: Principal, job_id: UUID) -> tuple[IngestionJob, Document]:
    """Anybody's job with its document, both locked until the transaction ends.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such job.
    """
    require_admin(principal)
    found = await jobs.find(session, job_id)
    document = (
        await documents.lock(session, found.document_id) if found else None
    )  # the document first, as in db/jobs.py
    job = await jobs.lock(session, job_id)
    if job is None or document is None:
        raise NotFound("There is no such job.")
    return job, document


async def ids(
    session: AsyncSession,
    principal: Principal,
    states: Collection[str],
    *,
    before: datetime,
    after: UUID | None,
    limit: int,
) -> Sequence[UUID]:
    """Ids of the jobs in these states that were there before a moment, in the order of ids, behind ``after``. Raises NotPermitted."""
    require_admin(principal)
    statement = select(IngestionJob.id).where(IngestionJob.state.in_(states), IngestionJob.created_at <= before)
    if set(states) <= set(ENDED_BADLY):
        statement = statement.where(_is_newest())
    if after is not None:
        statement = statement.where(IngestionJob.id > after)
    return (await session.scalars(statement.order_by(IngestionJob.id).limit(limit))).all()


async def stop_many(
    session: AsyncSession, principal: Principal, job_ids: Collection[UUID], error: str
) -> Sequence[UUID]:
    """Stop those of the jobs that are open; returns their ids. A document that was never read says ``error``. Raises NotPermitted."""
    require_admin(principal)
    of_jobs = await _lock_documents(session, job_ids)
    statement = update(IngestionJob).where(IngestionJob.id.in_(job_ids), jobs.IS_OPEN)
    ended = {"state": "stopped", "finished_at": func.now(), **jobs.NOT_WAITING}
    stopped = (
        await session.execute(statement.values(ended).returning(IngestionJob.id, IngestionJob.document_id))
    ).all()
    failed = update(Document).where(Document.id.in_([row.document_id for row in stopped]), Document.state == "pending")
    if of_jobs:
        await session.execute(failed.values(state="failed", error=error, updated_at=now()))
    return [row.id for row in stopped]


async def failed_with_documents(
    session: AsyncSession, principal: Principal, job_ids: Collection[UUID]
) -> list[tuple[IngestionJob, Document]]:
    """Those of the jobs that have failed or been stopped, newest of their documents, with these; all locked. Raises NotPermitted."""
    require_admin(principal)
    await _lock_documents(session, job_ids)
    statement = (
        select(IngestionJob, Document)
        .join(Document, Document.id == IngestionJob.document_id)
        .where(IngestionJob.id.in_(job_ids), IngestionJob.state.in_(ENDED_BADLY), _is_newest())
        .execution_options(populate_existing=True)
    )
    return [(job, document) for job, document in await session.execute(statement)]


async def _lock_documents(session: AsyncSession, job_ids: Collection[UUID]) -> Sequence[UUID]:
    """Before the jobs, as a job does when it ends, and in one order."""
    of_jobs = select(IngestionJob.document_id).where(IngestionJob.id.in_(job_ids))
    statement = select(Document.id).where(Document.id.in_(of_jobs)).order_by(Document.id).with_for_update()
    return (await session.scalars(statement)).all()


def _with_document() -> Select[IngestionJob, str, str, int, str, UUID]:
    columns = (Document.title, Document.mime_type, Document.size_bytes, Library.name, Library.id)
    return (
        select(IngestionJob, *columns)
        .join(Document, Document.id == IngestionJob.document_id)
        .join(Library, Library.id == Document.library_id)
    )


def _shown(
    principal: Principal, job: IngestionJob, title: str, mime_type: str, size_bytes: int, library: str, library_id: UUID
) -> MonitoredJob:
    return MonitoredJob(job, title if may_read(principal, library_id) else None, mime_type, size_bytes, library)


def _is_newest() -> ColumnElement[bool]:
    newer = aliased(IngestionJob)
    return ~(
        select(newer.id)
        .where(newer.document_id == IngestionJob.document_id, newer.created_at > IngestionJob.created_at)
        .exists()
    )
