"""Changes of review items by admins, and their history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import Principal, require_admin
from core.errors import NotFound, PreconditionFailed
from db.base import now
from db.models import ReviewChange, ReviewItem, User
from db.review_items import ENDED

COLUMNS = ("state", "verdict", "cause", "assignee_id", "admin_note", "reply")


@dataclass(frozen=True, slots=True)
class Change:
    """One change in the history of an item.

    Attributes:
        by: name of the admin; None: who asked, or somebody who was deleted.
        assignee: name of the new assignee, where that changed to somebody.
        changes: column → before and after; ``assignee`` without them.
    """

    at: datetime
    by: str | None
    assignee: str | None
    changes: Mapping[str, Any]


async def change(
    session: AsyncSession, principal: Principal, item_id: UUID, wanted: Mapping[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Change columns of an item and write down what changed.

    Args:
        wanted: new values of some of ``COLUMNS``.
        version: the one that the admin saw; None: whatever it is now.

    Returns:
        Column → before and after, of those that changed.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such item.
        PreconditionFailed: it has another version now; nothing is changed.
    """
    require_admin(principal)
    item = await session.get(ReviewItem, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise NotFound("There is no such review item.")
    if version is not None and item.version != version:
        raise PreconditionFailed("Somebody changed this item meanwhile.")
    changed = {
        name: [getattr(item, name), wanted[name]]
        for name in COLUMNS
        if name in wanted and getattr(item, name) != wanted[name]
    }
    if changed:
        _apply(item, principal, changed)
        session.add(_history(principal, item, changed))
        await session.flush()
    return changed


def _apply(item: ReviewItem, principal: Principal, changed: Mapping[str, Any]) -> None:
    for name, (_, value) in changed.items():
        setattr(item, name, value)
    item.version += 1
    if "state" in changed:
        is_ended = item.state in ENDED
        item.done_at, item.done_by = (now(), principal.user_id) if is_ended else (None, None)


def _history(principal: Principal, item: ReviewItem, changed: Mapping[str, Any]) -> ReviewChange:
    told = {name: pair for name, pair in changed.items() if name != "assignee_id"}
    if "assignee_id" in changed:
        told["assignee"] = True  # no ids here: the column goes with its person
    return ReviewChange(
        item_id=item.id,
        at=now(),
        actor_id=principal.user_id,
        assignee_id=item.assignee_id if "assignee_id" in changed else None,
        changes=told,
    )


async def history(session: AsyncSession, principal: Principal, item_id: UUID, limit: int = 100) -> list[Change]:
    """The changes of an item, newest first.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    actor, assignee = aliased(User), aliased(User)
    statement = (
        select(
            ReviewChange.at,
            func.coalesce(actor.display_name, actor.username),
            func.coalesce(assignee.display_name, assignee.username),
            ReviewChange.changes,
        )
        .outerjoin(actor, actor.id == ReviewChange.actor_id)
        .outerjoin(assignee, assignee.id == ReviewChange.assignee_id)
        .where(ReviewChange.item_id == item_id)
        .order_by(ReviewChange.at.desc(), ReviewChange.id)
        .limit(limit)
    )
    return [Change(*row) for row in await session.execute(statement)]
