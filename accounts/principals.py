"""The Principal of a row of users."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import clean_username
from core.access import Principal, Role
from core.errors import NotFound
from db import libraries, users
from db.models import User


async def principal_of(session: AsyncSession, user: User, **credential: Any) -> Principal:
    """The person with their libraries; ``credential``: fields of Principal that say how the request was signed in."""
    personal_library_id, grants = await libraries.grants_of(session, user.id)
    return Principal(user.id, user.username, Role(user.role), personal_library_id, grants, **credential)


async def user_named(session: AsyncSession, username: str) -> User:
    """The user with this name. Raises NotFound."""
    user = await users.by_name(session, clean_username(username))
    if user is None:
        raise NotFound(f"There is no user named {username}.")
    return user
