"""The messages of a thread with what their answers cite, for reading outside the chat."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal
from core.errors import Conflict
from db import answer_runs, threads
from db.conversation import Step
from db.models import AnswerRun, AnswerSource
from db.steps import MESSAGES


async def of_thread(
    session: AsyncSession, principal: Principal, thread_id: UUID
) -> list[tuple[Step, AnswerRun | None]]:
    """Questions and answers in the order of their creation, each answer with its run. Raises NotFound."""
    await threads.require(session, principal, thread_id)
    statement = (
        select(Step, AnswerRun)
        .outerjoin(AnswerRun, AnswerRun.id == Step.answer_run_id)
        .where(Step.thread_id == thread_id, Step.type.in_(MESSAGES))
        .order_by(Step.created_at, Step.start_at, Step.id)
    )
    return [(step, run) for step, run in await session.execute(statement)]


async def cited(session: AsyncSession, principal: Principal, thread_id: UUID) -> Sequence[AnswerSource]:
    """The cited sources of all answers in a thread, by run and number. Raises NotFound."""
    await threads.require(session, principal, thread_id)
    statement = (
        select(AnswerSource)
        .join(AnswerRun, AnswerRun.id == AnswerSource.answer_run_id)
        .where(AnswerRun.thread_id == thread_id, AnswerRun.user_id == principal.user_id, AnswerSource.cited)
        .order_by(AnswerSource.answer_run_id, AnswerSource.number)
    )
    return (await session.scalars(statement)).all()


async def answer(session: AsyncSession, principal: Principal, answer_run_id: UUID) -> Step:
    """The message with an answer of the principal's.

    Raises:
        NotFound: no such answer of theirs.
        Conflict: it is in no conversation.
    """
    await answer_runs.get_owned(session, principal, answer_run_id)
    statement = select(Step).where(Step.answer_run_id == answer_run_id, Step.type == "assistant_message")
    step = (await session.scalars(statement.order_by(Step.created_at.desc()).limit(1))).first()
    if step is None:
        raise Conflict("Only an answer that is stored in a conversation can be rated.")
    return step
