"""A full disk: an answer waits for room, and is given and stored then; when there is none, the sentence says so."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine

import pytest
from sqlalchemy import text

from core import retry
from core.retry import known
from db.session import Database
from rag.events import AnswerEvent, Done, Started
from tests.integration.answers.conftest import BuildService, Person
from tests.integration.answers.test_service import QUESTION, ask, run_id_of, stored

# PostgreSQL itself says what it says when it cannot extend a file.
NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""
TABLES = ("answer_runs", "answer_sources")
Disk = Callable[[bool], Coroutine[None, None, None]]


@pytest.fixture
async def fill(database: Database) -> AsyncIterator[Disk]:
    """Fills the disk under the answers' tables, or empties it."""

    async def fill(is_full: bool) -> None:
        async with database.transaction() as session:
            for table in TABLES:
                if is_full:
                    on = f"BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW"
                    await session.execute(text(f"CREATE TRIGGER full_disk {on} EXECUTE FUNCTION no_room()"))
                else:
                    await session.execute(text(f"DROP TRIGGER IF EXISTS full_disk ON {table}"))

    async with database.transaction() as session:
        await session.execute(text(NO_ROOM))
    yield fill
    await fill(False)
    async with database.transaction() as session:
        await session.execute(text("DROP FUNCTION no_room"))


async def test_a_question_waits_for_room_and_is_answered(
    service: BuildService, alice: Person, database: Database, fill: Disk
) -> None:
    await fill(True)
    asked = asyncio.create_task(ask(service(), alice.principal))
    await asyncio.sleep(0.7)
    assert not asked.done()
    await fill(False)
    events = await asked
    assert isinstance(events[-1], Done)
    assert (await stored(database, run_id_of(events)))[0].state == "done"


async def test_an_answer_under_way_waits_for_room_and_is_stored(
    service: BuildService, alice: Person, database: Database, fill: Disk
) -> None:
    events, emptied = list[AnswerEvent](), list[asyncio.Task[None]]()
    async for event in service().ask(alice.principal, QUESTION):
        events.append(event)
        if isinstance(event, Started):
            await fill(True)
            asyncio.get_running_loop().call_later(1, lambda: emptied.append(asyncio.create_task(fill(False))))
    run, sources = await stored(database, run_id_of(events))
    assert (run.state, len(emptied)) == ("done", 1)
    assert any(source.cited for source in sources)


async def test_a_disk_that_stays_full_is_said(
    service: BuildService, alice: Person, fill: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "ROOM_WITHIN_S", 0.6)
    await fill(True)
    with pytest.raises(Exception, match="No space left") as refused:
        await ask(service(), alice.principal)
    assert "disk is full" in str(known(refused.value))
