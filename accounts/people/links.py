"""One-time links by which people set a password: of invited ones their first, of others a new one."""

import asyncio
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.revoked import announce
from accounts.rules import check_password
from core.access import Principal, require_scope
from core.addresses import place_of
from core.errors import Conflict, NotFound
from core.passwords import hash_password
from core.rate_limit import RateLimiter
from core.settings import SessionSettings
from db import audit, auth_sessions, password_links, people, users
from db.base import now
from db.session import Database

log = structlog.get_logger(__name__)

TRIES, WINDOW_S = 30, 60  # of one place
SECRET_BYTES = 32
NO_LINK = (
    "This link does not work (any more): it was used, replaced, taken back, or has expired. Ask an admin for a new one."
)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made; ``token`` is shown this once."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Whose link it is. ``is_new``: they have had no password yet."""

    username: str
    display_name: str
    is_new: bool


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()  # 256 random bits need no slow hash


class PasswordLinks:
    """Makes, takes back and opens one-time links."""

    def __init__(self, database: Database, redis: Redis, limiter: RateLimiter, settings: SessionSettings) -> None:
        self._database = database
        self._redis = redis
        self._limiter = limiter
        self._settings = settings

    async def store(
        self, session: AsyncSession, principal: Principal, user_ids: Collection[UUID]
    ) -> dict[UUID, NewLink]:
        """New links for people, in the caller's transaction; their earlier ones stop working. Raises NotPermitted."""
        expires_at = now() + timedelta(seconds=self._settings.link_s)
        made = {user_id: NewLink(secrets.token_urlsafe(SECRET_BYTES), expires_at) for user_id in user_ids}
        if made:
            hashes = {user_id: _hash(link.token) for user_id, link in made.items()}
            await password_links.put(session, principal, hashes, expires_at)
        return made

    async def make(self, principal: Principal, user_id: UUID) -> NewLink:
        """A new link for a person, whose password works until the link is used.

        Raises:
            NotPermitted, NotFound: not an admin; no such person.
            Conflict: the person is disabled.
        """
        require_scope(principal)
        async with self._database.transaction() as session:
            user, state = await people.get(session, principal, user_id, for_change=True)
            if state == "disabled":
                raise Conflict("This person is disabled. Enable them first.")
            made = await self.store(session, principal, [user.id])
            await audit.record(session, principal, "user.password_link_made", audit.Target("user", user_id))
        log.info("user.password_link_made", user_id=str(user_id), by=str(principal.user_id))
        return made[user_id]

    async def take_back(self, principal: Principal, user_id: UUID) -> None:
        """Make the link of a person useless. Raises NotPermitted, NotFound, and Conflict when there is none."""
        async with self._database.transaction() as session:
            await people.get(session, principal, user_id, for_change=True)
            if not await password_links.remove(session, user_id):
                raise Conflict("This person has no link; it was used, or has expired.")
            await audit.record(session, principal, "user.password_link_revoked", audit.Target("user", user_id))

    async def open(self, token: str, address: str) -> Invited:
        """Whose link it is; it is not used up.

        Raises:
            NotFound: it does not work.
            LimitExceeded: too many tries from this address.
        """
        await self._limiter.hit(f"invites:{place_of(address)}", TRIES, WINDOW_S)
        async with self._database.reader() as session:
            user = await password_links.find(session, _hash(token))
        if user is None:
            raise NotFound(NO_LINK)
        return Invited(user.username, user.display_name or "", is_new=not user.password_hash)

    async def use(self, token: str, password: str, address: str) -> Invited:
        """Set the password of the link's person, and end all of their sign-ins. The link works no more.

        Raises:
            NotFound, LimitExceeded: as :meth:`open`.
            Invalid: the password is not acceptable; the link still works.
        """
        invited = await self.open(token, address)
        check_password(password, invited.username)
        password_hash = await asyncio.to_thread(hash_password, password)
        async with self._database.transaction() as session:
            user = await password_links.use(session, _hash(token))
            if user is None:
                raise NotFound(NO_LINK)
            await users.set_password_hash(session, user.id, password_hash)
            ended = await auth_sessions.revoke_all(session, user.id)
            await audit.record(session, user.id, "user.password_link_used", audit.Target("user", user.id))
        log.info("user.password_changed", user_id=str(user.id), by="link")
        await announce(self._redis, ended)
        return invited
