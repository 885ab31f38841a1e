"""Databases for tests: ready in a moment, and nobody else's while the test runs."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import uuid4

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from core.embedded.postgres import EmbeddedPostgres
from db import migrate

# Nothing here has to survive a power cut. Without them a database is made in half a second instead of two.
SAFEGUARDS = ("fsync", "full_page_writes", "synchronous_commit")
TEMPLATE = "template_footnote"
LARGEST = 4  # times the size of the template; a database that grew beyond it takes longer to look through than to make

TABLES = """
SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""

# All that a test may change beside rows: whatever a test changes here, its database is not used again.
# Statistics count too: they decide how a statement is carried out.
SHAPE = """
SELECT concat_ws(' ',
    (SELECT sum(hashtext(concat(oid, xmin, reltuples))) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    (SELECT sum(hashtext(concat(attrelid, attnum, xmin))) FROM pg_attribute),
    (SELECT sum(hashtext(concat(oid, xmin))) FROM pg_constraint),
    (SELECT sum(hashtext(concat(oid, xmin))) FROM pg_trigger),
    (SELECT sum(hashtext(concat(oid, xmin))) FROM pg_proc),
    (SELECT sum(hashtext(concat(oid, xmin))) FROM pg_namespace),
    (SELECT sum(hashtext(concat(oid, xmin))) FROM pg_extension),
    (SELECT sum(hashtext(concat(objoid, objsubid, xmin))) FROM pg_description),
    (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase <> 0),
    (SELECT coalesce(sum(last_value), 0) FROM pg_sequences))
"""


class Databases:
    """Databases on one server.

    Making one takes half a second, emptying one a twentieth of that: those that tests are done with are emptied and
    used again, under another name each time, so that what a test left running finds none of its name any more.

    Args:
        server_url: of the server's own database ``postgres``.
        connection: to that database; it makes, renames and drops the others.
        front_url: the same, through a pooler, for the tests themselves; None: they connect directly.
    """

    def __init__(self, server_url: str, connection: asyncpg.Connection, front_url: str | None = None) -> None:
        self._server_url = server_url
        self._front_url = front_url or server_url
        self._connection = connection
        self._spare: list[str] = []
        self._tables: list[str] = []
        self._first_rows: dict[str, str] = {}
        self._shape = ""
        self._bytes = 0

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """URL of a database without tables, for the length of a block."""
        name = _new_name()
        await self._connection.execute(f"CREATE DATABASE {name}")
        try:
            yield _named(self._front_url, name)
        finally:
            await self._drop(name)

    @asynccontextmanager
    async def migrated(self) -> AsyncIterator[str]:
        """URL of a database with all tables, and in them what the migrations write."""
        if not self._shape:
            await self._make_template()
        name = await self._take()
        try:
            yield _named(self._front_url, name)
        finally:
            await self._give_back(name)

    async def _make_template(self) -> None:
        await self._connection.execute(f"CREATE DATABASE {TEMPLATE}")
        await migrate.upgrade(self._url(TEMPLATE))
        opened = await self._open(TEMPLATE)
        self._tables = [row[0] for row in await opened.fetch(TABLES)]
        for table in self._tables:
            if rows := await opened.fetchval(f"SELECT json_agg(t) FROM {table} t"):
                self._first_rows[table] = json.dumps(json.loads(rows))
        self._shape = await opened.fetchval(SHAPE)
        self._bytes = await opened.fetchval("SELECT pg_database_size(current_database())")
        await opened.close()

    async def _take(self) -> str:
        name = _new_name()
        if self._spare:
            await self._connection.execute(f"ALTER DATABASE {self._spare.pop()} RENAME TO {name}")
        else:
            await self._connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
        return name

    async def _give_back(self, name: str) -> None:
        """Empty a database for the next test, or drop it when more than its rows changed."""
        spare = _new_name()
        await self._end_connections(name)
        await self._connection.execute(f"ALTER DATABASE {name} RENAME TO {spare}")
        opened = await self._open(spare)
        is_as_made = await self._is_as_made(opened)
        if is_as_made:
            await self._remove_rows(opened)
        await opened.close()
        if is_as_made:
            self._spare.append(spare)
        else:
            await self._drop(spare)

    async def _is_as_made(self, opened: asyncpg.Connection) -> bool:
        size = await opened.fetchval("SELECT pg_database_size(current_database())")
        return bool(size <= LARGEST * self._bytes and await opened.fetchval(SHAPE) == self._shape)

    async def _remove_rows(self, opened: asyncpg.Connection) -> None:
        """Leave every table as the migrations left it."""
        filled = await opened.fetch(
            " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM {t})" for t in self._tables)
        )
        async with opened.transaction():
            await opened.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
            await opened.execute(";".join(f"DELETE FROM {row[0]}" for row in filled))
            for table, rows in self._first_rows.items():
                columns = f"SELECT * FROM json_populate_recordset(NULL::{table}, $1)"
                await opened.execute(f"INSERT INTO {table} {columns}", rows)

    async def _end_connections(self, name: str) -> None:
        """End what a test left open, and wait until it is gone: a database is renamed only when nobody is in it."""
        await self._connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", name
        )

    async def _drop(self, name: str) -> None:
        # FORCE ends connections that the test left open; its tasks find no database of that name any more
        await self._connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _open(self, name: str) -> asyncpg.Connection:
        return await asyncpg.connect(self._url(name).replace("+asyncpg", ""))

    def _url(self, name: str) -> str:
        return _named(self._server_url, name)


def _named(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def _new_name() -> str:
    return f"test_{uuid4().hex[:12]}"


@asynccontextmanager
async def databases_of(server: EmbeddedPostgres, front_url: str | None = None) -> AsyncIterator[Databases]:
    """The databases of a running server, for the length of a block. ``front_url`` as in :class:`Databases`."""
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(server.socket_dir))
    for name in SAFEGUARDS:
        await connection.execute(f"ALTER SYSTEM SET {name} = off")
    await connection.execute("SELECT pg_reload_conf()")
    yield Databases(server.url, connection, front_url)
    await connection.close()


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of PostgreSQL in the block, pings of connections too."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)
