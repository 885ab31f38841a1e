"""Shared links to conversations. Everybody who has signed in may open one whose secret they know; only its person sees it in a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from core.access import Principal, require_own
from core.errors import NotFound
from db import cursors, threads
from db.base import now
from db.models import ConversationShare, User

_IS_LIVE: ColumnElement[bool] = or_(ConversationShare.expires_at.is_(None), ConversationShare.expires_at > func.now())


@dataclass(frozen=True, slots=True)
class SharePage:
    """Links, the newest first. ``cursor`` leads to the next page; None on the last one."""

    shares: Sequence[ConversationShare]
    cursor: str | None


async def create(
    session: AsyncSession,
    principal: Principal,
    thread_id: UUID,
    *,
    title: str,
    snapshot: dict[str, Any],
    message_count: int,
    expires_at: datetime | None,
) -> ConversationShare:
    """Store a link to a conversation of the principal's. Raises NotFound."""
    await threads.get_for_change(session, principal, thread_id)
    share = ConversationShare(
        id=uuid4(),
        user_id=principal.user_id,
        thread_id=thread_id,
        title=title,
        snapshot=snapshot,
        message_count=message_count,
        created_at=now(),
        expires_at=expires_at,
    )
    session.add(share)
    await session.flush()
    return share


def _own(principal: Principal) -> Select[ConversationShare]:
    statement = select(ConversationShare).where(ConversationShare.user_id == principal.user_id, _IS_LIVE)
    return statement.order_by(ConversationShare.created_at.desc(), ConversationShare.id.desc())


async def of_thread(session: AsyncSession, principal: Principal, thread_id: UUID) -> Sequence[ConversationShare]:
    """The links to a conversation of the principal's that work, the newest first, without what they show. Raises NotFound."""
    await threads.require(session, principal, thread_id)
    return (await session.scalars(_own(principal).where(ConversationShare.thread_id == thread_id))).all()


async def page(session: AsyncSession, principal: Principal, *, limit: int, cursor: str | None = None) -> SharePage:
    """The principal's links that work, without what they show. Raises Invalid for a cursor that is not valid."""
    statement = _own(principal)
    if cursor:
        statement = statement.where(tuple_(ConversationShare.created_at, ConversationShare.id) < cursors.decode(cursor))
    rows = (await session.scalars(statement.limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return SharePage(rows[:limit], cursors.encode(last.created_at, last.id) if last else None)


async def remove(session: AsyncSession, principal: Principal, share_id: UUID) -> UUID:
    """Revoke a link of the principal's; returns the id of its conversation. Raises NotFound."""
    share = await session.get(ConversationShare, share_id, with_for_update=True)
    require_own(principal, share.user_id if share else None, "link")
    assert share is not None
    await session.delete(share)
    return share.thread_id


async def find(session: AsyncSession, share_id: UUID) -> tuple[ConversationShare, str]:
    """A link that works with what it shows, and its person's name. The caller has checked the link's secret.

    Raises:
        NotFound: it is not there, has expired, or its person may not sign in any more.
    """
    statement = (
        select(ConversationShare, func.coalesce(User.display_name, User.username))
        .join(User, User.id == ConversationShare.user_id)
        .where(ConversationShare.id == share_id, _IS_LIVE, User.disabled_at.is_(None))
        .options(undefer(ConversationShare.snapshot))
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("There is no such page.")
    share, name = row
    return share, name


async def remove_expired(session: AsyncSession) -> int:
    """Delete the links of all people that have expired; returns how many."""
    expired = delete(ConversationShare).where(ConversationShare.expires_at <= func.now())
    return len((await session.scalars(expired.returning(ConversationShare.id))).all())
