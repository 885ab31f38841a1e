"""Sign-ins. A token is valid while its row here is open and its user is not disabled."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import now
from db.models import AuthSession, User


async def create(session: AsyncSession, *, user_id: UUID, kind: str, expires_at: datetime) -> AuthSession:
    """Store a sign-in; ``kind`` is ``browser`` or ``api``. Rows of this user that expired are cleared on the way."""
    await session.execute(
        delete(AuthSession).where(AuthSession.user_id == user_id, AuthSession.expires_at < func.now())
    )
    row = AuthSession(user_id=user_id, kind=kind, created_at=now(), expires_at=expires_at)
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


async def revoke(session: AsyncSession, session_id: UUID) -> bool:
    """End one sign-in; False when it had ended already."""
    statement = (
        update(AuthSession)
        .where(AuthSession.id == session_id, AuthSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(AuthSession.id)
    )
    return (await session.scalar(statement)) is not None


async def revoke_all(session: AsyncSession, user_id: UUID) -> list[UUID]:
    """End every sign-in of a user; the ids of those that were open."""
    statement = (
        update(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(AuthSession.id)
    )
    return list(await session.scalars(statement))


async def remove_expired(session: AsyncSession) -> int:
    """Delete the rows of sign-ins that ran out, whoever's; how many."""
    gone = await session.scalars(
        delete(AuthSession).where(AuthSession.expires_at < func.now()).returning(AuthSession.id)
    )
    return len(gone.all())
