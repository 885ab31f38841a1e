"""The list of review items: filters, pages and counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import Principal, require_admin
from db import cursors
from db.models import ReviewItem, User
from db.review_items import Cause, Entry, Kind, State, Verdict, entries, with_feedback


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which items are wanted; None: all.

    Attributes:
        states: empty: all.
        cause: ``none``: those without one.
        assignee: a name; ``none``: those of nobody.
        person: name of who asked.
        since, before: when the item arose; ``since`` included.
        group_id: items whose questions mean the same.
        is_one_of_each: only one of each group, the newest that a person sent, else the newest.
    """

    states: tuple[State, ...] = ()
    kind: Kind | None = None
    cause: Cause | str | None = None
    verdict: Verdict | None = None
    assignee: str | None = None
    person: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    group_id: UUID | None = None
    is_one_of_each: bool = False


async def page(
    session: AsyncSession, principal: Principal, wanted: ReviewFilter, *, limit: int, cursor: str | None = None
) -> tuple[list[Entry], str | None]:
    """One page of the items, newest first, and the cursor of the next; None after the last.

    Raises:
        NotPermitted: the principal is no admin.
        Invalid: the cursor is not valid.
    """
    require_admin(principal)
    statement = entries().where(*_conditions(ReviewItem, wanted)).limit(limit + 1)
    if wanted.is_one_of_each and wanted.group_id is None:
        statement = statement.where(~_has_better(wanted))
    if cursor is not None:
        statement = statement.where(_place(ReviewItem) < tuple_(*cursors.decode(cursor)))
    statement = statement.order_by(ReviewItem.created_at.desc(), ReviewItem.id.desc())
    found = [Entry(*row) for row in await session.execute(statement)]
    last = found[limit - 1].item if len(found) > limit else None
    return await with_feedback(session, found[:limit]), cursors.encode(last.created_at, last.id) if last else None


async def sizes(
    session: AsyncSession, principal: Principal, wanted: ReviewFilter, group_ids: Sequence[UUID]
) -> dict[UUID, int]:
    """How many items that fit the filter each group has.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    statement = select(ReviewItem.group_id, func.count()).where(ReviewItem.group_id.in_(group_ids))
    rows = await session.execute(statement.where(*_conditions(ReviewItem, wanted)).group_by(ReviewItem.group_id))
    return {group_id: int(count) for group_id, count in rows}


async def counts(session: AsyncSession, principal: Principal, wanted: ReviewFilter | None = None) -> dict[State, int]:
    """Numbers of items by state; the states of the filter do not matter.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    filtered = replace(wanted or ReviewFilter(), states=())
    statement = select(ReviewItem.state, func.count()).where(*_conditions(ReviewItem, filtered))
    numbers = {state: int(count) for state, count in await session.execute(statement.group_by(ReviewItem.state))}
    every: tuple[State, ...] = ("new", "triaged", "fixed", "wont_fix")
    return {state: numbers.get(state, 0) for state in every}


async def after(session: AsyncSession, principal: Principal, item: ReviewItem, states: Sequence[State]) -> UUID | None:
    """The next older item in one of these states, of another group; else the newest one. None: there is no other.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    other = select(ReviewItem.id).where(ReviewItem.state.in_(states), ReviewItem.group_id != item.group_id)
    newest_first = other.order_by(ReviewItem.created_at.desc(), ReviewItem.id.desc()).limit(1)
    older = newest_first.where(_place(ReviewItem) < tuple_(item.created_at, item.id))
    found: UUID | None = await session.scalar(older) or await session.scalar(newest_first)
    return found


def _place(item: Any) -> Any:
    return tuple_(item.created_at, item.id)


def _has_better(wanted: ReviewFilter) -> ColumnElement[bool]:
    """There is one in its group that says more: one that a person sent, with its question and note, before one that was found."""
    other = aliased(ReviewItem)
    is_better = and_(other.group_id == ReviewItem.group_id, _weight(other) > _weight(ReviewItem))
    return select(other.id).where(is_better, *_conditions(other, wanted)).exists()


def _weight(item: Any) -> Any:
    return tuple_(item.kinds.contains(["told"]), item.created_at, item.id)


def _conditions(item: Any, wanted: ReviewFilter) -> list[ColumnElement[bool]]:
    conditions: dict[str, Callable[[], ColumnElement[bool]]] = {
        "states": lambda: item.state.in_(wanted.states),
        "kind": lambda: item.kinds.contains([wanted.kind]),
        "cause": lambda: item.cause.is_(None) if wanted.cause == "none" else item.cause == wanted.cause,
        "verdict": lambda: item.verdict == wanted.verdict,
        "assignee": lambda: (
            item.assignee_id.is_(None) if wanted.assignee == "none" else item.assignee_id == _id_of(wanted.assignee)
        ),
        "person": lambda: item.user_id == _id_of(wanted.person),
        "since": lambda: item.created_at >= wanted.since,
        "before": lambda: item.created_at < wanted.before,
        "group_id": lambda: item.group_id == wanted.group_id,
    }
    return [condition() for name, condition in conditions.items() if getattr(wanted, name)]


def _id_of(username: str | None) -> Any:
    return select(User.id).where(User.username == username).scalar_subquery()
