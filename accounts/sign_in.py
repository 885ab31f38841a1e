"""Checks a name and a password."""

import asyncio

import structlog

from accounts.rules import PASSWORD_MAX, clean_username
from accounts.throttle import Attempt, SignInThrottle
from core.errors import Invalid, NotAuthenticated
from core.passwords import is_password
from core.rate_limit import RateLimiter
from core.settings import LimitSettings
from db import audit, users
from db.audit import Target
from db.models import User
from db.session import Database

log = structlog.get_logger(__name__)


class PasswordCheck:
    """Checks names and passwords against the table of users, slowly after many failures.

    Args:
        limits: ``login_attempts`` is the number of free failures, see :mod:`accounts.throttle`.
    """

    def __init__(self, database: Database, limiter: RateLimiter, limits: LimitSettings) -> None:
        self._database = database
        self._throttle = SignInThrottle(limiter, limits.login_attempts)

    async def check(self, username: str, password: str, address: str, *, is_signed_in: bool = False) -> User:
        """The user with this name and this password.

        Args:
            address: of the client.
            is_signed_in: the request comes from an open sign-in.

        Raises:
            NotAuthenticated: no such user, wrong password, or disabled; the error does not say which.
            LimitExceeded: too many failures.
        """
        attempt = Attempt.of(username, address, is_known=is_signed_in)
        async with self._throttle.admit(attempt):
            user = await self._find(username)
            is_right = await asyncio.to_thread(
                is_password, user.password_hash if user else None, password[:PASSWORD_MAX]
            )
            if user is None or not is_right or user.disabled_at is not None:
                log.warning("sign_in.failed", address=address, user_id=str(user.id) if user else None)
                await self._throttle.failed(attempt)
                await self._record_failure(user, is_signed_in=is_signed_in)
                raise NotAuthenticated("The name or the password is wrong.")
        await self._throttle.succeeded(attempt)
        return user

    async def _record_failure(self, user: User | None, *, is_signed_in: bool) -> None:
        """An event without the name that was typed: people type their password there."""
        target = Target("user", user.id) if user else None
        async with self._database.transaction() as session:
            await audit.record(session, None, "sign_in.failed", target, {"is_signed_in": is_signed_in})

    async def _find(self, username: str) -> User | None:
        try:
            name = clean_username(username)
        except Invalid:
            return None
        async with self._database.reader() as session:
            return await users.by_name(session, name)
