"""Steps of a thread. A step never moves to another thread and never changes its type.

``values`` are attributes of :class:`db.conversation.Step`; ``id``, ``thread_id``, ``type`` and ``name`` are always among them.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, exists, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import Principal, require_own
from core.errors import Conflict, NotFound
from db import threads
from db.conversation import Element, Step, Thread
from db.models import AnswerRun

MESSAGES = ("user_message", "assistant_message")
_FIXED = {"id", "thread_id", "type", "parent_id", "created_at"}  # set by the first write of a step only


async def create(
    session: AsyncSession, principal: Principal, values: Mapping[str, Any], *, title: str | None = None
) -> None:
    """Store a new step, and its thread if that is new; the first question names the thread. An existing step stays unchanged: a
    create that arrives late must not undo the updates that overtook it.

    Args:
        title: what the thread is called if this is its first question; None: as the question.

    Raises:
        NotFound: the thread is someone else's, or a step with this id is in another thread or has another type.
    """
    await threads.ensure(session, principal, values["thread_id"])
    if values["type"] == "user_message" and values.get("output"):
        await threads.name_once(session, principal, values["thread_id"], title or values["output"])
    statement = _insert(principal, values).on_conflict_do_nothing(index_elements=[Step.id])
    if await session.scalar(statement.returning(Step.id)) is None:
        await _require_same(session, values)


async def upsert(session: AsyncSession, principal: Principal, values: Mapping[str, Any]) -> None:
    """Insert a step, or update the given values of an existing one.

    Raises:
        NotFound: the thread is someone else's, or a step with this id is in another thread or has another type.
    """
    await threads.ensure(session, principal, values["thread_id"])
    statement = _insert(principal, values)
    columns = Step.__mapper__.columns
    changes: dict[Any, Any] = {
        columns[name].name: statement.excluded[columns[name].name] for name in values if name not in _FIXED
    }
    if "answer_run_id" in changes:
        changes["answer_run_id"] = func.coalesce(statement.excluded.answer_run_id, Step.answer_run_id)
    same = and_(Step.thread_id == statement.excluded.thread_id, Step.type == statement.excluded.type)
    upserted = statement.on_conflict_do_update(index_elements=[Step.id], set_=changes, where=same).returning(Step.id)
    if await session.scalar(upserted) is None:
        raise NotFound("There is no such message.")


def _insert(principal: Principal, values: Mapping[str, Any]) -> Insert:
    row = dict(values)
    if row.get("answer_run_id") is not None:  # only a stored run of the principal's
        own = select(AnswerRun.id).where(AnswerRun.id == row["answer_run_id"], AnswerRun.user_id == principal.user_id)
        row["answer_run_id"] = own.scalar_subquery()
    return insert(Step).values(row)


async def _require_same(session: AsyncSession, values: Mapping[str, Any]) -> None:
    where = (Step.id == values["id"], Step.thread_id == values["thread_id"], Step.type == values["type"])
    if not await session.scalar(select(exists().where(*where))):
        raise NotFound("There is no such message.")


async def of_thread(session: AsyncSession, principal: Principal, thread_id: UUID) -> Sequence[Step]:
    """All steps in the order of their creation. Raises NotFound."""
    await threads.require(session, principal, thread_id)
    statement = select(Step).where(Step.thread_id == thread_id)
    return (await session.scalars(statement.order_by(Step.created_at, Step.start_at, Step.id))).all()


async def thread_of(session: AsyncSession, step_id: UUID) -> UUID | None:
    """Id of the thread of a step; None when there is no such step."""
    return await session.scalar(select(Step.thread_id).where(Step.id == step_id))


async def require(session: AsyncSession, principal: Principal, step_id: UUID) -> Step:
    """The step. Raises NotFound when it does not exist or is in someone else's thread."""
    step = await session.get(Step, step_id)
    require_own(principal, await threads.owner(session, step.thread_id) if step else None, "message")
    assert step is not None
    return step


