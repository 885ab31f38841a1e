"""Accounts on a real database and a real Redis."""

import pytest
from arq.connections import ArqRedis

from accounts.service import Accounts
from core.rate_limit import RateLimiter
from core.settings import LimitSettings, Settings
from db.session import Database


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Fewer guesses than usual: each costs what a password check costs."""
    return settings.model_copy(update={"limit": LimitSettings(login_attempts=4)})


@pytest.fixture
def secret(settings: Settings) -> str:
    """What tokens are signed with."""
    assert settings.secret_key is not None
    return settings.secret_key.get_secret_value()


@pytest.fixture
def accounts(database: Database, redis: ArqRedis, settings: Settings, secret: str) -> Accounts:
    """What is tested here."""
    return Accounts(database, redis, RateLimiter(redis), settings, secret)
