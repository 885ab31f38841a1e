"""Databases for tests: made in a moment, and gone when the test is over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg

from core.embedded.postgres import EmbeddedPostgres
from db import migrate

# Nothing here has to survive a power cut. Without them a database is made in 50 ms instead of 350.
SAFEGUARDS = ("fsync", "full_page_writes", "synchronous_commit")
TEMPLATE = "template_footnote"


class Databases:
    """Databases on one server.

    Args:
        server_url: of the server's own database ``postgres``.
        connection: to that database; it makes and drops the others.
    """

    def __init__(self, server_url: str, connection: asyncpg.Connection) -> None:
        self._server_url = server_url
        self._connection = connection
        self._has_template = False

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """URL of a database without tables, for the length of a block."""
        async with self._database("") as url:
            yield url

    @asynccontextmanager
    async def migrated(self) -> AsyncIterator[str]:
        """URL of a database with all tables and nothing in them."""
        if not self._has_template:
            await self._connection.execute(f"CREATE DATABASE {TEMPLATE}")
            await migrate.upgrade(self._url(TEMPLATE))
            self._has_template = True
        async with self._database(f"TEMPLATE {TEMPLATE} STRATEGY WAL_LOG") as url:
            yield url

    @asynccontextmanager
    async def _database(self, how: str) -> AsyncIterator[str]:
        name = f"test_{uuid4().hex[:12]}"
        await self._connection.execute(f"CREATE DATABASE {name} {how}")
        try:
            yield self._url(name)
        finally:
            # FORCE ends connections that the test left open; its tasks find no database of that name any more
            await self._connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return self._server_url.replace("/postgres?", f"/{name}?")


@asynccontextmanager
async def databases_of(server: EmbeddedPostgres) -> AsyncIterator[Databases]:
    """The databases of a running server, for the length of a block."""
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(server.socket_dir))
    for name in SAFEGUARDS:
        await connection.execute(f"ALTER SYSTEM SET {name} = off")
    await connection.execute("SELECT pg_reload_conf()")
    yield Databases(server.url, connection)
    await connection.close()
