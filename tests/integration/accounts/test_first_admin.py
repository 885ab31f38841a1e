"""The first admin: made once, by one of however many processes start."""

import asyncio

import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr
from sqlalchemy import func, select, text

from accounts.service import Accounts
from core.errors import SettingsInvalid
from core.rate_limit import RateLimiter
from core.settings import AdminSettings, Settings
from db.models import Library, User
from db.session import Database


def _accounts(database: Database, redis: ArqRedis, settings: Settings, admin: AdminSettings) -> Accounts:
    changed = settings.model_copy(update={"admin": admin})
    return Accounts(database, redis, RateLimiter(redis), changed, "signs nothing here")


async def test_the_first_admin_gets_a_random_password_that_works(accounts: Accounts) -> None:
    made = await accounts.ensure_first_admin()
    assert made is not None
    assert made.generated
    assert len(made.password) >= 16
    signed_in = await accounts.sign_in(made.username, made.password, kind="browser", address="10.0.0.1")
    assert signed_in.principal.is_admin
    assert await accounts.ensure_first_admin() is None


async def test_the_settings_may_name_the_admin(database: Database, redis: ArqRedis, settings: Settings) -> None:
    admin = AdminSettings(username="Root", password=SecretStr("correct horse"))
    made = await _accounts(database, redis, settings, admin).ensure_first_admin()
    assert made is not None
    assert (made.username, made.password, made.generated) == ("root", "correct horse", False)


@pytest.mark.parametrize("admin", [AdminSettings(password=SecretStr("short")), AdminSettings(username="two words")])
async def test_settings_that_cannot_be_taken_are_named(
    database: Database, redis: ArqRedis, settings: Settings, admin: AdminSettings
) -> None:
    with pytest.raises(SettingsInvalid, match="FOOTNOTE_ADMIN_"):
        await _accounts(database, redis, settings, admin).ensure_first_admin()


async def test_where_there_is_any_user_no_admin_is_made(accounts: Accounts) -> None:
    await accounts.add_user("alice", "correct horse")
    assert await accounts.ensure_first_admin() is None


async def _wait_until_blocked(database: Database, waiting: int) -> None:
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(60):
        while True:
            async with database.reader() as session:
                if await session.scalar(blocked) == waiting:
                    return
            await asyncio.sleep(0.05)


async def test_of_many_processes_one_makes_the_admin(database: Database, redis: ArqRedis, settings: Settings) -> None:
    processes = [_accounts(database, redis, settings, AdminSettings(username=f"admin{number}")) for number in range(4)]
    async with database.transaction() as session:
        # Nobody can write until all of them have seen that there is no user.
        await session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
        racing = [asyncio.ensure_future(accounts.ensure_first_admin()) for accounts in processes]
        await _wait_until_blocked(database, len(processes))
    made = await asyncio.gather(*racing)
    assert sum(admin is not None for admin in made) == 1
    async with database.reader() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1
        assert await session.scalar(select(func.count()).select_from(Library)) == 1
