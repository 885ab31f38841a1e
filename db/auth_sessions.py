"""Sign-ins. A token is valid while its row here is open and its user is not disabled."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin, require_own
from core.context import current_source
from db.base import now
from db.models import AuthSession, User

USED_EVERY = timedelta(minutes=5)  # no more often is it noted that a sign-in is used
_is_over = func.greatest(AuthSession.expires_at, AuthSession.refreshable_until) < func.now()


async def create(
    session: AsyncSession,
    *,
    user_id: UUID,
    kind: str,
    expires_at: datetime,
    refreshable_until: datetime | None = None,
    id_token: str | None = None,
) -> AuthSession:
    """Store a sign-in; ``kind`` is ``browser`` or ``api``. Rows of this user that are over are deleted."""
    await session.execute(delete(AuthSession).where(AuthSession.user_id == user_id, _is_over))
    source = current_source.get()
    row = AuthSession(
        user_id=user_id,
        address=source.address if source else None,
        device=source.user_agent or None if source else None,
        kind=kind,
        created_at=now(),
        expires_at=expires_at,
        refreshable_until=refreshable_until,
        id_token=id_token,
        last_used_at=now(),
    )
    session.add(row)
    await session.flush()
    return row


async def find_open(session: AsyncSession, session_id: UUID) -> tuple[AuthSession, User] | None:
    """The sign-in and its user, or None when it is revoked, expired or unknown, or the user is disabled."""
    statement = (
        select(AuthSession, User)
        .join(User, User.id == AuthSession.user_id)
        .where(
            AuthSession.id == session_id,
            AuthSession.revoked_at.is_(None),
            AuthSession.expires_at > func.now(),
            User.disabled_at.is_(None),
        )
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def find_refreshable(session: AsyncSession, session_id: UUID) -> tuple[AuthSession, User] | None:
    """The sign-in and its user, locked until the transaction ends; None when it can no longer be refreshed."""
    statement = (
        select(AuthSession, User)
        .join(User, User.id == AuthSession.user_id)
        .where(
            AuthSession.id == session_id,
            AuthSession.revoked_at.is_(None),
            AuthSession.refreshable_until > func.now(),
            User.disabled_at.is_(None),
        )
        .with_for_update(of=AuthSession)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def revoke(session: AsyncSession, session_id: UUID) -> AuthSession | None:
    """End a sign-in; None when it had ended already."""
    statement = (
        update(AuthSession)
        .where(AuthSession.id == session_id, AuthSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(AuthSession)
    )
    return (await session.scalars(statement)).one_or_none()


async def revoke_all(session: AsyncSession, user_id: UUID, *, but: UUID | None = None) -> list[UUID]:
    """End every sign-in of a user, but one where it is named; returns the ids of those that were open."""
    statement = (
        update(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.revoked_at.is_(None), AuthSession.id.is_distinct_from(but))
        .values(revoked_at=func.now())
        .returning(AuthSession.id)
    )
    return list(await session.scalars(statement))


async def revoke_own(session: AsyncSession, principal: Principal, session_id: UUID) -> None:
    """End a sign-in of the principal. Raises NotFound for somebody else's, and for one that does not exist."""
    owner_id = await session.scalar(select(AuthSession.user_id).where(AuthSession.id == session_id))
    require_own(principal, owner_id, "sign-in")
    await revoke(session, session_id)


async def of_person(session: AsyncSession, principal: Principal, user_id: UUID) -> list[AuthSession]:
    """The open sign-ins of a person, the latest used first. Raises NotPermitted for somebody else's, unless the principal is an admin."""
    if user_id != principal.user_id:
        require_admin(principal)
    is_open = (AuthSession.user_id == user_id, AuthSession.revoked_at.is_(None), ~_is_over)
    used_at = func.coalesce(AuthSession.last_used_at, AuthSession.created_at)
    return list(await session.scalars(select(AuthSession).where(*is_open).order_by(used_at.desc(), AuthSession.id)))


async def mark_used(session: AsyncSession, session_id: UUID) -> None:
    """Note that a sign-in is used now."""
    await session.execute(update(AuthSession).where(AuthSession.id == session_id).values(last_used_at=func.now()))


async def remove_expired(session: AsyncSession) -> int:
    """Delete the sign-ins of all users that are over; returns how many."""
    ids = await session.scalars(delete(AuthSession).where(_is_over).returning(AuthSession.id))
    return len(ids.all())
