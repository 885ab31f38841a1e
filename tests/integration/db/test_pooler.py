"""PostgreSQL behind a pooler in transaction mode: many more transactions than connections, none that meets another's statements."""

import asyncio
import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text

from core.database_url import with_pooler
from core.embedded.postgres import EmbeddedPostgres
from db import migrate
from db.session import Database
from tests.poolers import pooler

MANY = 400
ADD = text("INSERT INTO libraries (id, name, epoch, created_at, updated_at) VALUES (:id, :name, 0, now(), now())")


@pytest.fixture(scope="module")
def pooled(postgres: EmbeddedPostgres) -> Iterator[str]:
    with pooler(postgres) as url:
        yield url


@pytest.fixture
def through(pooled: str, empty_database_url: str) -> str:
    """A test's own empty database, through the pooler."""
    name = make_url(empty_database_url).database
    return with_pooler(pooled.replace("/postgres?", f"/{name}?"), "transaction")


async def test_many_transactions_share_a_few_connections(through: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "db.session.PLACE_WITHIN_S", 60.0
    )  # fifty share each pool: all get a place, however slow the machine
    await migrate.settle(through, "auto")
    processes = [Database(through) for _ in range(8)]

    async def exchange(number: int) -> None:
        library, name = uuid4(), f"library {number}"
        database = processes[number % len(processes)]
        async with database.transaction() as session:
            await session.execute(ADD, {"id": library, "name": name})
        async with database.autocommit() as session:
            found = await session.execute(text("SELECT name, epoch FROM libraries WHERE id = :id"), {"id": library})
            assert found.all() == [(name, 0)]
        async with database.reader() as session:
            assert await session.scalar(text("SELECT :number + 0.0"), {"number": number}) == number

    await asyncio.gather(*map(exchange, range(MANY)))
    async with processes[0].reader() as session:
        assert await session.scalar(text("SELECT count(*) FROM libraries")) == MANY
    for database in processes:
        await database.ping()
        await database.close()


async def test_a_lock_holds_through_it_and_ends_with_its_block(through: str) -> None:
    first, second = Database(through), Database(through)
    async with first.advisory_lock(7) as is_alone:
        assert is_alone
        await asyncio.gather(*(_reads(second) for _ in range(20)))  # the server's connections change hands meanwhile
        async with second.advisory_lock(7) as is_second_alone:
            assert not is_second_alone
    async with second.advisory_lock(7) as is_alone:
        assert is_alone
    await first.close()
    await second.close()


@pytest.mark.skipif("FOOTNOTE_TEST_POOLER" in os.environ, reason="it connects through the pooler")
async def test_without_it_a_direct_connection_keeps_its_statements(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    async with database.reader() as session:
        await session.execute(text("SELECT 1"))
        assert await session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) >= 1
    await database.close()


async def _reads(database: Database) -> None:
    async with database.reader() as session:
        assert await session.scalar(text("SELECT 1")) == 1
