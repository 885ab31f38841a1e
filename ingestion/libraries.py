"""Libraries, for the doors: create, rename, delete with all documents. Who is in one: ``accounts.members``."""

from uuid import UUID

import structlog

from core.access import LibraryRole, Principal, require_owner, require_read
from core.errors import Conflict, Invalid, LimitExceeded
from core.precondition import Precondition
from core.storable import LONGEST_NAME, storable
from db import audit, documents, libraries
from db.audit import Target
from db.models import Library
from db.session import Database
from ingestion.documents.removal import DocumentRemoval
from ingestion.types import LibraryView

log = structlog.get_logger(__name__)

MOST_LIBRARIES = 1000  # that one person may be in when they create another
PERSONAL = "This is a personal library; it stays as long as its person, under their name."


class Libraries:
    """Libraries. Everyone may create some; owners change and delete them."""

    def __init__(self, database: Database, removal: DocumentRemoval) -> None:
        self._database = database
        self._removal = removal

    async def create(self, principal: Principal, name: str) -> LibraryView:
        """Create a library with the principal as its owner.

        Raises:
            Invalid: the name is blank.
            LimitExceeded: the principal has too many.
        """
        name = _cleaned(name)
        if len(principal.grants) >= MOST_LIBRARIES:
            raise LimitExceeded(f"You have {MOST_LIBRARIES:,} libraries already; delete or leave some first.")
        async with self._database.transaction() as session:
            library = await libraries.create(session, principal, name)
            await audit.record(session, principal, "library.created", Target("library", library.id))
        log.info("library.created", library_id=str(library.id), by=str(principal.user_id))
        return _view(library, LibraryRole.OWNER, principal)

    async def get(self, principal: Principal, library_id: UUID) -> LibraryView:
        """One library. Raises NotFound."""
        require_read(principal, library_id, "library")
        async with self._database.reader() as session:
            return _view(await libraries.require(session, library_id), principal.grants[library_id], principal)

    async def rename(self, principal: Principal, library_id: UUID, name: str, seen: Precondition) -> LibraryView:
        """Rename a library.

        Raises:
            NotFound, NotPermitted: the principal is not a member, or not an owner.
            Invalid: the name is blank.
            Conflict: it is a personal one.
            PreconditionFailed: it is not what the principal saw.
        """
        require_owner(principal, library_id)
        name = _cleaned(name)
        async with self._database.transaction() as session:
            library = _changeable(await libraries.get_for_change(session, principal, library_id))
            seen.require(_view(library, LibraryRole.OWNER, principal))
            library.name = name
            await libraries.touch(session, library_id)  # answers say where a document stands
        return _view(library, LibraryRole.OWNER, principal)

    async def delete(self, principal: Principal, library_id: UUID, seen: Precondition) -> None:
        """Delete a library with its documents. Raises as :meth:`rename`."""
        require_owner(principal, library_id)
        async with self._database.transaction() as session:
            # Documents before their library, as everything that changes a document does: another order would deadlock.
            await documents.lock_library(session, library_id)
            library = _changeable(await libraries.get_for_change(session, principal, library_id))
            seen.require(_view(library, LibraryRole.OWNER, principal))
            removed = await self._removal.of_library(session, library_id)
            await libraries.remove(session, library_id)
            what = {"documents": len(removed)}
            await audit.record(session, principal, "library.deleted", Target("library", library_id), what)
        log.info("library.deleted", library_id=str(library_id), documents=len(removed), by=str(principal.user_id))
        await self._removal.clear_all(removed)


def _changeable(library: Library) -> Library:
    if library.personal_of is not None:
        raise Conflict(PERSONAL)
    return library


def _cleaned(name: str) -> str:
    cleaned = " ".join(storable(name).split())
    if not cleaned:
        raise Invalid("A library needs a name.")
    if len(cleaned) > LONGEST_NAME:
        raise Invalid(f"A library's name may have {LONGEST_NAME} characters.")
    return cleaned


def _view(library: Library, role: LibraryRole, principal: Principal) -> LibraryView:
    return LibraryView(
        library_id=library.id,
        name=library.name,
        role=role,
        is_personal=library.id == principal.personal_library_id,
    )
