"""Is this name's password right? Failures are counted per name and per address."""

import asyncio
from hashlib import sha256

import structlog

from accounts.rules import PASSWORD_MAX, clean_username
from core.errors import Invalid, NotAuthenticated
from core.passwords import is_password
from core.rate_limit import RateLimiter
from core.settings import LimitSettings
from db import users
from db.models import User
from db.session import Database

log = structlog.get_logger(__name__)

WINDOW_S = 300
AT_ONCE = 2  # each check takes 64 MiB and a core


class PasswordCheck:
    """Names and passwords against the table of users.

    Args:
        limits: ``login_attempts`` is the number of failures allowed per name, and per address, in five minutes.
    """

    def __init__(self, database: Database, limiter: RateLimiter, limits: LimitSettings) -> None:
        self._database = database
        self._limiter = limiter
        self._attempts = limits.login_attempts
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def check(self, username: str, password: str, address: str) -> User:
        """The user with this name and this password.

        Raises:
            NotAuthenticated: no such user, wrong password, or disabled; which of them is not told.
            LimitExceeded: too many failures for the name or from the address.
        """
        name_key, keys = f"sign-in:name:{_digest(username)}", [f"sign-in:address:{address}"]
        keys.append(name_key)
        await self._test(keys)
        async with self._slots:
            await self._test(keys)  # again: those ahead in the queue may have failed
            user = await self._find(username)
            is_right = await asyncio.to_thread(
                is_password, user.password_hash if user else None, password[:PASSWORD_MAX]
            )
            if user is None or not is_right or user.disabled_at is not None:
                log.warning("sign_in.failed", address=address, user_id=str(user.id) if user else None)
                for key in keys:
                    await self._limiter.hit(key, self._attempts, WINDOW_S)
                raise NotAuthenticated("The name or the password is wrong.")
        await self._limiter.clear(name_key)
        return user

    async def _test(self, keys: list[str]) -> None:
        for key in keys:
            await self._limiter.test(key, self._attempts, WINDOW_S)

    async def _find(self, username: str) -> User | None:
        try:
            name = clean_username(username)
        except Invalid:
            return None
        async with self._database.reader() as session:
            return await users.by_name(session, name)


def _digest(username: str) -> str:
    try:
        name = clean_username(username)
    except Invalid:
        name = username
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
