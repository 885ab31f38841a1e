"""All libraries, for admins: who owns them and who is in them. Admins open no document by this: what a library holds is for its members.

An admin may give a shared library other members, themselves included. Its owners see who was let in by an admin, and it is in the audit
log. Personal libraries belong to their people alone.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.members import ITS_PERSON, MemberList, let_group_in, let_person_in, member_list, take_out
from core.access import LibraryRole, Principal, require_admin, require_scope
from core.errors import Conflict, Invalid
from core.precondition import Precondition
from core.storable import LONGEST_NAME, storable
from core.values import Frozen
from db import all_libraries, audit, libraries, members
from db.all_libraries import LibraryKind, LibraryRow
from db.models import Library
from db.session import Database

log = structlog.get_logger(__name__)


class LibraryCard(Frozen):
    """What an admin can change of a library; its entity tag is that of what the admin saw."""

    library_id: UUID
    name: str
    members: MemberList


@dataclass(frozen=True, slots=True)
class LibraryDetails:
    """A library with its numbers, and who is in it."""

    row: LibraryRow
    card: LibraryCard


class AllLibraries:
    """The libraries of this installation, for admins."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, principal: Principal, *, kind: LibraryKind, search: str, limit: int, cursor: str | None
    ) -> tuple[list[LibraryRow], str | None]:
        """One page of them, by name, and the cursor of the next. Raises NotPermitted, Invalid."""
        async with self._database.reader() as session:
            return await all_libraries.page(session, principal, kind=kind, search=search, limit=limit, cursor=cursor)

    async def get(self, principal: Principal, library_id: UUID) -> LibraryDetails:
        """One library. Raises NotPermitted, NotFound."""
        async with self._database.reader() as session:
            row = await all_libraries.get(session, principal, library_id)
            return LibraryDetails(row, await _card(session, principal, row.library))

    async def create(self, principal: Principal, name: str, owner: str) -> UUID:
        """Create a shared library that somebody owns; returns its id.

        Raises:
            NotPermitted: not an admin.
            Invalid: the name is blank or too long, or there is nobody of the owner's name.
        """
        require_scope(principal)
        require_admin(principal)
        name = " ".join(storable(name).split())
        if not 1 <= len(name) <= LONGEST_NAME:
            raise Invalid(f"A library needs a name of at most {LONGEST_NAME} characters.")
        async with self._database.transaction() as session:
            library = await libraries.create_empty(session, name)
            await audit.record(session, principal, "library.created", audit.Target("library", library.id))
            await let_person_in(session, principal, library, owner, LibraryRole.OWNER, by_admin=True)
        log.info("library.created", library_id=str(library.id), by=str(principal.user_id))
        return library.id

    async def put(
        self,
        principal: Principal,
        library_id: UUID,
        name: str,
        role: LibraryRole,
        seen: Precondition,
        *,
        is_group: bool = False,
    ) -> None:
        """Let a person or a group into a shared library, or give them another role.

        Raises:
            NotPermitted, NotFound: not an admin; no such library.
            Invalid: there is nobody of this name who may sign in, or no such group.
            Conflict: it is a personal library, or it would have no owner.
            PreconditionFailed: name and members are not what the principal saw.
        """
        let_in = let_group_in if is_group else let_person_in
        async with self._database.transaction() as session:
            library = await self._open(session, principal, library_id, seen)
            await let_in(session, principal, library, name, role, by_admin=True)
        log.info("library.member_set", library_id=str(library_id), by=str(principal.user_id), by_admin=True)

    async def remove(self, principal: Principal, library_id: UUID, member_id: UUID, seen: Precondition) -> None:
        """Take a person or a group out of a shared library. Raises as :meth:`put`, and NotFound when they are not in it."""
        async with self._database.transaction() as session:
            await self._open(session, principal, library_id, seen)
            await take_out(session, principal, library_id, member_id)
        log.info("library.member_removed", library_id=str(library_id), by=str(principal.user_id), by_admin=True)

    async def _open(self, session: AsyncSession, principal: Principal, library_id: UUID, seen: Precondition) -> Library:
        """The library, locked."""
        require_scope(principal)
        require_admin(principal)
        library = await libraries.lock(session, library_id)
        if library.personal_of is not None:
            raise Conflict(ITS_PERSON)
        seen.require(await _card(session, principal, library))
        return library


async def _card(session: AsyncSession, principal: Principal, library: Library) -> LibraryCard:
    rows = await members.of_any_library(session, principal, library.id)
    return LibraryCard(library_id=library.id, name=library.name, members=member_list(principal, rows))
