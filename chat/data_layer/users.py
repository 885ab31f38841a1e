"""The signed-in person, as Chainlit sees it."""

from chainlit.user import PersistedUser

from accounts.service import Accounts
from chat.data_layer.cleaning import iso


async def persisted_user(accounts: Accounts, username: str) -> PersistedUser:
    """The user with this name; nothing of the account but its role goes to the page.

    Raises:
        NotAuthenticated: there is no such user, or it is disabled. Chainlit never makes users: the accounts do.
    """
    user = await accounts.enabled_user(username)
    return PersistedUser(
        id=str(user.id),
        identifier=user.username,
        display_name=user.display_name,
        createdAt=iso(user.created_at),
        metadata={"role": user.role},
    )
