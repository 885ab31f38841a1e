"""Who a person is at a provider that signs them in: the issuer's name for them, never an e-mail address."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import now
from db.models import Identity, User


async def hold(session: AsyncSession, issuer: str, subject: str) -> tuple[Identity, User] | None:
    """The identity and its user, or None; whoever else signs in as this one waits until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{issuer} {subject}", 0))))
    statement = (
        select(Identity, User)
        .join(User, User.id == Identity.user_id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def add(session: AsyncSession, user_id: UUID, issuer: str, subject: str) -> Identity:
    """Store who a user is at a provider."""
    row = Identity(issuer=issuer, subject=subject, user_id=user_id, groups=[], created_at=now(), seen_at=now())
    session.add(row)
    await session.flush()
    return row


async def see(session: AsyncSession, row: Identity, groups: Sequence[str]) -> None:
    """Note a sign-in, and the groups that the provider claimed at it."""
    row.groups, row.seen_at = list(groups), now()
    await session.flush()


async def groups_of(session: AsyncSession, user_id: UUID) -> list[str]:
    """Names of the groups that providers claimed when the user last signed in there; in order, each once."""
    found = await session.scalars(select(Identity.groups).where(Identity.user_id == user_id))
    return sorted({name for groups in found for name in groups})
