"""One statement for all that a process waits for."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, literal, text

from db import (
    activity,
    answer_queue,
    case_runs,
    fair_queue,
    guides,
    index_versions,
    jobs,
    review_sources,
    sources,
)
from db.lookout import Lookout
from db.session import Database
from tests.databases import statements


async def test_only_what_is_so_is_called_and_one_statement_asks_for_all(database: Database) -> None:
    called: list[str] = []
    lookout = Lookout(database)
    lookout.when(literal(1) == literal(1), lambda: called.append("so"))
    lookout.when(literal(1) == literal(2), lambda: called.append("not so"))
    lookout.when_changed(literal("as ever"), lambda: called.append("changed"))
    with statements() as asked:
        await lookout.look()
        await lookout.look()
    assert called == ["so", "changed", "so"]
    assert len(asked) == 2


async def test_what_changes_is_called_again(database: Database) -> None:
    called: list[str] = []
    lookout = Lookout(database)
    lookout.when_changed(literal("a"), lambda: called.append("a"))
    await lookout.look()
    lookout._values[0] = literal("b")
    await lookout.look()
    await lookout.look()
    assert called == ["a", "a"]


async def test_nothing_is_asked_where_nothing_is_waited_for(database: Database) -> None:
    with statements() as asked:
        await Lookout(database).look()
    assert asked == []


async def test_an_idle_connection_is_not_pinged_for_a_look(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pings = []
    dialect = database.engine.sync_engine.dialect
    original = dialect.do_ping

    def ping(connection: Any) -> bool:
        pings.append(1)
        return original(connection)

    monkeypatch.setattr(dialect, "do_ping", ping)

    @event.listens_for(database.engine.sync_engine, "checkin")
    def long_idle(_connection: Any, record: Any) -> None:
        record.info["idle_since"] -= 60

    async with database.autocommit() as session:
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    async with database.glimpse() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) == pid
    assert pings == []
    async with database.autocommit() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) == pid
    assert pings == [1]


async def test_what_processes_look_for_can_be_asked_all_at_once_and_is_not_so_in_an_empty_installation(
    database: Database,
) -> None:
    called: list[str] = []
    lookout = Lookout(database)
    for name, condition in {
        "files": fair_queue.some_due(),
        "lost files": jobs.some_silent(1.0),
        "questions": answer_queue.some_queued(),
        "lost questions": answer_queue.some_silent(1.0),
        "cases": case_runs.some_free(1.0),
        "links": sources.some_due(),
        "index": index_versions.some_building(),
        "guides": activity.quiet(1.0) & guides.some_missing(1.0),
        "reviews": review_sources.some_new(1.0, only_sent=False),
        "reviews that were sent": review_sources.some_new(1.0, only_sent=True),
        "sums": activity.lately(1.0),
    }.items():
        lookout.when(condition, partial(called.append, name))
    lookout.when_changed(index_versions.live_now(), partial(called.append, "live"))
    with statements() as asked:
        await lookout.look()
        await lookout.look()
    assert called == ["live"]
    assert len(asked) == 2
