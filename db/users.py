"""Users. Names are compared and stored in lower case; callers pass them so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Role
from core.errors import Conflict
from db.models import User


async def create(session: AsyncSession, *, username: str, password_hash: str, role: Role) -> User:
    """Store a new user.

    Raises:
        Conflict: the name is taken, also by someone who took it this very moment.
    """
    values = {"username": username, "password_hash": password_hash, "role": role.value}
    statement = insert(User).values(values).on_conflict_do_nothing(index_elements=["username"]).returning(User)
    user = (await session.scalars(statement)).one_or_none()
    if user is None:
        raise Conflict(f"There is already a user named {username}.")
    return user


async def get(session: AsyncSession, user_id: UUID) -> User | None:
    """The user with this id."""
    return await session.get(User, user_id)


async def lock(session: AsyncSession, user_id: UUID) -> User | None:
    """The user as it is now, and stays until this transaction ends."""
    return await session.get(User, user_id, with_for_update={"read": True}, populate_existing=True)


async def by_name(session: AsyncSession, username: str) -> User | None:
    """The user with this name."""
    return (await session.scalars(select(User).where(User.username == username))).one_or_none()


async def has_any(session: AsyncSession) -> bool:
    """True when at least one user exists."""
    return (await session.scalar(select(User.id).limit(1))) is not None


async def lock_all(session: AsyncSession) -> None:
    """Hold back everyone else who wants to make the first user, until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("footnote.users"))))


async def set_password_hash(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    """Replace the password."""
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def set_disabled(session: AsyncSession, user_id: UUID, disabled_at: datetime | None) -> None:
    """Keep the user out from now on, or (None) let the user in again."""
    await session.execute(update(User).where(User.id == user_id).values(disabled_at=disabled_at))


async def set_tier(session: AsyncSession, user_id: UUID, tier: str) -> None:
    """Change whose quotas apply to the user."""
    await session.execute(update(User).where(User.id == user_id).values(tier=tier))
