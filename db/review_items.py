"""Review items. An admin sees what was sent, and nothing else of the conversation."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import Principal, require_admin, require_own
from core.errors import NotFound
from db import answer_runs, cursors
from db.base import now
from db.models import AnswerRun, ReviewItem, User

ReviewKind = Literal["not_in_documents", "unsupported"]
ReviewState = Literal["open", "done"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A review item with what was sent with it.

    Attributes:
        asked_by, done_by: names of people; None when nobody settled it, or the person is gone.
        answer, nearest: of the answer run, as stored there; empty once the conversation was deleted.
    """

    item: ReviewItem
    asked_by: str
    done_by: str | None
    answer: str
    nearest: list[Any]


async def create(
    session: AsyncSession, principal: Principal, run_id: UUID, *, kind: ReviewKind, note: str
) -> tuple[ReviewItem, bool]:
    """Tell the admins about an answer of the principal's, once.

    Returns:
        The item, and whether it is new. One that was there already stays as it is.

    Raises:
        NotFound: the run is not there, or someone else's.
    """
    run = await session.get(AnswerRun, run_id, with_for_update={"read": True, "key_share": True})
    require_own(principal, run.user_id if run else None, "answer")
    assert run is not None
    values = {
        "id": uuid4(),
        "user_id": principal.user_id,
        "answer_run_id": run_id,
        "kind": kind,
        "question": run.question,
        "note": note,
        "state": "open",
        "created_at": now(),
    }
    statement = insert(ReviewItem).values(values).on_conflict_do_nothing(index_elements=[ReviewItem.answer_run_id])
    made = (await session.scalars(statement.returning(ReviewItem))).one_or_none()
    if made is not None:
        return made, True
    return (await session.scalars(select(ReviewItem).where(ReviewItem.answer_run_id == run_id))).one(), False


async def of_run(session: AsyncSession, principal: Principal, run_id: UUID) -> ReviewItem | None:
    """What the principal told the admins about an answer run of theirs.

    Raises:
        NotFound: the run is not there, or someone else's.
    """
    await answer_runs.get_owned(session, principal, run_id)
    return (await session.scalars(select(ReviewItem).where(ReviewItem.answer_run_id == run_id))).one_or_none()


async def page(
    session: AsyncSession, principal: Principal, *, state: ReviewState | None, limit: int, cursor: str | None = None
) -> tuple[list[Entry], str | None]:
    """One page of what was sent, newest first, and the cursor of the next; None after the last.

    Raises:
        NotPermitted: the principal is no admin.
        Invalid: the cursor is not one of ours.
    """
    require_admin(principal)
    asker, settler = aliased(User), aliased(User)
    statement = (
        select(ReviewItem, _name_of(asker), _name_of(settler), AnswerRun.answer, AnswerRun.nearest)
        .join(asker, asker.id == ReviewItem.user_id)
        .outerjoin(settler, settler.id == ReviewItem.done_by)
        .outerjoin(AnswerRun, AnswerRun.id == ReviewItem.answer_run_id)
        .order_by(ReviewItem.created_at.desc(), ReviewItem.id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        statement = statement.where(ReviewItem.state == state)
    if cursor is not None:
        statement = statement.where(tuple_(ReviewItem.created_at, ReviewItem.id) < tuple_(*cursors.decode(cursor)))
    rows = (await session.execute(statement)).all()
    entries = [Entry(item, asked, done, answer or "", nearest or []) for item, asked, done, answer, nearest in rows]
    last = entries[limit - 1].item if len(entries) > limit else None
    return entries[:limit], cursors.encode(last.created_at, last.id) if last else None


def _name_of(user: Any) -> Any:
    return func.coalesce(user.display_name, user.username)


async def counts(session: AsyncSession, principal: Principal) -> dict[ReviewState, int]:
    """How many items are open, and how many done.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    statement = select(ReviewItem.state, func.count()).group_by(ReviewItem.state)
    found = {state: int(count) for state, count in await session.execute(statement)}
    return {"open": found.get("open", 0), "done": found.get("done", 0)}


async def settle(session: AsyncSession, principal: Principal, item_id: UUID, state: ReviewState) -> None:
    """Mark an item as done, or open it again. One that is done already keeps who did it, and when.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such item.
    """
    require_admin(principal)
    item = await session.get(ReviewItem, item_id, with_for_update=True)
    if item is None:
        raise NotFound("There is no such review item.")
    if item.state != state:
        is_done = state == "done"
        item.state = state
        item.done_at, item.done_by = (now(), principal.user_id) if is_done else (None, None)
