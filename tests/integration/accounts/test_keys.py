"""API keys: what is stored of them, how long they work, and what ends them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from accounts.keys import KeyRequest, NewKey, scopes_of
from accounts.service import Accounts
from core.access import Principal, Scope
from core.errors import Conflict, FootnoteError, Invalid, NotAuthenticated, NotFound, NotPermitted
from core.secret_keys import SecretKey
from core.settings import KeySettings
from db import api_keys
from db.base import now
from db.models import ApiKey, User
from db.session import Database

MakeUser = Callable[..., Awaitable[Principal]]


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    return await make_user("alice")


async def made(accounts: Accounts, principal: Principal, *scopes: Scope, **more: object) -> NewKey:
    wanted = KeyRequest("nightly import", scopes or (Scope.READ,), **more)  # type: ignore[arg-type]
    return await accounts.keys.create(principal, wanted)


async def row_of(database: Database, key_id: UUID) -> ApiKey:
    async with database.reader() as session:
        return (await session.scalars(select(ApiKey).where(ApiKey.id == key_id))).one()


async def change(database: Database, key_id: UUID, **values: object) -> None:
    async with database.transaction() as session:
        await session.execute(update(ApiKey).where(ApiKey.id == key_id).values(**values))


async def test_a_key_is_its_person_with_less(accounts: Accounts, alice: Principal) -> None:
    key = await made(accounts, alice, Scope.READ, Scope.ASK, questions_per_minute=7)
    principal = await accounts.authenticate(key.key, kind="api")
    assert (principal.user_id, principal.grants) == (alice.user_id, alice.grants)
    assert (principal.key_id, principal.session_id) == (key.id, None)
    assert principal.scopes == frozenset({Scope.READ, Scope.ASK})
    assert principal.key_questions_per_minute == 7


async def test_only_a_hash_is_stored(accounts: Accounts, database: Database, alice: Principal) -> None:
    key = await made(accounts, alice)
    row = await row_of(database, key.id)
    secret = key.key[36:]
    assert row.secret_hash == SecretKey(key.id, secret).secret_hash
    assert not any(secret in str(value) for value in vars(row).values())
    assert secret not in key.hint
    [listed] = await accounts.keys.of_person(alice)
    assert listed.model_dump() == key.model_dump(exclude={"key"})


async def test_it_opens_no_browser(accounts: Accounts, alice: Principal) -> None:
    key = await made(accounts, alice)
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(key.key, kind="browser")


@pytest.mark.parametrize("change", ["secret", "id", "case", "longer", "shorter", "newline", "prefix alone", "long"])
async def test_what_is_no_key_is_told_nothing(accounts: Accounts, alice: Principal, change: str) -> None:
    key = (await made(accounts, alice)).key
    wrong = {
        "secret": key[:36] + ("A" if key[36] != "A" else "B") + key[37:],
        "id": str(SecretKey(uuid4(), key[36:])),
        "case": key.upper().replace("FN_", "fn_"),
        "longer": key + "A",
        "shorter": key[:-1],
        "newline": key + "\n",
        "prefix alone": "fn_",
        "long": "fn_" + "0" * 10_000,
    }[change]
    with pytest.raises(NotAuthenticated) as refused:
        await accounts.authenticate(wrong, kind="api")
    assert refused.value.message == "This API key is not valid."


async def test_who_has_the_secret_is_told_why_it_has_ended(
    accounts: Accounts, database: Database, alice: Principal
) -> None:
    expired, revoked = await made(accounts, alice), await made(accounts, alice)
    await change(database, expired.id, expires_at=now() - timedelta(seconds=1))
    await accounts.keys.revoke(alice, revoked.id)
    for key, words in ((expired, "expired on"), (revoked, "was revoked")):
        with pytest.raises(NotAuthenticated, match=words):
            await accounts.authenticate(key.key, kind="api")
        with pytest.raises(NotAuthenticated, match="not valid"):
            await accounts.authenticate(str(SecretKey.new(key.id)), kind="api")
    assert [key.state for key in await accounts.keys.of_person(alice)] == ["revoked", "expired"]


async def test_the_last_use_is_written_once_a_minute(accounts: Accounts, database: Database, alice: Principal) -> None:
    key = await made(accounts, alice)
    assert (await row_of(database, key.id)).last_used_at is None
    await accounts.authenticate(key.key, kind="api")
    first = (await row_of(database, key.id)).last_used_at
    await accounts.authenticate(key.key, kind="api")
    assert first is not None
    assert (await row_of(database, key.id)).last_used_at == first
    await change(database, key.id, last_used_at=first - timedelta(minutes=2))
    await accounts.authenticate(key.key, kind="api")
    written = (await row_of(database, key.id)).last_used_at
    assert written is not None
    assert written >= first


async def test_a_disabled_person_has_no_key_and_gets_none_back(accounts: Accounts, alice: Principal) -> None:
    key = await made(accounts, alice)
    await accounts.disable_user("alice")
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(key.key, kind="api")
    await accounts.enable_user("alice")
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(key.key, kind="api")


async def test_a_row_that_is_disabled_by_hand_opens_nothing(
    accounts: Accounts, database: Database, alice: Principal
) -> None:
    key = await made(accounts, alice)
    async with database.transaction() as session:
        await session.execute(update(User).values(disabled_at=now()))
    with pytest.raises(NotAuthenticated, match="not valid"):
        await accounts.authenticate(key.key, kind="api")


@pytest.mark.parametrize("are_keys_revoked", [False, True])
async def test_a_new_password_ends_keys_only_when_asked(
    accounts: Accounts, alice: Principal, are_keys_revoked: bool
) -> None:
    key = await made(accounts, alice)
    await accounts.set_password("alice", "three words of mine", are_keys_revoked=are_keys_revoked)
    [listed] = await accounts.keys.of_person(alice)
    assert listed.state == ("revoked" if are_keys_revoked else "active")
    if not are_keys_revoked:
        assert await accounts.authenticate(key.key, kind="api")


async def test_a_long_response_asks_again(accounts: Accounts, alice: Principal) -> None:
    key = await made(accounts, alice)
    principal = await accounts.authenticate(key.key, kind="api")
    await accounts.recheck(principal)
    await accounts.keys.revoke(alice, key.id)
    with pytest.raises(NotAuthenticated):
        await accounts.recheck(principal)


async def test_a_key_makes_and_ends_no_key(accounts: Accounts, make_user: MakeUser) -> None:
    admin = await make_user("root", "admin")
    key = await made(accounts, admin, *Scope)
    principal = await accounts.authenticate(key.key, kind="api")
    assert principal.is_admin
    with pytest.raises(NotPermitted):
        await made(accounts, principal)
    with pytest.raises(NotPermitted):
        await accounts.keys.revoke(principal, key.id)


async def test_the_scope_admin_is_for_admins(accounts: Accounts, alice: Principal, make_user: MakeUser) -> None:
    with pytest.raises(NotPermitted):
        await made(accounts, alice, Scope.ADMIN)
    admin = await make_user("root", "admin")
    plain = await accounts.authenticate((await made(accounts, admin, Scope.READ)).key, kind="api")
    assert not plain.is_admin


async def test_a_key_of_somebody_else_is_none(accounts: Accounts, alice: Principal, make_user: MakeUser) -> None:
    bob = await make_user("bob")
    key = await made(accounts, alice)
    messages = []
    for key_id in (key.id, uuid4()):
        with pytest.raises(NotFound) as refused:
            await accounts.keys.revoke(bob, key_id)
        messages.append(refused.value.message)
    assert messages[0] == messages[1]
    assert (await accounts.keys.of_person(alice))[0].state == "active"


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": ""},
        {"name": " \n "},
        {"name": "n" * 10_000},
        {"name": "bell\a"},
        {"scopes": ()},
        {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"expires_at": datetime(9999, 12, 31, tzinfo=UTC)},
        {"expires_at": datetime(2099, 1, 1)},
    ],
)
async def test_what_no_key_can_be(accounts: Accounts, alice: Principal, wanted: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        await accounts.keys.create(alice, KeyRequest(**{"name": "a", "scopes": (Scope.READ,), **wanted}))  # type: ignore[arg-type]
    assert len(refused.value.message) < 200
    assert not await accounts.keys.of_person(alice)


async def test_a_person_has_so_many_and_no_more(accounts: Accounts, database: Database, alice: Principal) -> None:
    accounts.keys._settings = KeySettings(most=2)
    first = await made(accounts, alice)
    await made(accounts, alice)
    with pytest.raises(Conflict):
        await made(accounts, alice)
    await accounts.keys.revoke(alice, first.id)
    await made(accounts, alice)


async def test_keys_that_ended_long_ago_are_deleted(accounts: Accounts, database: Database, alice: Principal) -> None:
    old, revoked, fresh = [await made(accounts, alice) for _ in range(3)]
    await change(database, old.id, expires_at=now() - timedelta(days=31))
    await change(database, revoked.id, revoked_at=now() - timedelta(days=31))
    async with database.transaction() as session:
        assert await api_keys.remove_ended(session) == 2
    assert [key.id for key in await accounts.keys.of_person(alice)] == [fresh.id]


def test_scopes_of_the_command_line() -> None:
    assert scopes_of("read, ask,") == {Scope.READ, Scope.ASK}
    with pytest.raises(FootnoteError, match="no scope “write”"):
        scopes_of("read,write")
