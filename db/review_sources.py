"""What review items arise from: the tables of answer runs and ratings, looked through by upkeep, and the vectors that group the items."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db import feedback
from db.base import now
from db.conversation import FeedbackRow
from db.models import AnswerRun, ReviewItem, ReviewMark
from db.models.answers import TO_REVIEW
from db.review_items import Kind, union

Source = Literal["runs", "feedback"]
BATCH = 500  # rows
OVERLAP = timedelta(seconds=60)  # rows are stored a little after the time that stands in them
FIRST_RUNS = timedelta(days=7)  # back, when an installation gets the queue; ratings: all that there are


@dataclass(frozen=True, slots=True)
class Found:
    """A row that an item arises from."""

    run_id: UUID
    user_id: UUID
    kinds: tuple[Kind, ...]
    at: datetime
    row_id: UUID


def some_new(for_s: float, *, only_sent: bool) -> ColumnElement[bool]:
    """True when an answer ended or a rating changed in the last ``for_s`` seconds, or an item is :func:`ungrouped`."""
    since = func.now() - timedelta(seconds=for_s)
    ended = select(AnswerRun.id).where(AnswerRun.finished_at > since).exists()
    rated = select(FeedbackRow.id).where(FeedbackRow.updated_at > since).exists()
    alone = select(ReviewItem.id).where(ReviewItem.vector_model.is_(None))
    if only_sent:
        alone = alone.where(ReviewItem.kinds.contains(["told"]))
    return ended | rated | alone.exists()


async def begin(session: AsyncSession, source: Source) -> datetime:
    """Since when the rows of a source are to be looked through."""
    mark = await session.get(ReviewMark, source)
    if mark is not None:
        return mark.until - OVERLAP
    return now() - FIRST_RUNS if source == "runs" else datetime.fromtimestamp(0, tz=now().tzinfo)


async def set_mark(session: AsyncSession, source: Source, until: datetime) -> None:
    """Store how far a source was looked through; never back."""
    new = insert(ReviewMark).values(source=source, until=until)
    later = func.greatest(ReviewMark.until, new.excluded.until)
    await session.execute(new.on_conflict_do_update(index_elements=["source"], set_={"until": later}))


async def runs(
    session: AsyncSession, kinds: Collection[Kind], since: datetime, after: UUID | None = None
) -> list[Found]:
    """The first runs from a time on (after this one, when it has that time) that are refused, failed, or have unsupported sentences, as far
    as the kinds say; oldest first, at most ``BATCH``. Runs that an admin asked for are none."""
    wanted = {
        "refused": AnswerRun.state == "refused",
        "failed": AnswerRun.state == "error",
        "unsupported": and_(AnswerRun.unsupported_sentences > 0, AnswerRun.state == "done"),
    }
    conditions = [condition for kind, condition in wanted.items() if kind in kinds]
    if not conditions:
        return []
    columns = (AnswerRun.id, AnswerRun.user_id, AnswerRun.state, AnswerRun.finished_at, AnswerRun.id)
    statement = (
        select(*columns)
        .where(
            text(f"({TO_REVIEW})"),
            or_(*conditions),
            AnswerRun.finished_at.is_not(None),
            AnswerRun.repeats_run_id.is_(None),
        )
        .where(_after((AnswerRun.finished_at, AnswerRun.id), since, after))
        .order_by(AnswerRun.finished_at, AnswerRun.id)
        .limit(BATCH)
    )
    by_state: dict[str, tuple[Kind, ...]] = {"refused": ("refused",), "error": ("failed",), "done": ("unsupported",)}
    rows = await session.execute(statement)
    return [
        Found(run_id, user_id, by_state[state], at, row_id)
        for run_id, user_id, state, at, row_id in rows
        if at is not None
    ]


async def ratings(
    session: AsyncSession, kinds: Collection[Kind], since: datetime, after: UUID | None = None
) -> list[Found]:
    """As :func:`runs`, for thumbs down and comments by the time of their last change."""
    wanted = {"thumbs_down": FeedbackRow.value == 0, "comment": FeedbackRow.comment.is_not(None)}
    conditions = [condition for kind, condition in wanted.items() if kind in kinds]
    if not conditions:
        return []
    statement = (
        select(FeedbackRow)
        .where(FeedbackRow.answer_run_id.is_not(None), or_(*conditions))
        .where(_after((FeedbackRow.updated_at, FeedbackRow.id), since, after))
        .order_by(FeedbackRow.updated_at, FeedbackRow.id)
        .limit(BATCH)
    )
    found = []
    for row in await session.scalars(statement):
        assert row.answer_run_id is not None
        given = tuple(kind for kind in feedback.kinds_of(row.value, row.comment) if kind in kinds)
        found.append(Found(row.answer_run_id, row.user_id, given, row.updated_at, row.id))
    return found


def _after(place: tuple[Any, Any], since: datetime, after: UUID | None) -> Any:
    return place[0] >= since if after is None else tuple_(*place) > tuple_(since, after)


async def add(session: AsyncSession, found: Sequence[Found]) -> int:
    """Make items of rows; those of runs that have one get the new kinds. Returns how many are new or have changed."""
    count = 0
    held = select(AnswerRun.id).where(AnswerRun.id.in_([one.run_id for one in found]))
    present = set(
        await session.scalars(held.with_for_update(read=True, key_share=True))
    )  # some may be deleted meanwhile
    for one in found:
        if one.run_id not in present:
            continue
        item_id = uuid4()
        run = {"user_id": one.user_id, "answer_run_id": one.run_id, "automatic_run_id": one.run_id}
        empty = {"question": "", "note": "", "admin_note": "", "reply": "", "state": "new", "version": 1}
        new = insert(ReviewItem).values(
            id=item_id, group_id=item_id, kinds=list(one.kinds), created_at=one.at, **run, **empty
        )
        has_all = ReviewItem.kinds.contains(list(one.kinds))
        upserted = new.on_conflict_do_update(
            index_elements=[ReviewItem.answer_run_id], set_={"kinds": union(one.kinds)}, where=~has_all
        )
        count += (await session.scalar(upserted.returning(ReviewItem.id))) is not None
    return count


@dataclass(frozen=True, slots=True)
class Asked:
    """The question of an item, to be compared with others."""

    item_id: UUID
    group_id: UUID
    question: str
    vector: bytes = b""


async def ungrouped(session: AsyncSession, limit: int, *, only_sent: bool) -> list[Asked]:
    """Items that have not been compared with others yet, oldest first.

    Args:
        only_sent: only those that were sent to the admins.
    """
    question = func.coalesce(func.nullif(ReviewItem.question, ""), AnswerRun.question)
    statement = (
        select(ReviewItem.id, ReviewItem.group_id, question)
        .outerjoin(AnswerRun, AnswerRun.id == ReviewItem.answer_run_id)
        .where(ReviewItem.vector_model.is_(None), question.is_not(None))
        .order_by(ReviewItem.created_at, ReviewItem.id)
        .limit(limit)
    )
    if only_sent:
        statement = statement.where(ReviewItem.kinds.contains(["told"]))
    return [Asked(*row) for row in await session.execute(statement)]


async def grouped(session: AsyncSession, model: str, limit: int) -> list[Asked]:
    """The newest items with a vector of a model."""
    question = func.coalesce(func.nullif(ReviewItem.question, ""), AnswerRun.question, "")
    statement = (
        select(ReviewItem.id, ReviewItem.group_id, question, ReviewItem.vector)
        .outerjoin(AnswerRun, AnswerRun.id == ReviewItem.answer_run_id)
        .where(ReviewItem.vector_model == model, ReviewItem.vector.is_not(None))
        .order_by(ReviewItem.created_at.desc(), ReviewItem.id.desc())
        .limit(limit)
    )
    return [Asked(*row) for row in await session.execute(statement)]


async def set_group(session: AsyncSession, asked: Asked, model: str) -> None:
    """Store the vector and the group of an item."""
    values = {"group_id": asked.group_id, "vector": asked.vector, "vector_model": model}
    await session.execute(update(ReviewItem).where(ReviewItem.id == asked.item_id).values(**values))
