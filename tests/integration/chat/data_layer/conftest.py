"""People at work: whose principal is set, and whether they come by a socket or over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from chainlit.context import context_var

from chat.data_layer import FootnoteDataLayer
from core.access import LibraryRole, Principal, Role
from core.context import current_principal
from db import libraries, users
from db.session import Database
from tests.conversations import Acting, chainlit_context, layer_over


@pytest.fixture
def layer(database: Database) -> FootnoteDataLayer:
    """The data layer on a database of the test's own; it does not wait long before it tries again."""
    made = layer_over(database)
    made.writes.lines._retry_after_s = (0.01, 0.01)
    return made


@pytest.fixture
async def alice(database: Database) -> Principal:
    """A person with threads. Nobody signs in here, so no password is hashed: that would take most of the time."""
    return await _person(database, "alice")


@pytest.fixture
async def mallory(database: Database) -> Principal:
    """A person who wants to see and change Alice's."""
    return await _person(database, "mallory")


async def _person(database: Database, username: str) -> Principal:
    async with database.transaction() as session:
        user = await users.create(session, username=username, password_hash="none", role=Role.USER)
        library = await libraries.create_personal(session, user.id, username)
        return Principal(user.id, username, Role.USER, library.id, {library.id: LibraryRole.OWNER})


@pytest.fixture
def acting() -> Acting:
    """``with acting(alice, socket=thread_id):`` is Alice in the chat; without ``socket`` she comes over HTTP."""

    @contextmanager
    def act(who: Principal | None, socket: UUID | str | None = None, begun: bool = True) -> Iterator[None]:
        token = current_principal.set(who)
        chainlit_token = context_var.set(chainlit_context(str(socket), begun)) if socket else None
        try:
            yield
        finally:
            current_principal.reset(token)
            if chainlit_token:
                context_var.reset(chainlit_token)

    return act
