"""Review items: sending one, reading one, and the words for what is in them.

These functions guard who reads an item; how much of the conversation an admin sees of it is decided in ``answers/reviews/rule.py``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import Select, case, func, select, type_coerce, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, load_only
from sqlalchemy.types import Text

from core.access import Principal, require_admin, require_own
from core.errors import NotFound
from db import answer_runs
from db.base import now
from db.conversation import FeedbackRow
from db.models import AnswerRun, ReviewChange, ReviewItem, User

Kind = Literal["told", "thumbs_down", "comment", "refused", "unsupported", "failed"]
State = Literal["new", "triaged", "fixed", "wont_fix"]
Verdict = Literal["right", "partly", "wrong"]
Cause = Literal["missing_document", "bad_parse", "bad_retrieval", "bad_answer", "not_answerable"]
OPEN: tuple[State, ...] = ("new", "triaged")
ENDED: tuple[State, ...] = ("fixed", "wont_fix")


@dataclass(frozen=True, slots=True)
class Entry:
    """A review item with what belongs to it.

    Attributes:
        asked_by, assignee, done_by: names of people; None for nobody, and for those who were deleted.
        run: the answer run; None once the conversation was deleted.
        rating: 0 = thumbs down, 1 = thumbs up; None: the person gave none, or took it back.
        comment: of the person; empty without one.
    """

    item: ReviewItem
    asked_by: str
    assignee: str | None
    done_by: str | None
    run: AnswerRun | None
    rating: int | None = None
    comment: str = ""


async def create(
    session: AsyncSession, principal: Principal, run_id: UUID, *, kind: Kind, note: str
) -> tuple[ReviewItem, bool]:
    """Send an answer of the principal's to the admins; once per answer. An item that arose by itself becomes the sent one, and is new again
    when it had ended.

    Args:
        kind: what is wrong with the answer, beside ``told``.

    Returns:
        The item, and True when it was not sent before. One that was sent before stays unchanged.

    Raises:
        NotFound: the run is not there, or someone else's.
    """
    run = await session.get(AnswerRun, run_id, with_for_update={"read": True, "key_share": True})
    require_own(principal, run.user_id if run else None, "answer")
    assert run is not None
    item_id, sent = uuid4(), {"question": run.question, "note": note, "automatic_run_id": None}
    new = {"id": item_id, "group_id": item_id, "user_id": principal.user_id, "answer_run_id": run_id}
    statement = insert(ReviewItem).values(
        **new, **sent, kinds=["told", kind], state="new", admin_note="", reply="", version=1, created_at=now()
    )
    is_ended = ReviewItem.state.in_(ENDED)
    upserted = statement.on_conflict_do_update(
        index_elements=[ReviewItem.answer_run_id],
        set_={
            **sent,
            "kinds": union(["told", kind]),
            "state": case((is_ended, "new"), else_=ReviewItem.state),
            "version": ReviewItem.version + 1,
            "done_at": None,
            "done_by": None,
        },
        where=~ReviewItem.kinds.contains(["told"]),
    )
    made = (
        await session.scalars(upserted.returning(ReviewItem), execution_options={"populate_existing": True})
    ).first()
    if made is None:
        return (await session.scalars(select(ReviewItem).where(ReviewItem.answer_run_id == run_id))).one(), False
    if made.id != item_id:
        session.add(ReviewChange(item_id=made.id, at=now(), changes={"told": [False, True]}))
    return made, True


def union(kinds: Sequence[str]) -> Any:
    """SQL: the kinds of an item and these, each once, in the order in which they came."""
    added: Any = type_coerce(list(kinds), ARRAY(Text()))
    for kind in kinds:
        added = case((ReviewItem.kinds.contains([kind]), func.array_remove(added, kind)), else_=added)
    return func.array_cat(ReviewItem.kinds, added)


async def of_run(session: AsyncSession, principal: Principal, run_id: UUID) -> ReviewItem | None:
    """The review item of an answer run of the principal's; None when there is none.

    Raises:
        NotFound: the run is not there, or someone else's.
    """
    await answer_runs.get_owned(session, principal, run_id)
    return (await session.scalars(select(ReviewItem).where(ReviewItem.answer_run_id == run_id))).one_or_none()


async def get(session: AsyncSession, principal: Principal, item_id: UUID) -> Entry:
    """An item with what belongs to it.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such item.
    """
    require_admin(principal)
    rows = (await session.execute(entries().where(ReviewItem.id == item_id))).all()
    if not rows:
        raise NotFound("There is no such review item.")
    return (await with_feedback(session, [Entry(*rows[0])]))[0]


def entries() -> Select[Any]:
    """Items with the columns of :class:`Entry`, as far as ``run``."""
    asker, assignee, settler = aliased(User), aliased(User), aliased(User)
    columns = (
        "question",
        "answer",
        "state",
        "nearest",
        "error",
        "thread_id",
        "created_at",
        "repeats_run_id",
        "user_id",
    )
    return (
        select(ReviewItem, _name_of(asker), assignee.username, _name_of(settler), AnswerRun)
        .join(asker, asker.id == ReviewItem.user_id)
        .outerjoin(assignee, assignee.id == ReviewItem.assignee_id)
        .outerjoin(settler, settler.id == ReviewItem.done_by)
        .outerjoin(AnswerRun, AnswerRun.id == ReviewItem.answer_run_id)
        .options(load_only(*(getattr(AnswerRun, name) for name in columns)))
    )


async def with_feedback(session: AsyncSession, found: Sequence[Entry]) -> list[Entry]:
    """The same entries with the ratings and comments that are there now."""
    run_ids = [entry.item.answer_run_id for entry in found if entry.item.answer_run_id]
    given = await _feedback(session, run_ids)
    none = (None, "")
    rated = [given.get(entry.item.answer_run_id, none) if entry.item.answer_run_id else none for entry in found]
    return [
        Entry(entry.item, entry.asked_by, entry.assignee, entry.done_by, entry.run, *pair)
        for entry, pair in zip(found, rated, strict=True)
    ]


async def _feedback(session: AsyncSession, run_ids: Collection[UUID]) -> dict[UUID | None, tuple[int | None, str]]:
    if not run_ids:
        return {}
    statement = select(FeedbackRow.answer_run_id, FeedbackRow.value, FeedbackRow.comment)
    rows = await session.execute(
        statement.where(FeedbackRow.answer_run_id.in_(run_ids)).order_by(FeedbackRow.updated_at)
    )
    return {run_id: (value, comment or "") for run_id, value, comment in rows}


async def group_ids(session: AsyncSession, principal: Principal, group_id: UUID) -> list[UUID]:
    """The items of a group that are not ended, oldest first.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    statement = select(ReviewItem.id).where(ReviewItem.group_id == group_id, ReviewItem.state.in_(OPEN))
    return list(await session.scalars(statement.order_by(ReviewItem.created_at, ReviewItem.id)))


async def admins(session: AsyncSession, principal: Principal) -> list[tuple[UUID, str]]:
    """The admins who may sign in, by name: to whom an item can be assigned.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    statement = select(User.id, User.username).where(User.role == "admin", User.disabled_at.is_(None))
    return [(user_id, name) for user_id, name in await session.execute(statement.order_by(User.username))]


async def follow_feedback(session: AsyncSession, run_id: UUID | None, kinds: Collection[Kind]) -> None:
    """A person changed or took back a rating: an item that no admin has touched keeps only these kinds of feedback, and goes when it has
    nothing left that it arose from."""
    if run_id is None:
        return
    gone = [kind for kind in ("thumbs_down", "comment") if kind not in kinds]
    item = await session.scalar(
        select(ReviewItem).where(ReviewItem.answer_run_id == run_id, ReviewItem.state == "new").with_for_update()
    )
    if item is None or not set(gone) & set(item.kinds):
        return
    left = [kind for kind in item.kinds if kind not in gone]
    if left:
        await session.execute(update(ReviewItem).where(ReviewItem.id == item.id).values(kinds=left))
    else:
        await session.delete(item)


def _name_of(user: Any) -> Any:
    return func.coalesce(user.display_name, user.username)
