"""API keys: by them programs act on behalf of a person, with less than the person may do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import structlog

from accounts.principals import principal_of
from core.access import Principal, Scope, require_scope
from core.errors import Conflict, Invalid, NotAuthenticated, NotPermitted
from core.secret_keys import SecretKey, hint_of
from core.settings import KeySettings
from core.storable import storable
from core.values import Frozen
from db import api_keys, audit
from db.base import now
from db.models import ApiKey
from db.session import Database

log = structlog.get_logger(__name__)

State = Literal["active", "expired", "revoked"]

LONGEST_NAME = 100  # characters
MOST_QUESTIONS = 10_000  # a minute
NOT_VALID = "This API key is not valid."


class KeyView(Frozen):
    """An API key as its owner sees it: everything but the secret.

    Attributes:
        hint: how the key begins.
        state: ``active``, ``expired`` or ``revoked``.
        last_used_at: to the minute; None: never.
    """

    id: UUID
    name: str
    hint: str
    scopes: tuple[Scope, ...]
    state: State
    questions_per_minute: int | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class PersonsKey(Frozen):
    """An API key and whose it is."""

    key: KeyView
    user_id: UUID
    username: str


class NewKey(KeyView):
    """An API key just made; ``key`` is shown this once and cannot be found again."""

    key: str


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What a key is to be.

    Attributes:
        expires_at: None: after the default time of the settings.
        questions_per_minute: limit of this key, beside that of the person; None: no other limit.
    """

    name: str
    scopes: Collection[Scope]
    expires_at: datetime | None = None
    questions_per_minute: int | None = None


