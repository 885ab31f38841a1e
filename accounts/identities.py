"""People whom somebody else has signed in: a provider of OpenID Connect, or a proxy in front. They are made when they first come."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import count

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import clean_username
from accounts.sessions import Sessions, SignIn
from core.access import Role
from core.errors import Conflict, Invalid, NotAuthenticated
from core.storable import storable
from db import audit, groups, identities, libraries, users
from db.audit import Target
from db.models import User
from db.session import Database

log = structlog.get_logger(__name__)

PROXY = "proxy"  # the issuer of people whom a proxy has signed in
NO_PASSWORD = ""  # no password has this hash
_NOT_IN_NAMES = re.compile(r"[^\w.@+-]+")
_LONGEST_NAME = 60  # characters, with room for a number
_MOST_GROUPS = 500
_LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Identified:
    """A person as an issuer names them.

    Attributes:
        subject: the issuer's own name for the person, which never changes.
        username: what a new user is called, if that name is free.
        groups: names of groups that the issuer claims.
        id_token: for signing out there.
    """

    issuer: str
    subject: str
    username: str
    groups: tuple[str, ...] = ()
    id_token: str | None = None


class Identities:
    """Signs in people whom an issuer vouches for."""

    def __init__(self, database: Database, sessions: Sessions) -> None:
        self._database = database
        self._sessions = sessions

    async def sign_in(self, person: Identified) -> SignIn:
        """Begin a browser's sign-in; a person who was never here becomes a user, who has no password.

        Raises:
            NotAuthenticated: the user is disabled.
            Invalid: the issuer's name for the person is not usable.
        """
        if not 1 <= len(person.subject) <= _LONGEST_SUBJECT or storable(person.subject) != person.subject:
            raise Invalid("The sign-in service names you in a way that cannot be stored.")
        async with self._database.transaction() as session:
            found = await identities.hold(session, person.issuer, person.subject)
            if found is None:
                user = await self._new_user(session, person)
                row = await identities.add(session, user.id, person.issuer, person.subject)
            else:
                row, user = found
            if user.disabled_at is not None:
                raise NotAuthenticated("This account is disabled. Ask an admin.")
            await identities.see(session, row, group_names(person.groups))
            await session.flush()
            await groups.sync_claims(session, user.id, await identities.groups_of(session, user.id))
            signed_in = await self._sessions.begin(session, user, "browser", id_token=person.id_token)
            target = Target("session", str(signed_in.principal.session_id))
            await audit.record(session, user.id, "sign_in.done", target, {"kind": "browser", "issuer": person.issuer})
        log.info("sign_in.done", user_id=str(user.id), kind="browser", issuer=person.issuer)
        return signed_in

    async def _new_user(self, session: AsyncSession, person: Identified) -> User:
        """A user of a name that is free: somebody of the same name here is somebody else."""
        folded = unicodedata.normalize("NFKC", person.username[:_LONGEST_NAME]).lower()
        wanted = _NOT_IN_NAMES.sub("-", folded)[:_LONGEST_NAME].strip("-") or "person"
        for number in count(1):
            name = clean_username(wanted if number == 1 else f"{wanted}-{number}")
            try:
                user = await users.create(session, username=name, password_hash=NO_PASSWORD, role=Role.USER)
            except Conflict:
                continue
            await libraries.create_personal(session, user.id, name)
            await audit.record(session, None, "user.created", Target("user", user.id), {"issuer": person.issuer})
            log.info("user.added", user_id=str(user.id), role=user.role, issuer=person.issuer)
            return user
        raise AssertionError("numbers do not end")


def group_names(claimed: tuple[str, ...]) -> list[str]:
    """Names of groups as they are stored: at most so many, in one line each, without doubles."""
    return sorted(filter(None, set(map(groups.clean_name, claimed))))[:_MOST_GROUPS]
