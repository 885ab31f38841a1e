"""The tables of a database as a backup sees them: their columns, their order, and their rows as PostgreSQL's binary COPY.

The catalogue is asked, not the models: a backup may be of an older schema. No program of PostgreSQL is needed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from core.errors import Invalid

Connection = Any  # asyncpg.Connection, which has no types
WAITING = 16  # pieces between the database and the place
VERSION_TABLE = "alembic_version"
# A running backup is not part of itself, and neither is what waits for its end or a file of an export, which is not backed up.
LEFT_OUT = frozenset({VERSION_TABLE, "running_backups", "deferred_deletions", "account_exports"})
SEEDED = frozenset({"index_versions", "audit_head"})  # the migrations store their first row
_COLUMNS = """
SELECT c.relname AS table, a.attname AS column
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY c.relname, a.attnum
"""
_REFERENCES = """
SELECT DISTINCT f.relname AS from_table, t.relname AS to_table
FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype = 'f' AND f.relnamespace = 'public'::regnamespace AND f.relname <> t.relname
"""
_SEQUENCES = """
SELECT c.relname AS table, a.attname AS column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL
"""


async def columns_of(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The tables with the columns that are stored, in an order in which they can be filled: referred ones first."""
    columns: dict[str, list[str]] = {}
    for row in await connection.fetch(_COLUMNS):
        columns.setdefault(row["table"], []).append(row["column"])
    needs: dict[str, set[str]] = {name: set() for name in columns}
    for row in await connection.fetch(_REFERENCES):
        needs[row["from_table"]].add(row["to_table"])
    ordered: list[str] = []
    while needs:
        free = sorted(name for name, needed in needs.items() if not needed & needs.keys())
        if not free:
            raise Invalid(f"Tables refer to each other in a circle: {', '.join(sorted(needs))}.")
        ordered += free
        for name in free:
            del needs[name]
    return {name: tuple(columns[name]) for name in ordered if name not in LEFT_OUT}


async def rows_of(connection: Connection, table: str, columns: Sequence[str]) -> AsyncIterator[bytes]:
    """The rows of a table, as binary COPY."""
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)

    async def produce() -> None:
        try:
            await connection.copy_from_table(table, columns=list(columns), format="binary", output=pieces.put)
        finally:
            await pieces.put(None)

    producing = asyncio.create_task(produce())
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
        await producing
    finally:
        producing.cancel()
        while not pieces.empty():
            pieces.get_nowait()
        await asyncio.gather(producing, return_exceptions=True)


async def fill(connection: Connection, table: str, columns: Sequence[str], rows: AsyncIterator[bytes]) -> None:
    """Store the rows of a table."""
    await connection.copy_to_table(table, columns=list(columns), format="binary", source=rows)


async def empty(connection: Connection, tables: Sequence[str]) -> None:
    """Remove what the migrations themselves have stored, with the triggers of the tables off until :func:`arm`."""
    for table in tables:
        await connection.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    names = ", ".join(f'"{table}"' for table in tables)
    await connection.execute(f"TRUNCATE {names} CASCADE")  # also of what is not backed up


async def arm(connection: Connection, tables: Sequence[str]) -> None:
    """Switch the triggers of the tables on again, and set their sequences behind the highest number."""
    for table in tables:
        await connection.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    for row in await connection.fetch(_SEQUENCES):
        highest = await connection.fetchval(f'SELECT max("{row["column"]}") FROM "{row["table"]}"')
        if highest is not None:
            await connection.execute("SELECT setval($1::regclass, $2)", row["sequence"], highest)


async def has_rows(connection: Connection, tables: Callable[[], Awaitable[dict[str, tuple[str, ...]]]]) -> str | None:
    """The name of a table in which something is stored that no migration has put there; None: the database is empty."""
    for table in await tables():
        if table in SEEDED:
            continue
        if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")'):
            return table
    return None
