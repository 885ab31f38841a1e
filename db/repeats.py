"""Answer runs that repeat another one, for an admin who compares both, and what is needed to make one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal
from db import answer_runs
from db.models import AnswerRun, AnswerSource


async def turns_before(session: AsyncSession, principal: Principal, run_id: UUID, limit: int) -> list[tuple[str, str]]:
    """Question and answer of the runs before one of the principal's, in its thread, oldest first; none outside a thread.

    Raises:
        NotFound: the run is not there, or someone else's.
    """
    run = await answer_runs.get_owned(session, principal, run_id)
    if run.thread_id is None:
        return []
    statement = (
        select(AnswerRun.question, AnswerRun.answer)
        .where(AnswerRun.thread_id == run.thread_id, AnswerRun.created_at < run.created_at)
        .where(AnswerRun.state.in_(answer_runs.HISTORY_STATES))
        .where(AnswerRun.repeats_run_id.is_(None))
        .order_by(AnswerRun.created_at.desc())
        .limit(limit)
    )
    return [(question, answer) for question, answer in await session.execute(statement)][::-1]


async def of_run(session: AsyncSession, run_id: UUID) -> list[tuple[UUID, datetime]]:
    """The runs that repeat a run, with their beginning, newest first; the caller checks who may know."""
    statement = select(AnswerRun.id, AnswerRun.created_at).where(AnswerRun.repeats_run_id == run_id)
    rows = await session.execute(statement.order_by(AnswerRun.created_at.desc()))
    return [(repeat_id, at) for repeat_id, at in rows]


async def cited_titles(session: AsyncSession, run_id: UUID) -> list[tuple[int, str, int | None, str | None]]:
    """Number, title, page and locator of the cited sources of a run; the caller checks who may know."""
    columns = (AnswerSource.number, AnswerSource.document_title, AnswerSource.page, AnswerSource.locator)
    statement = select(*columns).where(AnswerSource.answer_run_id == run_id, AnswerSource.cited)
    rows = await session.execute(statement.order_by(AnswerSource.number))
    return [(number, title, page, locator) for number, title, page, locator in rows]
