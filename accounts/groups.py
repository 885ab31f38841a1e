"""Groups of people, for the doors."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import clean_username
from core.access import LibraryRole, Principal, require_admin
from core.errors import Conflict, Invalid
from core.precondition import Precondition
from core.values import Frozen
from db import audit, groups, users
from db.groups import clean_name
from db.models import Group
from db.session import Database

NO_SECRET_WAY = (
    "This group has libraries that you are not in. Another admin can add you; or add yourself to a library,"
    " where its owners see it."
)
log = structlog.get_logger(__name__)


class GroupView(Frozen):
    """A group. ``people``: how many are in it."""

    group_id: UUID
    name: str
    people: int
    created_at: datetime


class GroupPerson(Frozen):
    """Someone in a group. ``sources``: ``admin`` when an admin added them, ``claims`` when their sign-in says so."""

    user_id: UUID
    username: str
    sources: tuple[str, ...]


class GroupLibrary(Frozen):
    """A library that a group has, and its role there."""

    library_id: UUID
    name: str
    role: LibraryRole


class GroupName(Frozen):
    """What a group is called; the entity tag of what an admin renames."""

    group_id: UUID
    name: str


class Groups:
    """Groups. Only admins change them; everyone sees those they are in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, principal: Principal) -> tuple[GroupView, ...]:
        """The principal's groups; an admin's are all."""
        async with self._database.reader() as session:
            rows = await groups.of_principal(session, principal)
        return tuple(_view(group, count) for group, count in rows)

    async def create(self, principal: Principal, name: str) -> GroupView:
        """Create a group. Raises NotPermitted, Invalid, Conflict."""
        require_admin(principal)
        async with self._database.transaction() as session:
            group = await groups.create(session, principal, _name(name))
            await audit.record(session, principal, "group.created", audit.Target("group", group.id))
        log.info("group.created", group_id=str(group.id), by=str(principal.user_id))
        return _view(group, 0)

    async def rename(self, principal: Principal, group_id: UUID, name: str, seen: Precondition) -> GroupView:
        """Give a group another name. Raises NotPermitted, NotFound, Invalid, Conflict, PreconditionFailed."""
        require_admin(principal)
        async with self._database.transaction() as session:
            group = await groups.require(session, principal, group_id)
            seen.require(name_of(group))
            await groups.rename(session, principal, group_id, _name(name))
            await audit.record(session, principal, "group.renamed", audit.Target("group", group_id))
        return await self.get(principal, group_id)

    async def get(self, principal: Principal, group_id: UUID) -> GroupView:
        """One group, for an admin. Raises NotPermitted, NotFound."""
        async with self._database.reader() as session:
            group = await groups.require(session, principal, group_id)
            return _view(group, len(await groups.people(session, principal, group_id)))

    async def libraries(self, principal: Principal, group_id: UUID) -> tuple[GroupLibrary, ...]:
        """The libraries that a group has, for an admin. Raises NotPermitted, NotFound."""
        async with self._database.reader() as session:
            rows = await groups.libraries_of(session, principal, group_id)
        return tuple(
            GroupLibrary(library_id=library.id, name=library.name, role=LibraryRole(role)) for library, role in rows
        )

    async def delete(self, principal: Principal, group_id: UUID) -> None:
        """Delete a group; its people lose the libraries that they have by it. Raises NotPermitted, NotFound."""
        async with self._database.transaction() as session:
            await groups.remove(session, principal, group_id)
            await audit.record(session, principal, "group.deleted", audit.Target("group", group_id))
        log.info("group.deleted", group_id=str(group_id), by=str(principal.user_id))

    async def people(self, principal: Principal, group_id: UUID) -> tuple[GroupPerson, ...]:
        """Who is in a group. Raises NotPermitted, NotFound."""
        async with self._database.reader() as session:
            rows = await groups.people(session, principal, group_id)
        return tuple(
            GroupPerson(user_id=user.id, username=user.username, sources=tuple(sources)) for user, sources in rows
        )

    async def add(self, principal: Principal, group_id: UUID, username: str) -> tuple[GroupPerson, ...]:
        """Add a person; returns who is in the group then.

        Raises:
            NotPermitted, NotFound: not an admin; no such group.
            Invalid: there is nobody of this name.
            Conflict: it is oneself, and the group has libraries that one is not in.
        """
        require_admin(principal)
        async with self._database.transaction() as session:
            user = await users.by_name(session, clean_username(username))
            if user is None:
                raise Invalid("There is nobody of this name.")
            if user.id == principal.user_id:
                await _require_no_secret_way(session, principal, group_id)
            await groups.add_person(session, principal, group_id, user.id)
            details = {"user_id": str(user.id)}
            await audit.record(session, principal, "group.person_added", audit.Target("group", group_id), details)
        log.info("group.person_added", group_id=str(group_id), user_id=str(user.id), by=str(principal.user_id))
        return await self.people(principal, group_id)

    async def remove(self, principal: Principal, group_id: UUID, user_id: UUID) -> None:
        """Take a person out of a group. Raises NotPermitted, NotFound, Conflict."""
        async with self._database.transaction() as session:
            await groups.remove_person(session, principal, group_id, user_id)
            details = {"user_id": str(user_id)}
            await audit.record(session, principal, "group.person_removed", audit.Target("group", group_id), details)
        log.info("group.person_removed", group_id=str(group_id), user_id=str(user_id), by=str(principal.user_id))


async def _require_no_secret_way(session: AsyncSession, principal: Principal, group_id: UUID) -> None:
    """Owners of a library see its members by name, not who is in its groups: admins let themselves in where owners see it."""
    found = await groups.libraries_of(session, principal, group_id)
    if any(library.id not in principal.grants for library, _ in found):
        raise Conflict(NO_SECRET_WAY)


def name_of(group: Group | GroupView) -> GroupName:
    """The name of a group, as it is compared with what an admin saw."""
    return GroupName(group_id=group.id if isinstance(group, Group) else group.group_id, name=group.name)


def _name(name: str) -> str:
    cleaned = clean_name(name)
    if not cleaned:
        raise Invalid("A group needs a name.")
    return cleaned


def _view(group: Group, people: int) -> GroupView:
    return GroupView(group_id=group.id, name=group.name, people=people, created_at=group.created_at)
