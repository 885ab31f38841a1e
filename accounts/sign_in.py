"""Is this name's password right?"""

import asyncio

import structlog

from accounts.rules import PASSWORD_MAX, clean_username
from accounts.throttle import Attempt, SignInThrottle
from core.errors import Invalid, NotAuthenticated
from core.passwords import is_password
from core.rate_limit import RateLimiter
from core.settings import LimitSettings
from db import users
from db.models import User
from db.session import Database

log = structlog.get_logger(__name__)


class PasswordCheck:
    """Names and passwords against the table of users.

    Args:
        limits: ``login_attempts`` is the number of failures that are free, see :mod:`accounts.throttle`.
    """

    def __init__(self, database: Database, limiter: RateLimiter, limits: LimitSettings) -> None:
        self._database = database
        self._throttle = SignInThrottle(limiter, limits.login_attempts)

    async def check(self, username: str, password: str, address: str, *, is_signed_in: bool = False) -> User:
        """The user with this name and this password.

        Args:
            address: where the request comes from.
            is_signed_in: the person asks from an open sign-in.

        Raises:
            NotAuthenticated: no such user, wrong password, or disabled; which of them is not told.
            LimitExceeded: too many failures.
        """
        attempt = Attempt.of(username, address, is_known=is_signed_in)
        async with self._throttle.turn(attempt):
            user = await self._find(username)
            is_right = await asyncio.to_thread(
                is_password, user.password_hash if user else None, password[:PASSWORD_MAX]
            )
            if user is None or not is_right or user.disabled_at is not None:
                log.warning("sign_in.failed", address=address, user_id=str(user.id) if user else None)
                await self._throttle.failed(attempt)
                raise NotAuthenticated("The name or the password is wrong.")
        await self._throttle.succeeded(attempt)
        return user

    async def _find(self, username: str) -> User | None:
        try:
            name = clean_username(username)
        except Invalid:
            return None
        async with self._database.reader() as session:
            return await users.by_name(session, name)
