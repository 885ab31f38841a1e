"""Everything about people: sign-in and sign-out, the person behind a token, names and passwords."""

import asyncio
from typing import Literal
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.first_admin import FirstAdmin, first_admin
from accounts.identities import Identities
from accounts.keys import ApiKeys
from accounts.oidc import OidcProvider
from accounts.people.disabling import disable, enable
from accounts.principals import principal_of, user_named
from accounts.revoked import announce
from accounts.rules import check_password, clean_username
from accounts.sessions import Kind, RefreshTokenReused, Sessions, SignIn
from accounts.sign_in import PasswordCheck
from core.access import Principal, Role
from core.errors import Invalid, NotAuthenticated
from core.passwords import hash_password
from core.rate_limit import RateLimiter
from core.secret_keys import is_key
from core.settings import Settings
from core.tokens import session_id_of
from db import api_keys, audit, auth_sessions, libraries, users
from db.models import User
from db.session import Database

log = structlog.get_logger(__name__)

Ends = Literal["all", "others", "none"]


class Accounts:
    """The people of this installation.

    Args:
        redis: announces ended sign-ins.
        limiter: counts failed sign-ins.
        secret: signs tokens.

    Attributes:
        keys: API keys, which :meth:`authenticate` takes in place of the API's tokens.
        identities: people whom somebody else has signed in.
        oidc: the provider that does; None without one.
    """

    def __init__(self, database: Database, redis: Redis, limiter: RateLimiter, settings: Settings, secret: str) -> None:
        self._database = database
        self._redis = redis
        self._settings = settings
        self._secret = secret
        self._passwords = PasswordCheck(database, limiter, settings.limit)
        self._sessions = Sessions(database, settings.session, secret)
        self.identities = Identities(database, self._sessions)
        self.oidc = OidcProvider(settings.oidc, secret) if settings.oidc.issuer else None
        self.keys = ApiKeys(database, settings.keys)

    async def sign_in(self, username: str, password: str, *, kind: Kind, address: str) -> SignIn:
        """Begin a sign-in that lasts ``settings.session.ttl_s`` seconds.

        Args:
            kind: where the token is valid: in the browser's cookie, or in the API's bearer header.
            address: of the client.

        Raises:
            NotAuthenticated: wrong name or password, or a disabled user.
            LimitExceeded: too many failures of this name from this address, or too many sign-ins waiting.
        """
        checked = await self._passwords.check(username, password, address)
        async with self._database.transaction() as session:
            user = await users.lock(session, checked.id)
            # The password was checked outside this transaction; since then it may have changed, or the user may be disabled.
            if user is None or user.disabled_at is not None or user.password_hash != checked.password_hash:
                raise NotAuthenticated("The name or the password is wrong.")
            signed_in = await self._sessions.begin(session, user, kind)
            session_id = signed_in.principal.session_id
            await audit.record(
                session, user.id, "sign_in.done", audit.Target("session", str(session_id)), {"kind": kind}
            )
        log.info("sign_in.done", user_id=str(user.id), session_id=str(session_id), kind=kind)
        return signed_in

    async def refresh(self, token: str) -> SignIn:
        """The next tokens of a sign-in, for its refresh token, which works once.

        Raises:
            NotAuthenticated: it is none, was used before (then the sign-in ends everywhere), or its sign-in has ended.
        """
        try:
            return await self._sessions.refresh(token)
        except RefreshTokenReused as error:
            await announce(self._redis, [error.session_id])
            raise

    async def revoke(self, token: str) -> None:
        """End what a token or an API key opens; nothing happens for anything else."""
        if is_key(token):
            await self.keys.revoke_presented(token)
        elif (session_id := self._sessions.session_id_of(token)) is not None:
            await self.sign_out(session_id)

    async def authenticate(self, token: str, *, kind: Kind) -> Principal:
        """The person behind a token, or, where API tokens are taken, behind an API key.

        Raises:
            NotAuthenticated: not our token, of the other kind, or of a sign-in or key that has ended.
        """
        if kind == "api" and is_key(token):
            return await self.keys.authenticate(token)
        return await self._principal_of(session_id_of(token, self._secret), kind)

    async def principal_of_session(self, session_id: UUID) -> Principal:
        """The person behind a sign-in, for sockets that stay open.

        Raises:
            NotAuthenticated: it has ended.
        """
        return await self._principal_of(session_id, None)

    async def recheck(self, principal: Principal) -> None:
        """Ask again for the sign-in or the key that a principal came with, for responses that take long.

        Raises:
            NotAuthenticated: it has ended.
        """
        if principal.key_id is not None:
            await self.keys.principal_of_key(principal.key_id)
        elif principal.session_id is not None:
            await self.principal_of_session(principal.session_id)

    async def _principal_of(self, session_id: UUID, kind: Kind | None) -> Principal:
        async with self._database.reader() as session:
            row = await auth_sessions.find_open(session, session_id)
            if row is None or kind not in (None, row[0].kind):
                raise NotAuthenticated("Please sign in again.")
            principal = await principal_of(session, row[1], session_id=session_id)
        await self._sessions.note_use(row[0])
        return principal

    async def principal_of_user(self, username: str) -> Principal:
        """A user by name, for the command line, which needs no password.

        Raises:
            NotFound: no such user.
        """
        async with self._database.reader() as session:
            return await principal_of(session, await user_named(session, username))

    async def enabled_user(self, username: str) -> User:
        """The row of a user who may sign in.

        Raises:
            NotAuthenticated: no such user, or disabled.
        """
        async with self._database.reader() as session:
            user = await users.by_name(session, username.lower())
        if user is None or user.disabled_at is not None:
            raise NotAuthenticated("Please sign in.")
        return user

    async def sign_out(self, session_id: UUID) -> str | None:
        """End one sign-in everywhere, open sockets included; returns the provider's token of it, for signing out there."""
        async with self._database.transaction() as session:
            row = await auth_sessions.revoke(session, session_id)
            if row is None:
                return None
            await audit.record(session, row.user_id, "sign_in.ended", audit.Target("session", str(session_id)))
        await announce(self._redis, [session_id])
        return row.id_token

    async def add_user(self, username: str, password: str, role: Role = Role.USER) -> Principal:
        """Create a user with a personal library.

        Raises:
            Invalid: the name or the password is not acceptable.
            Conflict: the name is taken.
        """
        name = clean_username(username)
        check_password(password, name)
        password_hash = await asyncio.to_thread(hash_password, password)
        async with self._database.transaction() as session:
            return await self._create(session, name, password_hash, role)

    async def _create(self, session: AsyncSession, name: str, password_hash: str, role: Role) -> Principal:
        user = await users.create(session, username=name, password_hash=password_hash, role=role)
        await libraries.create_personal(session, user.id, name)
        await audit.record(session, None, "user.created", audit.Target("user", user.id), {"role": role.value})
        log.info("user.added", user_id=str(user.id), role=role.value)
        return await principal_of(session, user)

    async def change_password(
        self, principal: Principal, old: str, new: str, *, are_keys_revoked: bool = False, ends: Ends = "all"
    ) -> None:
        """Replace the principal's password.

        Args:
            are_keys_revoked: end their API keys too; programs do not know the password, so otherwise keys go on.
            ends: which of their sign-ins end; ``others``: all but the one of this request.

        Raises:
            NotAuthenticated: the old password is wrong.
            LimitExceeded: it was wrong too often.
            Invalid: the new password is not acceptable.
        """
        check_password(new, principal.username)
        await self._passwords.check(principal.username, old, f"user:{principal.user_id}", is_signed_in=True)
        spared = principal.session_id if ends == "others" else None
        await self._replace_password(
            principal, principal.user_id, new, are_keys_revoked=are_keys_revoked, ends=ends, spared=spared
        )

    async def confirm(self, principal: Principal, password: str) -> None:
        """Raise NotAuthenticated unless this is the principal's password, LimitExceeded after too many that were not."""
        await self._passwords.check(principal.username, password, f"user:{principal.user_id}", is_signed_in=True)

    async def set_password(self, username: str, new: str, *, are_keys_revoked: bool = False) -> None:
        """Replace a user's password, and end all of their sign-ins. For the command line.

        Raises:
            NotFound: no such user.
            Invalid: the password is not acceptable.
        """
        check_password(new, clean_username(username))
        user_id = (await self.principal_of_user(username)).user_id
        await self._replace_password(None, user_id, new, are_keys_revoked=are_keys_revoked)

    async def _replace_password(
        self,
        actor: Principal | None,
        user_id: UUID,
        new: str,
        *,
        are_keys_revoked: bool,
        ends: Ends = "all",
        spared: UUID | None = None,
    ) -> None:
        password_hash = await asyncio.to_thread(hash_password, new)
        async with self._database.transaction() as session:
            await users.set_password_hash(session, user_id, password_hash)
            ended = [] if ends == "none" else await auth_sessions.revoke_all(session, user_id, but=spared)
            if are_keys_revoked:
                await api_keys.revoke_all(session, user_id)
            details = {"sign_ins_ended": len(ended), "keys_revoked": are_keys_revoked}
            await audit.record(session, actor, "user.password_changed", audit.Target("user", user_id), details)
        log.info("user.password_changed", user_id=str(user_id))
        await announce(self._redis, ended)

    async def disable_user(self, username: str) -> None:
        """Disable a user, and end all of their sign-ins and API keys.

        Raises:
            NotFound: no such user.
            Conflict: nobody else is an admin.
        """
        async with self._database.transaction() as session:
            user = await user_named(session, username)
            ended = await disable(session, None, user.id)
        log.info("user.disabled", user_id=str(user.id))
        await announce(self._redis, ended)

    async def enable_user(self, username: str) -> None:
        """Let a disabled user sign in again.

        Raises:
            NotFound: no such user.
        """
        async with self._database.transaction() as session:
            user = await user_named(session, username)
            await enable(session, None, user.id)
        log.info("user.enabled", user_id=str(user.id))

    async def set_tier(self, username: str, tier: str) -> None:
        """Assign a user to a tier of ``settings.limit``.

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
            user = await user_named(session, username)
            await users.set_tier(session, user.id, tier)
        log.info("user.tier", user_id=str(user.id), tier=tier)

    async def ensure_first_admin(self) -> FirstAdmin | None:
        """Create the first admin when there are no users; else None. Several processes may call it at the same time.

        Raises:
            SettingsInvalid: the configured name or password of the first admin is not acceptable.
        """
        async with self._database.reader() as session:
            if await users.has_any(session):
                return None
        admin = first_admin(self._settings.admin)
        password_hash = await asyncio.to_thread(hash_password, admin.password)
        async with self._database.transaction() as session:
            await users.lock_all(session)
            if await users.has_any(session):
                return None
            await self._create(session, admin.username, password_hash, Role.ADMIN)
        return admin

    async def announce_ended(self, session_ids: list[UUID]) -> None:
        """Close the open sockets of sign-ins that have ended in the database."""
        await announce(self._redis, session_ids)
