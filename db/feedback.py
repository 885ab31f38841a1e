"""Ratings and comments, stored for the answer, whichever step of its run the person rated."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_own
from core.errors import Invalid
from db import review_items, steps, threads
from db.base import now
from db.conversation import FeedbackRow

LONGEST_COMMENT = 4000  # characters


async def rate(session: AsyncSession, principal: Principal, step_id: UUID, value: int, comment: str | None) -> UUID:
    """Store or replace the principal's rating of the answer that a step belongs to (see ``steps.answer_of``).

    Args:
        value: 0 = thumbs down, 1 = thumbs up.

    Returns:
        The id of the feedback; it stays the same when the rating changes.

    Raises:
        NotFound: the principal has no such step.
        Conflict: there is no answer to rate.
        Invalid: the value or the length of the comment is out of range.
    """
    if value not in (0, 1):
        raise Invalid("A rating is 0 or 1.")
    if comment and len(comment) > LONGEST_COMMENT:
        raise Invalid(f"A comment may have {LONGEST_COMMENT} characters.")
    answer = await steps.answer_of(session, principal, step_id)
    present = now()
    rating = {"value": value, "comment": comment or None, "answer_run_id": answer.answer_run_id, "updated_at": present}
    new = insert(FeedbackRow).values(
        id=uuid4(),
        thread_id=answer.thread_id,
        step_id=answer.id,
        user_id=principal.user_id,
        created_at=present,
        **rating,
    )
    upserted = new.on_conflict_do_update(index_elements=[FeedbackRow.step_id], set_=rating).returning(FeedbackRow.id)
    feedback_id: UUID = (await session.execute(upserted)).scalar_one()
    kinds = kinds_of(value, comment)
    await review_items.follow_feedback(session, answer.answer_run_id, kinds)
    return feedback_id


def kinds_of(value: int, comment: str | None) -> list[review_items.Kind]:
    """What review item arises from a rating; nothing from a mere thumbs up."""
    kinds: list[review_items.Kind] = ["thumbs_down"] if value == 0 else []
    return [*kinds, "comment"] if comment else kinds


async def of_thread(session: AsyncSession, principal: Principal, thread_id: UUID) -> Sequence[FeedbackRow]:
    """All feedback given in a thread. Raises NotFound."""
    await threads.require(session, principal, thread_id)
    return (await session.scalars(select(FeedbackRow).where(FeedbackRow.thread_id == thread_id))).all()


async def remove(session: AsyncSession, principal: Principal, feedback_id: UUID) -> None:
    """Take a rating back. Raises NotFound when it does not exist or someone else gave it."""
    row = await session.get(FeedbackRow, feedback_id)
    require_own(principal, row.user_id if row else None, "feedback")
    assert row is not None
    await review_items.follow_feedback(session, row.answer_run_id, ())
    await session.execute(delete(FeedbackRow).where(FeedbackRow.id == feedback_id))
