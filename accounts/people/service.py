"""What admins do with people: create and invite them, change their rights, disable them, end their sign-ins."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys import key_view
from accounts.people.disabling import disable, enable, require_admin_stays
from accounts.people.fields import PersonFields
from accounts.people.importing import PeopleImport
from accounts.people.links import NewLink, PasswordLinks
from accounts.people.views import (
    PersonDetails,
    PersonGroup,
    PersonLibrary,
    PersonView,
    card_of,
    sign_in_view,
    use_of,
)
from accounts.revoked import announce
from core.access import Principal, Role, require_admin, require_scope
from core.errors import Conflict, Invalid
from core.passwords import hash_password
from core.precondition import Precondition
from core.rate_limit import RateLimiter
from core.settings import Settings
from db import api_keys, audit, auth_sessions, groups, libraries, password_links, people, use, users
from db.base import now
from db.models import User
from db.people import PeopleQuery, PersonState
from db.session import Database

log = structlog.get_logger(__name__)

RANDOM_BYTES = 12  # of a password made at random: 96 bits, 16 characters
YOURSELF = "You cannot do this to yourself. Ask another admin."


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody just created, with either a link or a password; both are shown this once."""

    user_id: UUID
    username: str
    link: NewLink | None
    password: str | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people; ``counts``: how many there are in each state."""

    people: tuple[PersonView, ...]
    counts: dict[PersonState, int]
    next_cursor: str | None


class People:
    """The people of this installation, for admins.

    Attributes:
        links: one-time links by which people set a password.
        bulk: many people at once.
    """

    def __init__(self, database: Database, redis: Redis, limiter: RateLimiter, settings: Settings) -> None:
        self._database = database
        self._redis = redis
        self._settings = settings
        self.links = PasswordLinks(database, redis, limiter, settings.session)
        self.bulk = PeopleImport(database, settings.limit, self.links)

    async def page(self, principal: Principal, query: PeopleQuery, *, limit: int, cursor: str | None) -> PeoplePage:
        """One page of people with what they have used today. Raises NotPermitted, Invalid."""
        async with self._database.reader() as session:
            rows, next_cursor = await people.page(session, principal, query, limit=limit, cursor=cursor)
            counts = await people.counts(session, principal, query)
            views = await self._views(session, principal, rows)
        return PeoplePage(views, counts, next_cursor)

    async def _views(
        self,
        session: AsyncSession,
        principal: Principal,
        rows: Sequence[tuple[User, PersonState]],
        *,
        month: bool = False,
    ) -> tuple[PersonView, ...]:
        ids, day = [user.id for user, _ in rows], beginning_of_day(now())
        asked = await use.asked(session, principal, ids, day)
        stored = await use.stored(session, principal, ids)
        of_month = await use.asked(session, principal, ids, day.replace(day=1)) if month else {}
        return tuple(
            PersonView(
                card=card_of(user),
                state=state,
                created_at=user.created_at,
                last_sign_in_at=user.last_sign_in_at,
                use=use_of(self._settings, user.tier, asked[user.id], stored[user.id], of_month.get(user.id)),
            )
            for user, state in rows
        )

    async def get(self, principal: Principal, user_id: UUID) -> PersonDetails:
        """One person. Raises NotPermitted, NotFound."""
        async with self._database.reader() as session:
            row = await people.get(session, principal, user_id)
            [view] = await self._views(session, principal, [row], month=True)
            link = await password_links.of_person(session, principal, user_id)
            return PersonDetails(
                person=view,
                has_password=bool(row[0].password_hash),
                issuers=tuple(await people.issuers(session, user_id)),
                link_until=link.expires_at if link else None,
                groups=tuple(
                    PersonGroup(group_id=group.id, name=group.name, is_claimed="admin" not in sources)
                    for group, sources in await people.groups_of(session, principal, user_id)
                ),
                libraries=tuple(
                    PersonLibrary(library_id=library.id, name=library.name, role=role)
                    for library, role in await people.libraries_of(session, principal, user_id)
                ),
                sign_ins=tuple(
                    sign_in_view(session_row, principal.session_id)
                    for session_row in await auth_sessions.of_person(session, principal, user_id)
                ),
                keys=tuple(map(key_view, await api_keys.of_user(session, principal, user_id))),
            )

    async def create(self, principal: Principal, username: str, fields: PersonFields, *, by_link: bool) -> NewPerson:
        """Create a person, who gets a one-time link, or a password made at random.

        Raises:
            NotPermitted: not an admin, or asked for with a key.
            Invalid: a field is not acceptable.
            Conflict: the name is taken.
        """
        require_scope(principal)
        require_admin(principal)
        fields.check(self._settings.limit.tier_names)
        password = None if by_link else secrets.token_urlsafe(RANDOM_BYTES)
        password_hash = await asyncio.to_thread(hash_password, password) if password else ""
        async with self._database.transaction() as session:
            user = await users.create(
                session, username=username, password_hash=password_hash, role=fields.role, **fields.columns
            )
            await libraries.create_personal(session, user.id, username)
            for name in fields.groups:
                group = await groups.by_name(session, name)
                if group is None:
                    raise Invalid(f"There is no group named {name}.")
                await groups.add_person(session, principal, group.id, user.id)
            made = await self.links.store(session, principal, [user.id] if by_link else [])
            details = {"role": fields.role.value, "tier": fields.tier, "by_link": by_link}
            await audit.record(session, principal, "user.created", audit.Target("user", user.id), details)
        log.info("user.added", user_id=str(user.id), role=user.role, by=str(principal.user_id))
        return NewPerson(user.id, username, made.get(user.id), password)

    async def change(self, principal: Principal, user_id: UUID, fields: PersonFields, seen: Precondition) -> None:
        """Change what a person is called, their role and their tier.

        Raises:
            NotPermitted, NotFound: not an admin; no such person.
            Invalid: a field is not acceptable.
            Conflict: nobody else is an admin.
            PreconditionFailed: the person is not what the principal saw.
        """
        require_scope(principal)
        async with self._database.transaction() as session:
            if fields.role is not Role.ADMIN:
                require_admin(principal)
                await require_admin_stays(session, user_id)
            user, _ = await people.get(session, principal, user_id, for_change=True)
            seen.require(card_of(user))
            fields.check({*self._settings.limit.tier_names, user.tier})
            wanted = {"role": fields.role.value, **fields.columns}
            before = {name: getattr(user, name) for name in wanted}
            changed = [name for name, value in wanted.items() if value != before[name]]
            for name in changed:
                setattr(user, name, wanted[name])
            rights = {name: [before[name], wanted[name]] for name in changed if name in ("role", "tier")}
            if changed:
                details = {"fields": changed, **rights}
                await audit.record(session, principal, "user.changed", audit.Target("user", user_id), details)
        log.info("user.changed", user_id=str(user_id), fields=changed, by=str(principal.user_id))

    async def set_disabled(self, principal: Principal, user_id: UUID, is_disabled: bool, seen: Precondition) -> None:
        """Disable a person (sign-ins and API keys end at once), or enable them again.

        Raises:
            NotPermitted, NotFound: not an admin; no such person.
            Conflict: nobody else is an admin, or it is oneself.
            PreconditionFailed: the person is not what the principal saw.
        """
        require_scope(principal)
        require_admin(principal)
        async with self._database.transaction() as session:
            if is_disabled:
                await require_admin_stays(session, user_id)
            user, _ = await people.get(session, principal, user_id, for_change=True)
            seen.require(card_of(user))
            if is_disabled and user_id == principal.user_id:
                raise Conflict(YOURSELF)
            if is_disabled:
                ended = await disable(session, principal, user_id)
            else:
                ended = []
                await enable(session, principal, user_id)
        log.info("user.disabled" if is_disabled else "user.enabled", user_id=str(user_id), by=str(principal.user_id))
        await announce(self._redis, ended)

    async def end_sign_ins(self, principal: Principal, user_id: UUID) -> int:
        """End all sign-ins of a person at once; returns how many. Raises NotPermitted, NotFound."""
        require_scope(principal)
        async with self._database.transaction() as session:
            await people.get(session, principal, user_id)
            ended = await auth_sessions.revoke_all(session, user_id)
            target, details = audit.Target("user", user_id), {"sign_ins_ended": len(ended)}
            await audit.record(session, principal, "user.sign_ins_ended", target, details)
        await announce(self._redis, ended)
        return len(ended)


def beginning_of_day(moment: datetime) -> datetime:
    """Midnight of the same day, in the same zone."""
    return moment - timedelta(
        hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
    )
