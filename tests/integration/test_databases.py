"""Databases of tests: what one test leaves does not reach the next."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db import audit
from db.session import Database
from tests.databases import Databases

ADD = text(
    "INSERT INTO libraries (id, name, epoch, created_at, updated_at) VALUES (gen_random_uuid(), 'x', 0, now(), now())"
)


async def test_a_task_that_outlives_its_test_writes_nowhere(databases: Databases) -> None:
    is_over, is_writing = asyncio.Event(), asyncio.Event()

    async def go_on(database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(ADD)
        is_writing.set()
        await is_over.wait()
        async with database.transaction() as session:
            await session.execute(ADD)

    async with databases.migrated() as url:
        first = Database(url)
        task = asyncio.create_task(go_on(first))
        await is_writing.wait()
        await first.close()
    async with databases.migrated() as url:
        is_over.set()
        with pytest.raises(DBAPIError, match="does not exist"):
            await task
        second = Database(url)
        async with second.reader() as session:
            assert await session.scalar(text("SELECT count(*) FROM libraries")) == 0
        await second.close()


async def test_a_transaction_that_was_left_open_holds_nobody_up(databases: Databases) -> None:
    async with databases.migrated() as url:
        left_open = await asyncpg.connect(url.replace("+asyncpg", ""))
        await left_open.execute(f"BEGIN; {ADD}")
    async with asyncio.timeout(20), databases.migrated() as other_url:
        assert other_url != url
    assert left_open.is_closed()


async def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    found = [tuple(row.values()) for row in await connection.fetch(statement)]
    await connection.close()
    return found


OID = "SELECT oid FROM pg_database WHERE datname = current_database()"


async def test_the_next_test_finds_what_the_migrations_wrote_and_nothing_else(databases: Databases) -> None:
    seen = "SELECT count(*), (SELECT count(*) FROM audit_events), (SELECT json_agg(h) #>> '{}' FROM audit_head h) FROM libraries"
    async with databases.migrated() as url:
        before, made = await rows(url, seen), await rows(url, OID)
        database = Database(url)
        async with database.transaction() as session:
            await session.execute(ADD)
            await audit.record(session, None, "user.added")
        await database.close()
        assert await rows(url, seen) != before
    async with databases.migrated() as url:
        assert await rows(url, OID) == made
        assert await rows(url, seen) == before


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE libraries ADD COLUMN colour text",
        "ALTER TABLE audit_events DISABLE TRIGGER USER",
        "CREATE TABLE more (id int)",
        "DROP INDEX ix_libraries_name_id",
        "CREATE SCHEMA elsewhere",
        "COMMENT ON TABLE alembic_version IS 'of a later version'",
        "ANALYZE alembic_version",
        "TRUNCATE libraries CASCADE",
    ],
)
async def test_a_database_that_was_changed_is_not_used_again(databases: Databases, change: str) -> None:
    async with databases.migrated() as url:
        changed = await rows(url, OID)
        await rows(url, change)
    async with databases.migrated() as url:
        assert await rows(url, OID) != changed
