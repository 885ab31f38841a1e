"""One-time links by which people set a password. A link works until it is used, replaced, taken back or expired."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from db.base import now
from db.models import PasswordLink, User


async def put(session: AsyncSession, principal: Principal, secrets: dict[UUID, bytes], expires_at: datetime) -> None:
    """Store the hashes of new links by the ids of their people, in place of earlier ones. Raises NotPermitted unless an admin asks."""
    require_admin(principal)
    rows = [
        {
            "user_id": user_id,
            "secret_hash": secret_hash,
            "created_by": principal.user_id,
            "created_at": now(),
            "expires_at": expires_at,
        }
        for user_id, secret_hash in secrets.items()
    ]
    statement = insert(PasswordLink)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "user_id"}
    await session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=changed), rows)


async def find(session: AsyncSession, secret_hash: bytes) -> User | None:
    """The person of a link that works; None for any other."""
    statement = (
        select(User)
        .join(PasswordLink, PasswordLink.user_id == User.id)
        .where(
            PasswordLink.secret_hash == secret_hash,
            PasswordLink.expires_at > func.now(),
            User.disabled_at.is_(None),
        )
    )
    return (await session.scalars(statement)).one_or_none()


async def use(session: AsyncSession, secret_hash: bytes) -> User | None:
    """As :func:`find`, and the link is used up; of two who use it at the same time, one gets None."""
    user = await find(session, secret_hash)
    is_this = (PasswordLink.secret_hash == secret_hash, PasswordLink.expires_at > func.now())
    used = await session.scalar(delete(PasswordLink).where(*is_this).returning(PasswordLink.user_id))
    return user if used is not None else None


async def of_person(session: AsyncSession, principal: Principal, user_id: UUID) -> PasswordLink | None:
    """The link of a person that works. Raises NotPermitted unless an admin asks."""
    require_admin(principal)
    is_open = (PasswordLink.user_id == user_id, PasswordLink.expires_at > func.now())
    return (await session.scalars(select(PasswordLink).where(*is_open))).one_or_none()


async def remove(session: AsyncSession, user_id: UUID) -> bool:
    """Take the link of a person back; False when there was none."""
    statement = delete(PasswordLink).where(PasswordLink.user_id == user_id).returning(PasswordLink.user_id)
    return await session.scalar(statement) is not None


async def remove_expired(session: AsyncSession) -> int:
    """Delete the links of all people that have expired; returns how many."""
    ids = await session.scalars(
        delete(PasswordLink).where(PasswordLink.expires_at < func.now()).returning(PasswordLink.user_id)
    )
    return len(ids.all())
