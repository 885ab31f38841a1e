"""Refresh tokens: each works once, and one that comes twice ends its sign-in."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from arq.connections import ArqRedis
from sqlalchemy import update

from accounts import REVOKED_CHANNEL
from accounts.service import Accounts
from accounts.sessions import SignIn
from core.errors import NotAuthenticated
from core.tokens import sign_refresh
from db import auth_sessions
from db.base import now
from db.models import AuthSession
from db.session import Database

PASSWORD = "correct horse"


@pytest.fixture
async def signed_in(accounts: Accounts) -> SignIn:
    await accounts.add_user("alice", PASSWORD)
    return await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")


def refresh_token(signed_in: SignIn) -> str:
    assert signed_in.refresh_token is not None
    return signed_in.refresh_token


async def test_each_refresh_gives_the_next_tokens_of_the_same_sign_in(accounts: Accounts, signed_in: SignIn) -> None:
    present = signed_in
    for _ in range(3):
        following = await accounts.refresh(refresh_token(present))
        assert following.principal == present.principal
        assert following.refresh_token != present.refresh_token
        assert following.expires_at > present.expires_at
        present = following
    assert (await accounts.authenticate(present.token, kind="api")).username == "alice"


async def test_one_that_comes_twice_ends_the_sign_in_everywhere(
    accounts: Accounts, redis: ArqRedis, signed_in: SignIn
) -> None:
    following = await accounts.refresh(refresh_token(signed_in))
    listener = redis.pubsub()
    await listener.subscribe(REVOKED_CHANNEL)
    with pytest.raises(NotAuthenticated, match="used before"):
        await accounts.refresh(refresh_token(signed_in))
    heard = [await listener.get_message(timeout=5) for _ in range(2)]
    await listener.aclose()
    assert str(signed_in.principal.session_id).encode() in [message["data"] for message in heard if message]
    for token in (signed_in.token, following.token):
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate(token, kind="api")
    with pytest.raises(NotAuthenticated, match="has ended"):
        await accounts.refresh(refresh_token(following))


async def test_of_many_at_once_one_is_first(accounts: Accounts, signed_in: SignIn) -> None:
    outcomes = await asyncio.gather(
        *(accounts.refresh(refresh_token(signed_in)) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, SignIn) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NotAuthenticated) for outcome in outcomes) == 7


async def test_it_outlives_the_access_token_and_not_its_own_time(
    accounts: Accounts, database: Database, signed_in: SignIn
) -> None:
    async with database.transaction() as session:
        await session.execute(update(AuthSession).values(expires_at=now() - timedelta(hours=1)))
        assert await auth_sessions.remove_expired(session) == 0
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(signed_in.token, kind="api")
    following = await accounts.refresh(refresh_token(signed_in))
    await accounts.authenticate(following.token, kind="api")
    async with database.transaction() as session:
        past = now() - timedelta(hours=1)
        await session.execute(update(AuthSession).values(expires_at=past, refreshable_until=past))
    with pytest.raises(NotAuthenticated, match="has ended"):
        await accounts.refresh(refresh_token(following))
    async with database.transaction() as session:
        assert await auth_sessions.remove_expired(session) == 1


async def test_what_ends_a_sign_in_ends_its_refreshing(accounts: Accounts, signed_in: SignIn) -> None:
    second = await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")
    assert second.principal.session_id is not None
    await accounts.sign_out(second.principal.session_id)
    await accounts.disable_user("alice")
    await accounts.enable_user("alice")
    for ended in (signed_in, second):
        with pytest.raises(NotAuthenticated):
            await accounts.refresh(refresh_token(ended))


async def test_no_token_stands_for_another(accounts: Accounts, secret: str, signed_in: SignIn) -> None:
    session_id = signed_in.principal.session_id
    assert session_id is not None
    later = now() + timedelta(hours=1)
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(refresh_token(signed_in), kind="api")
    wrong = [
        signed_in.token,
        refresh_token(signed_in)[:-4] + "AAAA",
        sign_refresh(secret[::-1], session_id=session_id, number=0, expires_at=later),
        sign_refresh(secret, session_id=uuid4(), number=0, expires_at=later),
        sign_refresh(secret, session_id=session_id, number=0, expires_at=now() - timedelta(seconds=1)),
        "fn_" + "0" * 76,
        "",
        "x" * 10_000,
    ]
    for token in wrong:
        with pytest.raises(NotAuthenticated):
            await accounts.refresh(token)
    assert await accounts.refresh(refresh_token(signed_in))  # none of them ended it


async def test_a_browsers_sign_in_has_none(accounts: Accounts, secret: str) -> None:
    await accounts.add_user("alice", PASSWORD)
    signed_in = await accounts.sign_in("alice", PASSWORD, kind="browser", address="10.0.0.1")
    assert signed_in.refresh_token is None
    assert signed_in.principal.session_id is not None
    made = sign_refresh(
        secret, session_id=signed_in.principal.session_id, number=0, expires_at=now() + timedelta(hours=1)
    )
    with pytest.raises(NotAuthenticated):
        await accounts.refresh(made)


@pytest.mark.parametrize("which", ["access", "refresh"])
async def test_a_revoked_token_ends_its_sign_in(accounts: Accounts, signed_in: SignIn, which: str) -> None:
    other = await accounts.sign_in("alice", PASSWORD, kind="api", address="10.0.0.1")
    await accounts.revoke(signed_in.token if which == "access" else refresh_token(signed_in))
    with pytest.raises(NotAuthenticated):
        await accounts.authenticate(signed_in.token, kind="api")
    with pytest.raises(NotAuthenticated):
        await accounts.refresh(refresh_token(signed_in))
    assert await accounts.authenticate(other.token, kind="api")
    await accounts.revoke(signed_in.token)  # again, or nonsense: nothing happens
    await accounts.revoke("nonsense")
