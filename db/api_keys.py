"""API keys. A key works while its row is neither revoked nor expired and its user is not disabled."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin, require_own
from core.errors import NotFound
from db import cursors
from db.base import now
from db.models import ApiKey, User

KEPT_AFTER_END = timedelta(days=30)
USED_EVERY = timedelta(minutes=1)


async def create(
    session: AsyncSession,
    principal: Principal,
    *,
    key_id: UUID,
    name: str,
    secret_hash: bytes,
    scopes: Collection[str],
    expires_at: datetime,
    questions_per_minute: int | None,
) -> ApiKey:
    """Store a key of the principal."""
    row = ApiKey(
        id=key_id,
        user_id=principal.user_id,
        name=name,
        secret_hash=secret_hash,
        scopes=sorted(scopes),
        created_at=now(),
        expires_at=expires_at,
        questions_per_minute=questions_per_minute,
    )
    session.add(row)
    await session.flush()
    return row


async def of_person(session: AsyncSession, principal: Principal) -> list[ApiKey]:
    """The principal's keys, newest first; ended ones too, as long as they are kept."""
    statement = select(ApiKey).where(ApiKey.user_id == principal.user_id).order_by(ApiKey.created_at.desc(), ApiKey.id)
    return list(await session.scalars(statement))


async def of_user(session: AsyncSession, principal: Principal, user_id: UUID) -> list[ApiKey]:
    """The keys of anybody, newest first, for admins; ended ones too, as long as they are kept. Raises NotPermitted."""
    require_admin(principal)
    statement = select(ApiKey).where(ApiKey.user_id == user_id).order_by(ApiKey.created_at.desc(), ApiKey.id)
    return list(await session.scalars(statement))


async def page(
    session: AsyncSession, principal: Principal, *, search: str = "", only_open: bool, limit: int, cursor: str | None
) -> tuple[list[tuple[ApiKey, User]], str | None]:
    """One page of all keys with their people, newest first, and the cursor of the next; None after the last.

    Args:
        search: words; each is in the name of the key or of its person.

    Raises:
        NotPermitted: the principal is no admin.
        Invalid: the cursor is not valid.
    """
    require_admin(principal)
    statement = select(ApiKey, User).join(User, User.id == ApiKey.user_id)
    for word in search.split():
        columns = (ApiKey.name, User.username, func.coalesce(User.display_name, ""))
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if only_open:
        statement = statement.where(ApiKey.revoked_at.is_(None), ApiKey.expires_at > func.now())
    if cursor is not None:
        statement = statement.where(tuple_(ApiKey.created_at, ApiKey.id) < tuple_(*cursors.decode(cursor)))
    statement = statement.order_by(ApiKey.created_at.desc(), ApiKey.id.desc()).limit(limit + 1)
    rows = [(key, user) for key, user in await session.execute(statement)]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return rows[:limit], cursors.encode(last.created_at, last.id) if last else None


async def revoke_any(session: AsyncSession, principal: Principal, key_id: UUID) -> UUID:
    """End a key of anybody; returns whose it was. Raises NotPermitted unless an admin asks, and NotFound."""
    require_admin(principal)
    owner_id = await session.scalar(select(ApiKey.user_id).where(ApiKey.id == key_id))
    if owner_id is None:
        raise NotFound("There is no such API key.")
    await end(session, key_id)
    return owner_id


async def hold_count(session: AsyncSession, principal: Principal) -> int:
    """How many keys of the principal work; whoever else counts them waits until this transaction ends."""
    await session.execute(select(User.id).where(User.id == principal.user_id).with_for_update(key_share=True))
    is_open = (ApiKey.user_id == principal.user_id, ApiKey.revoked_at.is_(None), ApiKey.expires_at > func.now())
    return await session.scalar(select(func.count()).select_from(ApiKey).where(*is_open)) or 0


async def find(session: AsyncSession, key_id: UUID) -> tuple[ApiKey, User] | None:
    """A key, ended or not, and its user; None when it is unknown."""
    statement = select(ApiKey, User).join(User, User.id == ApiKey.user_id).where(ApiKey.id == key_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def mark_used(session: AsyncSession, key_id: UUID) -> None:
    """Note that a key was used now, at most once in ``USED_EVERY``."""
    is_due = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < func.now() - USED_EVERY)
    await session.execute(update(ApiKey).where(ApiKey.id == key_id, is_due).values(last_used_at=func.now()))


async def revoke(session: AsyncSession, principal: Principal, key_id: UUID) -> None:
    """End a key of the principal; one that has ended already stays as it is.

    Raises:
        NotFound: there is no such key, or it is somebody else's.
    """
    owner_id = await session.scalar(select(ApiKey.user_id).where(ApiKey.id == key_id))
    require_own(principal, owner_id, "API key")
    await end(session, key_id)


async def end(session: AsyncSession, key_id: UUID) -> None:
    """End a key."""
    statement = update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
    await session.execute(statement.values(revoked_at=func.now()))


async def revoke_all(session: AsyncSession, user_id: UUID) -> None:
    """End every key of a user."""
    statement = update(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    await session.execute(statement.values(revoked_at=func.now()))


async def remove_ended(session: AsyncSession) -> int:
    """Delete keys of all users that ended more than ``KEPT_AFTER_END`` ago; returns how many."""
    ended_at = func.least(ApiKey.expires_at, func.coalesce(ApiKey.revoked_at, ApiKey.expires_at))
    ids = await session.scalars(delete(ApiKey).where(ended_at < func.now() - KEPT_AFTER_END).returning(ApiKey.id))
    return len(ids.all())
