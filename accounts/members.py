"""Who is in a library, for the doors: people by name, and groups.

A library always has a person who owns it, and the person of a personal library is its only owner. A change counts from the next
request on: what a person may see is read for each.
"""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import clean_username
from core.access import LibraryRole, Principal, require_owner, require_read
from core.errors import Conflict, Invalid, NotFound
from core.precondition import Precondition
from core.rate_limit import RateLimiter
from core.values import Frozen
from db import audit, groups, libraries, members, users
from db.groups import clean_name
from db.members import Member
from db.models import Group, Library, User
from db.session import Database

log = structlog.get_logger(__name__)

NAMED_PER_MINUTE = 60  # of one person: who may name people could otherwise try out who exists
BY_GROUP = "You are in this library by a group; an owner can take the group out."
LAST_OWNER = "A library needs an owner: make somebody else one first."
ITS_PERSON = "A personal library belongs to its person, who is its only owner."


class MemberView(Frozen):
    """A person or a group in a library.

    Attributes:
        is_you: the principal, by name.
        by_admin: an admin of the installation set this, and no owner since.
    """

    id: UUID
    name: str
    role: LibraryRole
    is_group: bool
    is_you: bool = False
    by_admin: bool = False


class MemberList(Frozen):
    """Everyone in a library: people first, then groups."""

    members: tuple[MemberView, ...]


class Members:
    """The members of libraries. Every member sees who is in; owners change it; everyone may leave."""

    def __init__(self, database: Database, limiter: RateLimiter) -> None:
        self._database = database
        self._limiter = limiter

    async def list(self, principal: Principal, library_id: UUID) -> MemberList:
        """Everyone in a library. Raises NotFound."""
        async with self._database.reader() as session:
            return await _members(session, principal, library_id)

    async def put_person(
        self, principal: Principal, library_id: UUID, username: str, role: LibraryRole, seen: Precondition
    ) -> MemberList:
        """Let a person into a library, or give them another role; returns who is in then.

        Raises:
            NotFound, NotPermitted: the principal is not a member, or not an owner. The name is not looked up then.
            Invalid: there is nobody of this name who may sign in.
            Conflict: the library would have no owner, or a personal library another one.
            PreconditionFailed: the members are not what the principal saw.
            LimitExceeded: the principal has named too many people.
        """
        async with self._database.transaction() as session:
            library = await self._open(session, principal, library_id, seen)
            user = await let_person_in(session, principal, library, username, role)
            listed = await _members(session, principal, library_id)
        log.info("library.member_set", library_id=str(library_id), user_id=str(user.id), role=role.value)
        return listed

    async def put_group(
        self, principal: Principal, library_id: UUID, name: str, role: LibraryRole, seen: Precondition
    ) -> MemberList:
        """Let a group into a library, or give it another role. Raises as :meth:`put_person`."""
        async with self._database.transaction() as session:
            library = await self._open(session, principal, library_id, seen)
            group = await let_group_in(session, principal, library, name, role)
            listed = await _members(session, principal, library_id)
        log.info("library.group_set", library_id=str(library_id), group_id=str(group.id), role=role.value)
        return listed

    async def remove(self, principal: Principal, library_id: UUID, member_id: UUID, seen: Precondition) -> None:
        """Remove a person or a group, or leave.

        Raises:
            NotFound: the principal is not a member, or the other is not.
            NotPermitted: the principal is not an owner, and removes somebody else.
            Conflict: the library would have no owner, or the principal who leaves is in it by a group.
            PreconditionFailed: the members are not what the principal saw.
        """
        require_read(principal, library_id, "library")
        is_leaving = member_id == principal.user_id
        async with self._database.transaction() as session:
            if is_leaving:
                await libraries.lock(session, library_id)
            else:
                await libraries.get_for_change(session, principal, library_id)
            seen.require(await _members(session, principal, library_id))
            if is_leaving and await members.role_of(session, library_id, member_id) is None:
                raise Conflict(BY_GROUP)
            await take_out(session, principal, library_id, member_id)
        log.info("library.member_removed", library_id=str(library_id), id=str(member_id), by=str(principal.user_id))

    async def _open(self, session: AsyncSession, principal: Principal, library_id: UUID, seen: Precondition) -> Library:
        """The library, locked, for an owner who names somebody."""
        require_owner(principal, library_id)
        await self._limiter.hit(f"members:{principal.user_id}", NAMED_PER_MINUTE, 60)
        library = await libraries.get_for_change(session, principal, library_id)
        seen.require(await _members(session, principal, library_id))
        return library