async def answer_of(session: AsyncSession, principal: Principal, step_id: UUID) -> Step:
    """The answer that a step belongs to: the step itself when it is a message of the assistant, else the one below it.

    Raises:
        NotFound: the principal has no such step.
        Conflict: there is no answer below it.
    """
    step = await require(session, principal, step_id)
    if step.type == "assistant_message":
        return step
    below = (
        select(Step.id).where(Step.parent_id == step.id, Step.thread_id == step.thread_id).cte("below", recursive=True)
    )
    child = aliased(Step)
    below = below.union(select(child.id).where(child.parent_id == below.c.id, child.thread_id == step.thread_id))
    answers = select(Step).where(Step.id.in_(select(below.c.id)), Step.type == "assistant_message")
    best_first = answers.order_by(Step.answer_run_id.is_(None), Step.created_at.desc())
    answer = (await session.scalars(best_first.limit(1))).first()
    if answer is None:
        raise Conflict("There is no answer to rate yet.")
    return answer


async def remove(session: AsyncSession, principal: Principal, step_id: UUID) -> list[UUID]:
    """Delete a step with all steps below it and their elements, and its finished run step when that has no message left.

    Returns:
        Ids of the deleted steps; empty when the step did not exist.

    Raises:
        NotFound: it is in someone else's thread.
    """
    step = await session.get(Step, step_id)
    if step is None:
        return []
    require_own(principal, await threads.owner(session, step.thread_id), "message")
    tree = select(Step.id).where(Step.id == step_id).cte("tree", recursive=True)
    child = aliased(Step)
    tree = tree.union(select(child.id).where(child.parent_id == tree.c.id, child.thread_id == step.thread_id))
    step_ids = list((await session.scalars(select(tree.c.id))).all())
    await session.execute(
        delete(Step).where(Step.id.in_(step_ids)).execution_options(synchronize_session=False),
    )
    step_ids += await _remove_empty_run(session, step.thread_id, step.parent_id)
    await session.execute(delete(Element).where(Element.thread_id == step.thread_id, Element.step_id.in_(step_ids)))
    return step_ids


async def _remove_empty_run(session: AsyncSession, thread_id: UUID, run_id: UUID | None) -> list[UUID]:
    child = aliased(Step)
    has_message = exists().where(child.parent_id == Step.id, child.thread_id == thread_id, child.type.in_(MESSAGES))
    finished = (Step.id == run_id, Step.thread_id == thread_id, Step.type == "run", Step.end_at.is_not(None))
    statement = delete(Step).where(*finished, ~has_message).returning(Step.id)
    return list((await session.scalars(statement, execution_options={"synchronize_session": False})).all())


async def favorites(session: AsyncSession, principal: Principal, limit: int = 100) -> Sequence[Step]:
    """Messages that the principal marked as favourites, newest first."""
    statement = select(Step).join(Thread, Thread.id == Step.thread_id).where(Thread.user_id == principal.user_id)
    marked = statement.where(Step.meta["favorite"].as_boolean())
    return (await session.scalars(marked.order_by(Step.created_at.desc()).limit(limit))).all()


async def add_interrupted(session: AsyncSession, run: AnswerRun, name: str, text: str) -> bool:
    """Add a message below a question that its answer was interrupted; False when the question was deleted or has this run's answer.

    Args:
        name: author of the message.
    """
    answered = exists().where(Step.answer_run_id == run.id, Step.type == "assistant_message")
    question = select(Step).where(Step.id == run.question_step_id, Step.thread_id == run.thread_id, ~answered)
    if await session.scalar(question) is None:
        return False
    session.add(
        Step(
            id=uuid4(),
            thread_id=run.thread_id,
            answer_run_id=run.id,
            type="assistant_message",
            name=name,
            output=text,
            is_error=True,
            created_at=run.created_at + timedelta(milliseconds=1),
        )
    )
    await session.flush()
    return True
