"""What people see and change of their own account."""

from dataclasses import dataclass
from uuid import UUID

from redis.asyncio import Redis

from accounts.people.fields import clean_display_name
from accounts.people.service import beginning_of_day
from accounts.people.views import PersonCard, SignInView, UseView, card_of, sign_in_view, use_of
from accounts.revoked import announce
from core.access import Principal, require_scope
from core.errors import NotAuthenticated
from core.precondition import Precondition
from core.settings import Settings
from db import audit, auth_sessions, people, use, users
from db.base import now
from db.models import User
from db.session import Database


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """A person as they see themselves. ``issuers``: who signs them in besides Footnote."""

    card: PersonCard
    has_password: bool
    issuers: tuple[str, ...]


class OwnAccount:
    """One's own profile, sign-ins and use. An API key may do none of this."""

    def __init__(self, database: Database, redis: Redis, settings: Settings) -> None:
        self._database = database
        self._redis = redis
        self._settings = settings

    async def profile(self, principal: Principal) -> OwnProfile:
        """The principal's profile."""
        require_scope(principal)
        async with self._database.reader() as session:
            user = _there(await users.get(session, principal.user_id))
            return OwnProfile(
                card_of(user), bool(user.password_hash), tuple(await people.issuers(session, principal.user_id))
            )

    async def rename(self, principal: Principal, display_name: str, seen: Precondition) -> None:
        """Change how the principal's name is shown. Raises Invalid, and PreconditionFailed when an admin was faster."""
        require_scope(principal)
        name = clean_display_name(display_name)
        async with self._database.transaction() as session:
            user = _there(await users.lock(session, principal.user_id))
            seen.require(card_of(user))
            user.display_name = name or None
            await audit.record(session, principal, "user.renamed", audit.Target("user", principal.user_id))

    async def sign_ins(self, principal: Principal) -> tuple[SignInView, ...]:
        """The principal's open sign-ins, the latest used first."""
        require_scope(principal)
        async with self._database.reader() as session:
            rows = await auth_sessions.of_person(session, principal, principal.user_id)
        return tuple(sign_in_view(row, principal.session_id) for row in rows)

    async def end_sign_in(self, principal: Principal, session_id: UUID) -> None:
        """End one of the principal's sign-ins. Raises NotFound."""
        require_scope(principal)
        async with self._database.transaction() as session:
            await auth_sessions.revoke_own(session, principal, session_id)
            target = audit.Target("user", principal.user_id)
            await audit.record(session, principal, "user.sign_ins_ended", target, {"sign_ins_ended": 1})
        await announce(self._redis, [session_id])

    async def end_other_sign_ins(self, principal: Principal) -> int:
        """End all sign-ins of the principal but the one of this request; returns how many."""
        require_scope(principal)
        async with self._database.transaction() as session:
            ended = await auth_sessions.revoke_all(session, principal.user_id, but=principal.session_id)
            target, details = audit.Target("user", principal.user_id), {"sign_ins_ended": len(ended)}
            await audit.record(session, principal, "user.sign_ins_ended", target, details)
        await announce(self._redis, ended)
        return len(ended)

    async def use(self, principal: Principal) -> UseView:
        """What the principal has used today and this month (UTC), beside what they may use."""
        day, who = beginning_of_day(now()), [principal.user_id]
        async with self._database.reader() as session:
            user = _there(await users.get(session, principal.user_id))
            today = await use.asked(session, principal, who, day)
            month = await use.asked(session, principal, who, day.replace(day=1))
            stored = await use.stored(session, principal, who)
        return use_of(self._settings, user.tier, today[user.id], stored[user.id], month[user.id])


def _there(user: User | None) -> User:
    if user is None:
        raise NotAuthenticated("Please sign in again.")
    return user
