"""People on whose behalf something is asked that they do not ask themselves."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, Role
from db import libraries, users


async def principal_of(session: AsyncSession, user_id: UUID) -> Principal | None:
    """A person with their current grants; None when they may not sign in, or were deleted."""
    user = await users.get(session, user_id)
    if user is None or user.disabled_at is not None:
        return None
    personal, grants = await libraries.grants_of(session, user_id)
    return Principal(user.id, user.username, Role(user.role), personal, grants)
