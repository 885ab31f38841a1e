"""Signing in: who gets in, who does not, and how often one may try."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis
from sqlalchemy import select

from accounts.service import Accounts
from accounts.sessions import Kind
from core.access import LibraryRole, Role
from core.errors import Conflict, Invalid, NotAuthenticated, NotFound
from core.rate_limit import RateLimiter
from core.settings import SessionSettings, Settings
from core.tokens import session_id_of, sign_session
from db.base import now
from db.models import AuthSession, User
from db.session import Database

PASSWORD = "correct horse"


async def _fail(accounts: Accounts, username: str, address: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(NotAuthenticated):
            await accounts.sign_in(username, "wrong horse", kind="api", address=address)


async def test_a_user_signs_in_and_is_known_by_the_token(accounts: Accounts, secret: str) -> None:
    alice = await accounts.add_user("Alice", PASSWORD)
    signed_in = await accounts.sign_in(" ALICE ", PASSWORD, kind="browser", address="10.0.0.1")
    assert signed_in.principal.user_id == alice.user_id
    assert signed_in.principal.username == "alice"
    assert signed_in.principal.session_id == session_id_of(signed_in.token, secret)
    assert timedelta(days=6, hours=23) < signed_in.expires_at - datetime.now(UTC) <= timedelta(days=7)
    known = await accounts.authenticate(signed_in.token, kind="browser")
    assert known == signed_in.principal
    assert await accounts.principal_of_session(session_id_of(signed_in.token, secret)) == known


async def test_a_new_user_owns_a_library_and_nothing_else(accounts: Accounts) -> None:
    alice, bob = await accounts.add_user("alice", PASSWORD), await accounts.add_user("bob", PASSWORD, Role.ADMIN)
    assert alice.grants == {alice.personal_library_id: LibraryRole.OWNER}
    assert not alice.is_admin
    assert bob.is_admin
    assert set(bob.grants) == {bob.personal_library_id}
    assert bob.personal_library_id != alice.personal_library_id


async def test_only_a_hash_is_stored(accounts: Accounts, database: Database) -> None:
    await accounts.add_user("alice", PASSWORD)
    async with database.reader() as session:
        stored = (await session.scalars(select(User.password_hash))).one()
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


@pytest.mark.parametrize("name", ["ALICE", " alice", "ａｌｉｃｅ"])
async def test_a_name_is_taken_in_all_its_spellings(accounts: Accounts, name: str) -> None:
    await accounts.add_user("alice", PASSWORD)
    with pytest.raises(Conflict):
        await accounts.add_user(name, PASSWORD)


async def test_two_who_take_a_name_at_once_do_not_both_get_it(accounts: Accounts) -> None:
    outcomes = await asyncio.gather(
        *(accounts.add_user("alice", f"{PASSWORD} {number}") for number in range(4)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 3 + ["Principal"]


async def test_a_short_password_or_a_strange_name_is_refused(accounts: Accounts) -> None:
    with pytest.raises(Invalid, match="8 characters"):
        await accounts.add_user("alice", "1234567")
    with pytest.raises(Invalid, match="letters"):
        await accounts.add_user("alice smith", PASSWORD)
    with pytest.raises(NotFound):
        await accounts.principal_of_user("alice")


@pytest.mark.parametrize("name", ["alice", "nobody", "", "nul\x00", "\ud800", "x" * 100_000, "' OR 1=1 --"])
async def test_a_wrong_sign_in_does_not_tell_what_was_wrong(accounts: Accounts, name: str) -> None:
    await accounts.add_user("alice", PASSWORD)
    for password in ("wrong horse", "nul\x00", "\ud800", "x" * 100_000):
        with pytest.raises(NotAuthenticated) as caught:
            await accounts.sign_in(name, password, kind="api", address="10.0.0.1")
        assert caught.value.message == "The name or the password is wrong."


async def test_a_disabled_user_stays_out_until_enabled(accounts: Accounts) -> None:
    await accounts.add_user("alice", PASSWORD)
    await accounts.disable_user("alice")
    with pytest.raises(NotAuthenticated, match="name or the password"):
        await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")
    await accounts.enable_user("alice")
    await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")


@pytest.mark.parametrize(("kind", "other"), [("browser", "api"), ("api", "browser")])
async def test_a_token_opens_its_own_door_only(accounts: Accounts, kind: Kind, other: Kind) -> None:
    await accounts.add_user("alice", PASSWORD)
    signed_in = await accounts.sign_in("alice", PASSWORD, kind=kind, address="10.0.0.1")
    await accounts.authenticate(signed_in.token, kind=kind)
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(signed_in.token, kind=other)


async def test_a_token_cannot_claim_another_door(accounts: Accounts, secret: str) -> None:
    """The row says what a sign-in is for; what the claims say does not matter, even under our signature."""
    await accounts.add_user("alice", PASSWORD)
    signed_in = await accounts.sign_in("alice", PASSWORD, kind="browser", address="10.0.0.1")
    session_id = session_id_of(signed_in.token, secret)
    told = sign_session(secret, session_id=session_id, username="bob", kind="api", expires_at=signed_in.expires_at)
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(told, kind="api")
    assert (await accounts.authenticate(told, kind="browser")).username == "alice"


async def test_a_token_of_no_row_or_of_another_secret_opens_nothing(accounts: Accounts, secret: str) -> None:
    await accounts.add_user("alice", PASSWORD)
    signed_in = await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")
    claims = jwt.decode(signed_in.token, secret, algorithms=["HS256"])
    unknown = sign_session(secret, session_id=uuid4(), username="alice", kind="api", expires_at=signed_in.expires_at)
    for token in (unknown, jwt.encode(claims, secret[::-1], algorithm="HS256"), signed_in.token[:-4] + "AAAA", ""):
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate(token, kind="api")


async def test_a_sign_in_ends_by_itself(database: Database, redis: ArqRedis, settings: Settings, secret: str) -> None:
    brief = settings.model_copy(update={"session": SessionSettings.model_construct(ttl_s=3)})
    accounts = Accounts(database, redis, RateLimiter(redis), brief, secret)
    await accounts.add_user("alice", PASSWORD)
    signed_in = await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")
    assert signed_in.principal.session_id is not None
    await accounts.principal_of_session(signed_in.principal.session_id)
    await asyncio.sleep(3.1)
    # Also when the token itself would still be good: the row decides.
    longer = sign_session(
        secret,
        session_id=signed_in.principal.session_id,
        username="alice",
        kind="api",
        expires_at=now() + timedelta(hours=1),
    )
    for token in (signed_in.token, longer):
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate(token, kind="api")


async def test_expired_rows_are_cleared_at_the_next_sign_in(accounts: Accounts, database: Database) -> None:
    alice = await accounts.add_user("alice", PASSWORD)
    async with database.transaction() as session:
        for age in (timedelta(days=8), timedelta(days=30)):
            at = now() - age
            session.add(
                AuthSession(user_id=alice.user_id, kind="api", created_at=at, expires_at=at + timedelta(days=1))
            )
    signed_in = await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")
    async with database.reader() as session:
        assert list(await session.scalars(select(AuthSession.id))) == [signed_in.principal.session_id]


async def test_without_redis_people_still_sign_in_and_out(database: Database, settings: Settings, secret: str) -> None:
    unreachable = Redis.from_url("redis://127.0.0.1:1")
    accounts = Accounts(database, unreachable, RateLimiter(unreachable), settings, secret)
    await accounts.add_user("alice", PASSWORD)
    await _fail(accounts, "alice", "10.0.0.1", settings.limit.login_attempts - 1)
    signed_in = await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")
    assert signed_in.principal.session_id is not None
    await accounts.sign_out(signed_in.principal.session_id)
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(signed_in.token, kind="api")
