"""Retention: what is old goes, in small batches, with an event; what is held or in use stays."""

from uuid import UUID

import pytest
from sqlalchemy import text

from core.settings import RetentionSettings
from ingestion.blobs import BlobStore
from rights import retention
from rights.retention import Retention
from tests.integration.rights.conftest import World


async def _age(world: World, days: int, table: str, column: str) -> None:
    async with world.services.database.transaction() as session:
        await session.execute(text(f"UPDATE {table} SET {column} = now() - make_interval(days => {days})"))


async def _events(world: World) -> list[dict[str, int]]:
    async with world.services.database.reader() as session:
        found = "SELECT details FROM audit_events WHERE action = 'retention.removed' ORDER BY number"
        return list(await session.scalars(text(found)))


def _retention(world: World, days: int) -> Retention:
    removal = world.services.ingestion.removal
    return Retention(world.services.database, removal, RetentionSettings(conversations_days=days))


async def test_old_conversations_go_in_batches_and_new_ones_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    alice = await world.make_user("alice")
    for number in range(5):
        await world.ask(alice, f"What is question {number}?")
    await _age(world, 31, "threads", "last_activity_at")
    await world.ask(alice, "What is the newest question?")
    assert await _retention(world, 0).apply() == {}
    assert await _retention(world, 40).apply() == {}
    removed = await _retention(world, 30).apply()
    assert removed == {"conversations": 5}
    assert [event["conversations"] for event in await _events(world)] == [2, 2, 1]
    async with world.services.database.reader() as session:
        assert await session.scalar(text("SELECT count(*) FROM answer_runs")) == 1


async def test_what_is_held_stays(world: World) -> None:
    root, alice = await world.make_user("root", "admin"), await world.make_user("alice")
    bob = await world.make_user("bob")
    for who in (alice, alice, bob):
        await world.ask(who, "What is this?")
    await _age(world, 31, "threads", "last_activity_at")
    async with world.services.database.reader() as session:
        ids = list(await session.scalars(text("SELECT id FROM threads WHERE user_id = :id"), {"id": alice.user_id}))
    hold = await world.services.rights.holds.place(root, "thread", ids[0], "Case 17")
    await world.services.rights.holds.place(root, "user", bob.user_id, "Case 18")
    assert await _retention(world, 30).apply() == {"conversations": 1}
    await world.services.rights.holds.release(root, hold)
    assert await _retention(world, 30).apply() == {"conversations": 1}
    assert await _retention(world, 30).apply() == {}


async def test_a_library_keeps_documents_as_long_as_it_says(world: World) -> None:
    root = await world.make_user("root", "admin")
    library = await world.services.ingestion.libraries.create(root, "Minutes")
    root = await world.again(root)
    for name in ("old", "held"):
        await world.bring(root, f"The {name} minutes.".encode(), f"{name}.txt", library.library_id)
    mine = await world.bring(root, b"My own notes.", "own.txt")
    await _age(world, 31, "document_versions", "created_at")
    new = await world.bring(root, b"The new minutes.", "new.txt", library.library_id)
    holds = world.services.rights.holds
    await holds.keep_for(root, library.library_id, 30)
    hold = await holds.place(root, "library", library.library_id, "Case 17")
    assert await _retention(world, 0).apply() == {}
    await holds.release(root, hold)
    assert await _retention(world, 0).apply() == {"documents": 2}
    assert await _stored(world.services.blobs) == {mine, new}
    assert world.services.live.current is not None
    async with world.services.database.reader() as session:
        rows = await session.scalar(text("SELECT count(*) FROM chunks"))
    assert await world.services.live.current.index.count() == rows


async def _stored(blobs: BlobStore) -> set[UUID]:
    return {UUID(one.key.split("/")[1]) for one in [one async for one in blobs.stored("documents")]}


async def test_an_answer_outside_conversations_goes_too(world: World) -> None:
    alice = await world.make_user("alice")
    await world.ask(alice, "What is this?")
    async with world.services.database.transaction() as session:
        await session.execute(text("UPDATE answer_runs SET thread_id = NULL, created_at = now() - interval '31 days'"))
    assert await _retention(world, 30).apply() == {"answers": 1}
