"""Everything about people: sign in and out, who is behind a token, names and passwords."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import REVOKED_CHANNEL
from accounts.rules import check_password, clean_username
from accounts.sign_in import PasswordCheck
from core.access import Principal, Role
from core.errors import Invalid, NotAuthenticated, NotFound, SettingsInvalid
from core.passwords import hash_password
from core.rate_limit import RateLimiter
from core.settings import Settings
from core.tokens import session_id_of, sign_session
from db import auth_sessions, libraries, users
from db.base import now
from db.models import User
from db.session import Database

log = structlog.get_logger(__name__)

Kind = Literal["browser", "api"]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that has just begun. ``principal.session_id`` is set."""

    principal: Principal
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The admin made at the first start; ``generated`` is True when the password was made at random."""

    username: str
    password: str
    generated: bool


async def _principal(session: AsyncSession, user: User, session_id: UUID | None = None) -> Principal:
    personal_library_id, grants = await libraries.grants_of(session, user.id)
    return Principal(user.id, user.username, Role(user.role), personal_library_id, grants, session_id)


async def _user_named(session: AsyncSession, username: str) -> User:
    user = await users.by_name(session, clean_username(username))
    if user is None:
        raise NotFound(f"There is no user named {username}.")
    return user


class Accounts:
    """The people of this installation.

    Args:
        redis: counts failed sign-ins and carries word of ended ones.
        secret: signs tokens.
    """

    def __init__(self, database: Database, redis: Redis, settings: Settings, secret: str) -> None:
        self._database = database
        self._redis = redis
        self._settings = settings
        self._secret = secret
        self._passwords = PasswordCheck(database, RateLimiter(redis), settings.limit)

    async def sign_in(self, username: str, password: str, *, kind: Kind, address: str) -> SignedIn:
        """Begin a sign-in that lasts ``settings.session.ttl_s`` seconds.

        Args:
            kind: which door the token opens: the browser's cookie, or the API's bearer header.
            address: where the request comes from.

        Raises:
            NotAuthenticated: wrong name or password, or a disabled user.
            LimitExceeded: too many failures of this name from this address, or too many people in line.
        """
        checked = await self._passwords.check(username, password, address)
        expires_at = now() + timedelta(seconds=self._settings.session.ttl_s)
        async with self._database.transaction() as session:
            user = await users.lock(session, checked.id)
            # The password was checked outside this transaction; it may have been changed, or the user disabled, since.
            if user is None or user.disabled_at is not None or user.password_hash != checked.password_hash:
                raise NotAuthenticated("The name or the password is wrong.")
            row = await auth_sessions.create(session, user_id=user.id, kind=kind, expires_at=expires_at)
            principal = await _principal(session, user, row.id)
        log.info("sign_in.done", user_id=str(user.id), session_id=str(row.id), kind=kind)
        token = sign_session(self._secret, session_id=row.id, username=user.username, kind=kind, expires_at=expires_at)
        return SignedIn(principal, token, expires_at)

    async def authenticate(self, token: str, *, kind: Kind) -> Principal:
        """Who is behind a token.

        Raises:
            NotAuthenticated: a token not from here, of the other kind, or of a sign-in that has ended.
        """
        return await self._principal_of(session_id_of(token, self._secret), kind)

    async def principal_of_session(self, session_id: UUID) -> Principal:
        """Who is behind a sign-in: for sockets that stay open.

        Raises:
            NotAuthenticated: it has ended.
        """
        return await self._principal_of(session_id, None)

    async def _principal_of(self, session_id: UUID, kind: Kind | None) -> Principal:
        async with self._database.reader() as session:
            found = await auth_sessions.find_open(session, session_id)
            if found is None or kind not in (None, found[0].kind):
                raise NotAuthenticated("Please sign in again.")
            return await _principal(session, found[1], session_id)

    async def principal_of_user(self, username: str) -> Principal:
        """A user by name: for the command line, whose owner needs no password.

        Raises:
            NotFound: no such user.
        """
        async with self._database.reader() as session:
            return await _principal(session, await _user_named(session, username))

    async def enabled_user(self, username: str) -> User:
        """The row of a user who may sign in.

        Raises:
            NotAuthenticated: there is no such user, or it is disabled.
        """
        async with self._database.reader() as session:
            user = await users.by_name(session, username.lower())
        if user is None or user.disabled_at is not None:
            raise NotAuthenticated("Please sign in.")
        return user

    async def sign_out(self, session_id: UUID) -> None:
        """End one sign-in everywhere, open sockets too."""
        async with self._database.transaction() as session:
            was_open = await auth_sessions.revoke(session, session_id)
        if was_open:
            await self._publish([session_id])

    async def add_user(self, username: str, password: str, role: Role = Role.USER) -> Principal:
        """Make a user, with the library that is theirs.

        Raises:
            Invalid: a name or a password that cannot be taken.
            Conflict: the name is taken.
        """
        name = clean_username(username)
        check_password(password)
        password_hash = await asyncio.to_thread(hash_password, password)
        async with self._database.transaction() as session:
            return await self._create(session, name, password_hash, role)

    async def _create(self, session: AsyncSession, name: str, password_hash: str, role: Role) -> Principal:
        user = await users.create(session, username=name, password_hash=password_hash, role=role)
        await libraries.create_personal(session, user.id, name)
        log.info("user.added", user_id=str(user.id), role=role.value)
        return await _principal(session, user)

    async def change_password(self, principal: Principal, old: str, new: str) -> None:
        """Replace one's own password, and end all of one's sign-ins, this one too.

        Raises:
            NotAuthenticated, LimitExceeded: the old password is wrong, or was too often.
            Invalid: the new one cannot be taken.
        """
        check_password(new)
        await self._passwords.check(principal.username, old, f"user:{principal.user_id}", is_signed_in=True)
        await self._replace_password(principal.user_id, new)

    async def set_password(self, username: str, new: str) -> None:
        """Replace someone's password, and end all of their sign-ins. For the command line.

        Raises:
            NotFound: no such user.
            Invalid: a password that cannot be taken.
        """
        check_password(new)
        await self._replace_password((await self.principal_of_user(username)).user_id, new)

    async def _replace_password(self, user_id: UUID, new: str) -> None:
        password_hash = await asyncio.to_thread(hash_password, new)
        async with self._database.transaction() as session:
            await users.set_password_hash(session, user_id, password_hash)
            ended = await auth_sessions.revoke_all(session, user_id)
        log.info("user.password_changed", user_id=str(user_id))
        await self._publish(ended)

    async def disable_user(self, username: str) -> None:
        """Keep a user out, and end all of their sign-ins.

        Raises:
            NotFound: no such user.
        """
        async with self._database.transaction() as session:
            user = await _user_named(session, username)
            await users.set_disabled(session, user.id, now())
            ended = await auth_sessions.revoke_all(session, user.id)
        log.info("user.disabled", user_id=str(user.id))
        await self._publish(ended)

    async def enable_user(self, username: str) -> None:
        """Let a disabled user sign in again.

        Raises:
            NotFound: no such user.
        """
        async with self._database.transaction() as session:
            user = await _user_named(session, username)
            await users.set_disabled(session, user.id, None)
        log.info("user.enabled", user_id=str(user.id))

    async def set_tier(self, username: str, tier: str) -> None:
        """Put a user into a tier of ``settings.limit``.

        Raises:
            NotFound: no such user.
            Invalid: no such tier.
        """
        known = self._settings.limit.tier_names
        if tier not in known:
            raise Invalid(
                f"There is no tier named {tier}; there are: {', '.join(known)}. See [limit.tiers] in footnote.toml."
            )
        async with self._database.transaction() as session:
            user = await _user_named(session, username)
            await users.set_tier(session, user.id, tier)
        log.info("user.tier", user_id=str(user.id), tier=tier)

    async def ensure_first_admin(self) -> FirstAdmin | None:
        """Make the first admin when there is no user yet; None otherwise. Any number of processes may ask at once.

        Raises:
            SettingsInvalid: the name or the password set for the first admin cannot be taken.
        """
        async with self._database.reader() as session:
            if await users.has_any(session):
                return None
        admin = self._first_admin()
        password_hash = await asyncio.to_thread(hash_password, admin.password)
        async with self._database.transaction() as session:
            await users.lock_all(session)
            if await users.has_any(session):
                return None
            await self._create(session, admin.username, password_hash, Role.ADMIN)
        return admin

    def _first_admin(self) -> FirstAdmin:
        given = self._settings.admin.password
        password = given.get_secret_value() if given else secrets.token_urlsafe(12)
        try:
            check_password(password)
            return FirstAdmin(clean_username(self._settings.admin.username), password, given is None)
        except Invalid as error:
            raise SettingsInvalid(f"FOOTNOTE_ADMIN_USERNAME, FOOTNOTE_ADMIN_PASSWORD: {error.message}") from error

    async def _publish(self, session_ids: list[UUID]) -> None:
        # The rows have ended already; this only tells open sockets sooner.
        try:
            for session_id in session_ids:
                await self._redis.publish(REVOKED_CHANNEL, str(session_id))
        except (RedisError, OSError) as error:
            log.warning("sessions.revocation_unpublished", sessions=len(session_ids), error=repr(error))
