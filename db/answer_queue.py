"""The life of answer runs: queued for a worker, kept alive by heartbeats, stopped from any process, taken over when their process died.

``(queued →) running → done | refused | stopped | error``. A running run whose heartbeat is some seconds old has no process any more.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, SearchScope
from core.telemetry import origin
from db import answer_runs, threads
from db.base import now
from db.models import AnswerRun, AnswerSource

MOST_TAKEN = 100  # of silent runs, in one sweep


async def enqueue(
    session: AsyncSession,
    principal: Principal,
    *,
    run_id: UUID,
    question: str,
    scope: SearchScope,
    thread_id: UUID | None,
    question_step_id: UUID | None,
    request: Mapping[str, Any],
) -> None:
    """Store a run that a worker will begin, and its thread's row if there is none yet.

    Args:
        request: what the worker needs, as JSON.

    Raises:
        NotFound: the thread is someone else's.
    """
    if thread_id is not None:
        await threads.ensure(session, principal, thread_id)
    from_ = origin.present()
    row = AnswerRun(
        id=run_id,
        request_id=from_.request_id,
        traceparent=from_.traceparent,
        user_id=principal.user_id,
        thread_id=thread_id,
        question_step_id=question_step_id,
        question=question,
        scope=answer_runs.scope_json(scope),
        state="queued",
        request=dict(request),
        created_at=now(),
    )
    session.add(row)
    await session.flush()


async def claim_next(session: AsyncSession, without: Collection[UUID] = ()) -> AnswerRun | None:
    """Take the oldest queued run, without those of these people; what an earlier attempt left is removed. None when there is none."""
    waiting = select(AnswerRun.id).where(AnswerRun.state == "queued", AnswerRun.user_id.not_in(without))
    oldest = waiting.order_by(AnswerRun.created_at, AnswerRun.id).limit(1).with_for_update(skip_locked=True)
    run_id = await session.scalar(oldest)
    if run_id is None:
        return None
    await session.execute(delete(AnswerSource).where(AnswerSource.answer_run_id == run_id))
    taken = {"state": "running", "heartbeat_at": func.now(), "attempts": AnswerRun.attempts + 1, "answer": ""}
    statement = update(AnswerRun).where(AnswerRun.id == run_id).values(**taken).returning(AnswerRun)
    return (await session.scalars(statement)).one()


def some_queued() -> ColumnElement[bool]:
    """True when a question waits."""
    return select(AnswerRun.id).where(AnswerRun.state == "queued").exists()


def some_silent(silence_s: float) -> ColumnElement[bool]:
    """True when :func:`take_silent` finds something."""
    return select(AnswerRun.id).where(_is_silent(silence_s)).exists()


async def put_back(session: AsyncSession, run_id: UUID) -> bool:
    """Queue a running run of the background again, for another worker; False when it has ended."""
    statement = (
        update(AnswerRun)
        .where(AnswerRun.id == run_id, AnswerRun.state == "running", AnswerRun.request.is_not(None))
        .values(state="queued")
        .returning(AnswerRun.id)
    )
    return (await session.scalar(statement)) is not None


async def beat(session: AsyncSession, run_ids: Collection[UUID]) -> Sequence[UUID]:
    """Give running runs a sign of life; returns those that a person wants stopped."""
    statement = (
        update(AnswerRun)
        .where(AnswerRun.id.in_(run_ids), AnswerRun.state == "running")
        .values(heartbeat_at=func.now())
        .returning(AnswerRun.id, AnswerRun.is_stopping)
    )
    return [run_id for run_id, is_stopping in await session.execute(statement) if is_stopping]


async def take_silent(session: AsyncSession, silence_s: float, but: Collection[UUID] = ()) -> Sequence[AnswerRun]:
    """Take over the running runs without a sign of life for this long; the caller has as long again to end them.

    Args:
        but: runs of this process, whatever their heartbeats say.
    """
    silent = (
        select(AnswerRun.id)
        .where(_is_silent(silence_s), AnswerRun.id.not_in(but))
        .order_by(AnswerRun.created_at)
        .limit(MOST_TAKEN)
        .with_for_update(skip_locked=True)
    )
    statement = update(AnswerRun).where(AnswerRun.id.in_(silent)).values(heartbeat_at=func.now()).returning(AnswerRun)
    return (await session.scalars(statement)).all()


async def stop(session: AsyncSession, principal: Principal, run_id: UUID) -> str:
    """Stop a queued run of the principal's at once; have a running one stopped by its process. Returns the run's state after this.

    Raises:
        NotFound: not there, or someone else's.
    """
    run = await answer_runs.get_owned(session, principal, run_id)
    await session.refresh(run, with_for_update=True)
    if run.state == "queued":
        run.state, run.finished_at = "stopped", now()
    elif run.state == "running":
        run.is_stopping = True
    await session.flush()
    return run.state


async def of_thread(session: AsyncSession, principal: Principal, thread_id: UUID) -> Sequence[UUID]:
    """Ids of the runs of a thread that have not ended, oldest first; none of other people's."""
    statement = (
        select(AnswerRun.id)
        .where(AnswerRun.thread_id == thread_id, AnswerRun.user_id == principal.user_id)
        .where(AnswerRun.state.in_(("queued", "running")))
        .order_by(AnswerRun.created_at)
    )
    return (await session.scalars(statement)).all()


async def set_last_event(session: AsyncSession, run_id: UUID, number: int) -> None:
    """Record the number of the last event of a run's journal."""
    await session.execute(update(AnswerRun).where(AnswerRun.id == run_id).values(last_event=number))


def _is_silent(silence_s: float) -> ColumnElement[bool]:
    last = func.coalesce(AnswerRun.heartbeat_at, AnswerRun.created_at)
    return (AnswerRun.state == "running") & _is_before(last, silence_s)


def _is_before(moment: ColumnElement[Any] | Any, seconds: float) -> ColumnElement[bool]:
    return moment <= func.now() - timedelta(seconds=seconds)
