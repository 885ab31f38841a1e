"""The audit log on a real PostgreSQL: what it refuses, what its chain shows, and what an erasure leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError

from core.access import Principal
from core.context import Source, current_source
from db import audit, audit_log
from db.audit import Target
from db.audit_log import Chain, Wanted
from db.base import now
from db.models import AuditErasable, AuditEvent, User
from db.session import Database

MakeUser = Callable[..., Awaitable[Principal]]
OFF = "ALTER TABLE audit_events DISABLE TRIGGER USER"


@pytest.fixture
async def admin(make_user: MakeUser) -> Principal:
    """Who acts."""
    return await make_user("root", "admin")


async def _append(database: Database, actor: Principal, number: int = 3) -> None:
    for place in range(number):
        async with database.transaction() as session:
            await audit.record(session, actor, "key.made", Target("key", f"k{place}"), {"place": place, "share": 0.1})


async def _check(database: Database) -> Chain:
    async with database.reader() as session:
        return await audit_log.check(session)


async def _tamper(database: Database, *statements: str) -> None:
    """What somebody does who owns the database."""
    async with database.engine.begin() as connection:
        for statement in (OFF, *statements):
            await connection.execute(text(statement))


async def test_events_are_numbered_without_gaps_and_the_chain_holds(database: Database, admin: Principal) -> None:
    before = await _check(database)
    await _append(database, admin)
    async with database.reader() as session:
        await audit.record(session, admin, "key.made")
        await session.rollback()
    await _append(database, admin, 1)
    found = await _check(database)
    assert found.last == before.last + 4
    assert (found.broken_at, found.why) == (None, "")
    assert found.head != before.head


async def test_what_is_appended_at_once_is_one_chain(database: Database, admin: Principal) -> None:
    before = (await _check(database)).last
    await asyncio.gather(*(_append(database, admin, 5) for _ in range(5)))
    found = await _check(database)
    assert (found.last, found.broken_at) == (before + 25, None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET action = 'x.y'",
        "UPDATE audit_events SET number = number + 1000",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events CASCADE",
        "UPDATE audit_head SET number = 0",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
    ],
)
async def test_the_database_refuses_what_is_not_an_append(database: Database, admin: Principal, statement: str) -> None:
    await _append(database, admin)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.engine.begin() as connection:
            await connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "offset", "why"),
    [
        ("UPDATE audit_events SET target_id = 'k9' WHERE target_id = 'k1'", 2, "it was changed"),
        ("UPDATE audit_events SET details = '{}' WHERE target_id = 'k1'", 2, "it was changed"),
        ("DELETE FROM audit_events WHERE target_id = 'k1'", 2, "missing"),
        ("DELETE FROM audit_events WHERE target_id = 'k2'", 3, "events at the end are missing"),
        ("UPDATE audit_events SET hash = sha256('x') WHERE target_id = 'k0'", 1, "its hash does not follow"),
    ],
)
async def test_who_gets_round_the_triggers_is_seen(
    database: Database, admin: Principal, statement: str, offset: int, why: str
) -> None:
    before = (await _check(database)).last
    await _append(database, admin)
    await _tamper(database, statement)
    found = await _check(database)
    assert found.broken_at == before + offset
    assert why in found.why


async def test_who_writes_a_digest_that_fits_still_breaks_the_hash(database: Database, admin: Principal) -> None:
    await _append(database, admin)
    async with database.reader() as session:
        event = (await session.scalars(select(AuditEvent).where(AuditEvent.target_id == "k1"))).one()
    forged: dict[str, Any] = vars(event) | {"target_id": "k9"}
    digest = sha256(audit.canonical(forged)).hexdigest()
    await _tamper(
        database, f"UPDATE audit_events SET target_id = 'k9', digest = decode('{digest}', 'hex') WHERE target_id = 'k1'"
    )
    found = await _check(database)
    assert (found.broken_at, found.why) == (event.number, "its hash does not follow from the event before it")


async def test_an_event_says_who_and_from_where(database: Database, admin: Principal, make_user: MakeUser) -> None:
    bob = await make_user("bob")
    token = current_source.set(Source("10.1.2.3", "curl/8"))
    async with database.transaction() as session:
        await audit.record(session, admin, "user.disabled", Target("user", bob.user_id), {"by": admin.user_id})
    current_source.reset(token)
    async with database.reader() as session:
        entry = (await audit_log.page(session, admin, Wanted(person="bob", action="user.disabled"), limit=9))[0]
    assert (entry.actor_name, entry.target_name, entry.address, entry.user_agent) == (
        "root",
        "bob",
        "10.1.2.3",
        "curl/8",
    )
    stored = f"{entry.event.actor} {entry.event.target_id} {entry.event.details}"
    assert str(admin.user_id) not in stored
    assert str(bob.user_id) not in stored


async def test_an_erased_person_leaves_nothing_and_breaks_nothing(
    database: Database, admin: Principal, make_user: MakeUser
) -> None:
    bob = await make_user("bob")
    token = current_source.set(Source("10.1.2.3", "curl/8"))
    async with database.transaction() as session:
        await audit.record(session, bob, "key.made", Target("key", "k"))
        await audit.record(session, None, "sign_in.failed", Target("user", bob.user_id))
        await audit.record(session, admin, "thread.opened", Target("thread", "t"), note="bob said", subject=bob.user_id)
        await audit.record(session, admin, "user.erased", Target("user", bob.user_id))
        await session.execute(delete(User).where(User.id == bob.user_id))
    async with database.transaction() as session:
        await audit.record(session, admin, "user.erased", Target("user", bob.user_id), {"user": bob.user_id})
    current_source.reset(token)
    async with database.reader() as session:
        entries = await audit_log.page(session, admin, Wanted(action="user.erased"), limit=9)
        done = select(AuditErasable).join(AuditEvent, AuditEvent.id == AuditErasable.event_id)
        done = done.where(AuditEvent.action != "user.created")  # where an earlier test said from where it came
        left = [part.content for part in await session.scalars(done)]
    assert {entry.target_name for entry in entries} == {None}
    assert [content for content in left if "text" in content] == []
    assert len(left) == 3  # those of what the admin did
    assert (await _check(database)).broken_at is None


async def test_old_events_go_and_leave_an_anchor(database: Database, admin: Principal) -> None:
    await _append(database, admin)
    moment = now()
    await _append(database, admin, 2)
    before = await _check(database)
    async with database.transaction() as session:
        removed = await audit_log.prune(session, moment)
    found = await _check(database)
    assert found.broken_at is None
    assert (found.first, found.last) == (removed + 1, before.last + 1)
    async with database.transaction() as session:
        assert await audit_log.prune(session, moment - timedelta(days=1)) == 0


async def test_an_action_may_be_a_noun_and_export_is_in_order(database: Database, admin: Principal) -> None:
    await _append(database, admin, 2)
    async with database.transaction() as session:
        await audit.record(session, admin, "keyring.made")
    async with database.reader() as session:
        batches = [batch async for batch in audit_log.export(session, admin, Wanted(action="key"))]
    assert [entry.event.target_id for batch in batches for entry in batch] == ["k0", "k1"]