async def let_person_in(
    session: AsyncSession,
    principal: Principal,
    library: Library,
    username: str,
    role: LibraryRole,
    *,
    by_admin: bool = False,
) -> User:
    """Make somebody a member of a locked library; the caller has checked that the principal may.

    Raises:
        Invalid: there is nobody of this name who may sign in.
        Conflict: the library would have no owner, or a personal library another one.
    """
    user = await users.by_name(session, clean_username(username))
    if user is None or user.disabled_at is not None:
        raise Invalid("There is nobody of this name.")
    if library.personal_of is not None and (library.personal_of == user.id) is not (role is LibraryRole.OWNER):
        raise Conflict(ITS_PERSON)
    if role is not LibraryRole.OWNER:
        await _require_other_owner(session, library.id, user.id)
    await libraries.set_member(session, library.id, user.id, role, by_admin=by_admin)
    who = {"user_id": str(user.id), "is_self": user.id == principal.user_id}
    details = {**who, "role": role.value, "by_admin": by_admin}
    await audit.record(session, principal, "library.member_set", audit.Target("library", library.id), details)
    return user


async def let_group_in(
    session: AsyncSession,
    principal: Principal,
    library: Library,
    name: str,
    role: LibraryRole,
    *,
    by_admin: bool = False,
) -> Group:
    """Let a group into a locked library; the caller has checked that the principal may. Raises Invalid, Conflict."""
    group = await groups.by_name(session, clean_name(name))
    if group is None:
        raise Invalid("There is no group of this name.")
    if library.personal_of is not None and role is LibraryRole.OWNER:
        raise Conflict(ITS_PERSON)
    await members.set_group(session, library.id, group.id, role, by_admin=by_admin)
    details = {"group_id": str(group.id), "role": role.value, "by_admin": by_admin}
    await audit.record(session, principal, "library.group_set", audit.Target("library", library.id), details)
    return group


async def take_out(session: AsyncSession, principal: Principal, library_id: UUID, member_id: UUID) -> None:
    """Take a person or a group out of a locked library; the caller has checked that the principal may.

    Raises:
        NotFound: they are not in it.
        Conflict: nobody else owns it.
    """
    if await members.role_of(session, library_id, member_id) is not None:
        await _require_other_owner(session, library_id, member_id)
        await members.remove(session, library_id, member_id)
    elif not await members.remove_group(session, library_id, member_id):
        raise NotFound("They are not in this library.")
    details = {"member_id": str(member_id)}
    await audit.record(session, principal, "library.member_removed", audit.Target("library", library_id), details)


async def _members(session: AsyncSession, principal: Principal, library_id: UUID) -> MemberList:
    return member_list(principal, await members.of_library(session, principal, library_id))


def member_list(principal: Principal, rows: Sequence[Member]) -> MemberList:
    """The rows as the principal sees them."""
    return MemberList(
        members=tuple(
            MemberView(
                id=row.id,
                name=row.name,
                role=row.role,
                is_group=row.is_group,
                is_you=row.id == principal.user_id,
                by_admin=row.by_admin,
            )
            for row in rows
        )
    )


async def _require_other_owner(session: AsyncSession, library_id: UUID, user_id: UUID) -> None:
    """Raise Conflict when a person is the only one who owns the library by name. The library is locked."""
    is_owner = await members.role_of(session, library_id, user_id) is LibraryRole.OWNER
    if is_owner and await members.owners(session, library_id) == 1:
        raise Conflict(LAST_OWNER)