def scopes_of(text: str) -> frozenset[Scope]:
    """The scopes in a text, with commas between. Raises Invalid for one that does not exist."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in set(Scope):
            raise Invalid(f"There is no scope “{name[:40]}”; there are: {', '.join(Scope)}.")
    return frozenset(Scope(name) for name in names)


class ApiKeys:
    """The API keys of this installation."""

    def __init__(self, database: Database, settings: KeySettings) -> None:
        self._database = database
        self._settings = settings

    async def create(self, principal: Principal, wanted: KeyRequest) -> NewKey:
        """A new key of the principal.

        Raises:
            Invalid: name, scopes or time are not acceptable.
            NotPermitted: the scope ``admin`` for somebody who is no admin, or asked for with a key.
            Conflict: the principal has as many keys as the settings allow.
        """
        require_scope(principal)
        name, expires_at = _name(wanted.name), self._expiry(wanted.expires_at)
        scopes = _scopes(principal, wanted.scopes)
        key = SecretKey.new(uuid4())
        async with self._database.transaction() as session:
            if await api_keys.hold_count(session, principal) >= self._settings.most:
                raise Conflict(f"You have {self._settings.most} API keys already. Revoke one that you no longer need.")
            row = await api_keys.create(
                session,
                principal,
                key_id=key.key_id,
                name=name,
                secret_hash=key.secret_hash,
                scopes=scopes,
                expires_at=expires_at,
                questions_per_minute=wanted.questions_per_minute,
            )
            await audit.record(session, principal, "key.created", audit.Target("key", row.id), {"scopes": row.scopes})
        log.info("key.created", user_id=str(principal.user_id), key_id=str(row.id), scopes=row.scopes)
        return NewKey(**key_view(row).model_dump(), key=str(key))

    def _expiry(self, wanted: datetime | None) -> datetime:
        present = now()
        longest = timedelta(days=self._settings.most_days)
        if wanted is None:
            return present + min(timedelta(days=self._settings.default_days), longest)
        if wanted.tzinfo is None:
            raise Invalid("“expires_at” needs a time zone: 2027-01-31T12:00:00Z.")
        if wanted <= present:
            raise Invalid("“expires_at” is in the past.")
        if wanted > present + longest:
            raise Invalid(f"An API key lasts {self._settings.most_days} days at most.")
        return wanted

    async def of_person(self, principal: Principal) -> tuple[KeyView, ...]:
        """The principal's keys, newest first; ended ones for a month."""
        async with self._database.reader() as session:
            return tuple(key_view(row) for row in await api_keys.of_person(session, principal))

    async def revoke(self, principal: Principal, key_id: UUID) -> None:
        """End a key of the principal at once.

        Raises:
            NotFound: there is no such key, or it is somebody else's.
            NotPermitted: asked for with a key.
        """
        require_scope(principal)
        async with self._database.transaction() as session:
            await api_keys.revoke(session, principal, key_id)
            await audit.record(session, principal, "key.revoked", audit.Target("key", key_id))
        log.info("key.revoked", user_id=str(principal.user_id), key_id=str(key_id))

    async def page(
        self, principal: Principal, *, search: str, only_open: bool, limit: int, cursor: str | None
    ) -> tuple[tuple[PersonsKey, ...], str | None]:
        """One page of all keys, newest first, and the cursor of the next. Raises NotPermitted unless an admin asks."""
        async with self._database.reader() as session:
            rows, next_cursor = await api_keys.page(
                session, principal, search=search, only_open=only_open, limit=limit, cursor=cursor
            )
        found = (PersonsKey(key=key_view(row), user_id=user.id, username=user.username) for row, user in rows)
        return tuple(found), next_cursor

    async def revoke_any(self, principal: Principal, key_id: UUID) -> None:
        """End a key of anybody at once. Raises NotPermitted unless an admin asks, and NotFound."""
        require_scope(principal)
        async with self._database.transaction() as session:
            owner_id = await api_keys.revoke_any(session, principal, key_id)
            details = {"user_id": str(owner_id)}
            await audit.record(session, principal, "key.revoked", audit.Target("key", key_id), details)
        log.info("key.revoked", user_id=str(owner_id), key_id=str(key_id), by=str(principal.user_id))

    async def revoke_presented(self, token: str) -> None:
        """End the key that this is; nothing happens for anything else."""
        key = SecretKey.read(token)
        if key is None:
            return
        async with self._database.transaction() as session:
            found = await api_keys.find(session, key.key_id)
            if found is None or not key.has_hash(found[0].secret_hash):
                return
            await api_keys.end(session, key.key_id)
            await audit.record(session, found[1].id, "key.revoked", audit.Target("key", key.key_id))
        log.info("key.revoked", user_id=str(found[1].id), key_id=str(key.key_id))

    async def authenticate(self, token: str) -> Principal:
        """The person behind a key, with the key's scopes.

        Raises:
            NotAuthenticated: not a key of ours, expired or revoked, or of a disabled user.
        """
        key = SecretKey.read(token)
        if key is None:
            raise NotAuthenticated(NOT_VALID)
        return await self._principal(key.key_id, key)

    async def principal_of_key(self, key_id: UUID) -> Principal:
        """The person behind a key that was checked before, for responses that take long.

        Raises:
            NotAuthenticated: it has ended meanwhile.
        """
        return await self._principal(key_id)

    async def _principal(self, key_id: UUID, presented: SecretKey | None = None) -> Principal:
        async with self._database.reader() as session:
            found = await api_keys.find(session, key_id)
            # What follows is told only to those who have the secret.
            if found is None or (presented and not presented.has_hash(found[0].secret_hash)):
                raise NotAuthenticated(NOT_VALID)
            row, user = found
            if user.disabled_at is not None or _state(row) != "active":
                raise NotAuthenticated(_why_ended(row))
            principal = await principal_of(
                session,
                user,
                key_id=row.id,
                scopes=frozenset(Scope(scope) for scope in row.scopes),
                key_questions_per_minute=row.questions_per_minute,
            )
        if presented and (row.last_used_at is None or row.last_used_at < now() - api_keys.USED_EVERY):
            async with self._database.transaction() as session:
                await api_keys.mark_used(session, row.id)
        return principal


def _name(text: str) -> str:
    name = " ".join(storable(text).split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid(f"A key needs a name of 1 to {LONGEST_NAME} characters, in one line.")
    return name


def _scopes(principal: Principal, wanted: Collection[Scope]) -> frozenset[Scope]:
    scopes = frozenset(wanted)
    if not scopes:
        raise Invalid(f"A key needs at least one of the scopes {', '.join(Scope)}.")
    if Scope.ADMIN in scopes and not principal.is_admin:
        raise NotPermitted("Only admins can make a key with the scope “admin”.")
    return scopes


def _state(row: ApiKey) -> State:
    if row.revoked_at is not None:
        return "revoked"
    return "active" if row.expires_at > now() else "expired"


def _why_ended(row: ApiKey) -> str:
    state = _state(row)
    if state == "expired":
        return f"This API key expired on {row.expires_at:%Y-%m-%d}. Make a new one."
    return "This API key was revoked. Make a new one." if state == "revoked" else NOT_VALID


def key_view(row: ApiKey) -> KeyView:
    """A key as its owner, or an admin, sees it."""
    return KeyView(
        id=row.id,
        name=row.name,
        hint=hint_of(row.id),
        scopes=tuple(scope for scope in Scope if scope in row.scopes),
        state=_state(row),
        questions_per_minute=row.questions_per_minute,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
