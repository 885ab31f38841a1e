"""Databases of tests: what one test leaves does not reach the next."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

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
