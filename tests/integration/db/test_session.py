"""Connections that are kept open."""

import os
from typing import Any

import pytest
from sqlalchemy import text

from db import session as module
from db.session import Database

END_ALL = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended'")


@pytest.mark.skipif("FOOTNOTE_TEST_POOLER" in os.environ, reason="behind a pooler the connections are the pooler's")
async def test_connections_that_died_while_nobody_used_them_are_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Database(database.url)
    monkeypatch.setattr(module, "IDLE_S", 0.0)
    try:
        async with other.transaction() as session, other.transaction() as second:
            for one in (session, second):
                await one.execute(text("SET application_name TO 'ended'"))
        async with database.reader() as session:
            assert len((await session.execute(END_ALL)).all()) == 2
        for _ in range(3):
            async with other.transaction() as session:
                assert await session.scalar(text("SELECT 7")) == 7
    finally:
        await other.close()


@pytest.mark.parametrize(("idle_s", "asked"), [(60.0, 0), (0.0, 2)])
async def test_only_a_connection_that_was_idle_is_asked_whether_it_lives(
    database: Database, monkeypatch: pytest.MonkeyPatch, idle_s: float, asked: int
) -> None:
    dialect = database.engine.sync_engine.dialect
    ping, pings = dialect.do_ping, []

    def counted(connection: Any) -> bool:
        pings.append(connection)
        return ping(connection)

    monkeypatch.setattr(dialect, "do_ping", counted)
    monkeypatch.setattr(module, "IDLE_S", idle_s)
    async with database.reader() as session:
        await session.execute(text("SELECT 1"))
    pings.clear()
    for _ in range(2):
        async with database.reader() as session:
            await session.execute(text("SELECT 1"))
    assert len(pings) == asked
