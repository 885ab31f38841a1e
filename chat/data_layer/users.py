"""The signed-in person, as Chainlit sees it."""

from chainlit.user import PersistedUser

from chat.data_layer.cleaning import iso
from core.errors import NotAuthenticated
from db import users
from db.session import Database


async def persisted_user(database: Database, username: str) -> PersistedUser:
    """The user with this name; nothing of the account but its role goes to the page.

    Raises:
        NotAuthenticated: there is no such user, or it is disabled. Chainlit never makes users: the accounts do.
    """
    async with database.reader() as session:
        user = await users.by_name(session, username.lower())
    if user is None or user.disabled_at is not None:
        raise NotAuthenticated("Please sign in.")
    return PersistedUser(
        id=str(user.id),
        identifier=user.username,
        display_name=user.display_name,
        createdAt=iso(user.created_at),
        metadata={"role": user.role},
    )
