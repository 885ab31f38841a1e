"""Users. Callers pass names in lower case, as they are stored and compared."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Role
from core.errors import Conflict
from db.models import Identity, User

LAST_ADMIN = "This is the last admin who can sign in. Make somebody else an admin first."


async def create(session: AsyncSession, *, username: str, password_hash: str, role: Role, **more: str | None) -> User:
    """Store a new user; ``more``: values of further columns.

    Raises:
        Conflict: the name is taken, possibly by a concurrent call.
    """
    values = {"username": username, "password_hash": password_hash, "role": role.value, **more}
    statement = insert(User).values(values).on_conflict_do_nothing(index_elements=["username"]).returning(User)
    user = (await session.scalars(statement)).one_or_none()
    if user is None:
        raise Conflict(f"There is already a user named {username}.")
    return user


async def get(session: AsyncSession, user_id: UUID) -> User | None:
    """The user with this id."""
    return await session.get(User, user_id)


async def lock(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, read again and locked against changes until this transaction ends, which may change it."""
    return await session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)


async def by_name(session: AsyncSession, username: str) -> User | None:
    """The user with this name."""
    return (await session.scalars(select(User).where(User.username == username))).one_or_none()


async def has_any(session: AsyncSession) -> bool:
    """True when at least one user exists."""
    return (await session.scalar(select(User.id).limit(1))) is not None


async def lock_all(session: AsyncSession) -> None:
    """Make others that create the first user, or take an admin's rights away, wait until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("footnote.users"))))


async def set_password_hash(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    """Replace the password."""
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def set_disabled(session: AsyncSession, user_id: UUID, disabled_at: datetime | None) -> None:
    """Disable the user, or (None) enable the user again."""
    await session.execute(update(User).where(User.id == user_id).values(disabled_at=disabled_at))


async def require_other_admin(session: AsyncSession, user_id: UUID) -> None:
    """Raise Conflict unless an admin besides this user can sign in. Before anything else is locked: call :func:`lock_all`."""
    has_way_in = or_(User.password_hash != "", exists().where(Identity.user_id == User.id))
    others = select(User.id).where(
        User.id != user_id, User.role == Role.ADMIN.value, User.disabled_at.is_(None), has_way_in
    )
    if await session.scalar(others.limit(1)) is None:
        raise Conflict(LAST_ADMIN)


async def note_sign_in(session: AsyncSession, user_id: UUID) -> None:
    """Note that the user signs in now; this changes nothing of what an admin has before them."""
    values = {"last_sign_in_at": func.now(), "updated_at": User.updated_at}
    await session.execute(update(User).where(User.id == user_id).values(values))


async def set_tier(session: AsyncSession, user_id: UUID, tier: str) -> None:
    """Set the tier, whose quotas apply to the user."""
    await session.execute(update(User).where(User.id == user_id).values(tier=tier))
