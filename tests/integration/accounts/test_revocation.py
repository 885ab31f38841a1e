"""Ending sign-ins: at once, everywhere, and announced to open sockets."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from arq.connections import ArqRedis
from redis.asyncio.client import PubSub

from accounts import REVOKED_CHANNEL
from accounts.service import Accounts
from accounts.sessions import SignIn
from core.errors import Invalid, LimitExceeded, NotAuthenticated, NotFound
from core.settings import Settings

PASSWORD = "correct horse"
NEW = "a better horse"


@pytest.fixture
async def announced(redis: ArqRedis) -> AsyncIterator[PubSub]:
    """Listens to the channel of ended sign-ins."""
    async with redis.pubsub() as channel:
        await channel.subscribe(REVOKED_CHANNEL)
        assert (await channel.get_message(timeout=5))["type"] == "subscribe"
        yield channel


async def _heard(channel: PubSub) -> set[UUID]:
    heard = set()
    while (message := await channel.get_message(timeout=0.3)) is not None:
        heard.add(UUID(message["data"].decode()))
    return heard


async def _sign_in(accounts: Accounts, username: str = "alice", password: str = PASSWORD) -> SignIn:
    return await accounts.sign_in(username, password, kind="api", address="10.0.0.1")


def _id(signed_in: SignIn) -> UUID:
    assert signed_in.principal.session_id is not None
    return signed_in.principal.session_id


async def _is_in(accounts: Accounts, signed_in: SignIn) -> bool:
    try:
        by_token = await accounts.authenticate(signed_in.token, kind="api")
    except NotAuthenticated:
        with pytest.raises(NotAuthenticated):
            await accounts.principal_of_session(_id(signed_in))
        return False
    return by_token == await accounts.principal_of_session(_id(signed_in))


async def test_signing_out_ends_this_sign_in_only(accounts: Accounts, announced: PubSub) -> None:
    await accounts.add_user("alice", PASSWORD)
    here, there = await _sign_in(accounts), await _sign_in(accounts)
    await accounts.sign_out(_id(here))
    assert not await _is_in(accounts, here)
    assert await _is_in(accounts, there)
    assert await _heard(announced) == {_id(here)}


async def test_signing_out_twice_is_announced_once(accounts: Accounts, announced: PubSub) -> None:
    await accounts.add_user("alice", PASSWORD)
    signed_in = await _sign_in(accounts)
    await accounts.sign_out(_id(signed_in))
    assert await _heard(announced) == {_id(signed_in)}
    await accounts.sign_out(_id(signed_in))
    assert await _heard(announced) == set()


async def test_disabling_ends_all_of_a_persons_sign_ins_and_no_one_elses(accounts: Accounts, announced: PubSub) -> None:
    await accounts.add_user("alice", PASSWORD)
    await accounts.add_user("bob", PASSWORD)
    first, second, of_bob = await _sign_in(accounts), await _sign_in(accounts), await _sign_in(accounts, "bob")
    await accounts.disable_user("alice")
    assert not await _is_in(accounts, first)
    assert not await _is_in(accounts, second)
    assert await _is_in(accounts, of_bob)
    assert await _heard(announced) == {_id(first), _id(second)}
    await accounts.enable_user("alice")
    assert not await _is_in(accounts, first)


async def test_a_changed_password_ends_every_sign_in_and_replaces_the_old_one(
    accounts: Accounts, announced: PubSub
) -> None:
    await accounts.add_user("alice", PASSWORD)
    here, there = await _sign_in(accounts), await _sign_in(accounts)
    await accounts.change_password(here.principal, PASSWORD, NEW)
    assert not await _is_in(accounts, here)
    assert not await _is_in(accounts, there)
    assert await _heard(announced) == {_id(here), _id(there)}
    with pytest.raises(NotAuthenticated):
        await _sign_in(accounts)
    assert await _is_in(accounts, await _sign_in(accounts, password=NEW))


async def test_a_password_is_changed_only_by_who_knows_it(
    accounts: Accounts, announced: PubSub, settings: Settings
) -> None:
    await accounts.add_user("alice", PASSWORD)
    signed_in = await _sign_in(accounts)
    for _ in range(settings.limit.login_attempts):
        with pytest.raises(NotAuthenticated):
            await accounts.change_password(signed_in.principal, "a guess", NEW)
    with pytest.raises(LimitExceeded):
        await accounts.change_password(signed_in.principal, PASSWORD, NEW)
    with pytest.raises(Invalid):
        await accounts.change_password(signed_in.principal, PASSWORD, "short")
    assert await _is_in(accounts, signed_in)
    assert await _heard(announced) == set()


async def test_the_command_line_sets_a_password_without_the_old_one(accounts: Accounts, announced: PubSub) -> None:
    await accounts.add_user("alice", PASSWORD)
    signed_in = await _sign_in(accounts)
    await accounts.set_password("Alice", NEW)
    assert not await _is_in(accounts, signed_in)
    assert await _heard(announced) == {_id(signed_in)}
    await _sign_in(accounts, password=NEW)


async def test_unknown_names_are_named(accounts: Accounts) -> None:
    for call in (accounts.disable_user("nobody"), accounts.enable_user("nobody"), accounts.set_password("nobody", NEW)):
        with pytest.raises(NotFound, match="nobody"):
            await call


async def test_no_sign_in_survives_a_password_change_that_overtakes_it(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sign-ins with the old password race the change; none of them may be open afterwards."""
    monkeypatch.setattr(
        "core.passwords._HASHER", PasswordHasher()
    )  # as slow as in life: it is overtaken while it is checked
    await accounts.add_user("alice", PASSWORD)
    racing = [asyncio.ensure_future(_sign_in(accounts)) for _ in range(6)]
    await asyncio.sleep(0.05)
    await accounts.set_password("alice", NEW)
    for outcome in await asyncio.gather(*racing, return_exceptions=True):
        if isinstance(outcome, SignIn):
            assert not await _is_in(accounts, outcome)
        else:
            assert isinstance(outcome, NotAuthenticated | LimitExceeded)
