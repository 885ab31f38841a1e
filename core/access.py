"""The one authorisation rule: who asks (Principal) and what they may see (SearchScope).

Vector search, file bytes, page images, jobs, threads, feedback and citations all pass through the functions below, and nothing
else in the code compares owners or libraries.

| thing                              | readable when                               | changeable when                        |
|------------------------------------|---------------------------------------------|----------------------------------------|
| library, document, chunk, page, job| the person is a member of its library       | … as editor or owner                   |
| thread, step, element, answer run, feedback, citation | the person owns its thread / run | the same                               |
An admin role opens no document and no conversation by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from core.errors import NotFound, NotPermitted


class Role(StrEnum):
    """What a user is to the installation."""

    USER = "user"
    ADMIN = "admin"


class LibraryRole(StrEnum):
    """What a member is to a library."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        grants: library id → the person's role in it.
        session_id: the sign-in this request came with; None for the command line.
    """

    user_id: UUID
    username: str
    role: Role
    personal_library_id: UUID
    grants: Mapping[UUID, LibraryRole]
    session_id: UUID | None = None

    @property
    def is_admin(self) -> bool:
        """True for installation admins."""
        return self.role is Role.ADMIN


@dataclass(frozen=True, slots=True)
class SearchScope:
    """What a question may be answered from. A required argument of every retrieval.

    Attributes:
        library_ids: libraries whose documents may be seen; empty means nothing at all.
        document_ids: when given, only these documents of those libraries.
    """

    library_ids: frozenset[UUID]
    document_ids: frozenset[UUID] | None = None

    @property
    def fingerprint(self) -> str:
        """The same text for the same scope, another for any other: what is kept for a scope is found within that one only."""
        libraries = ",".join(sorted(map(str, self.library_ids)))
        narrowed = "all" if self.document_ids is None else ",".join(sorted(map(str, self.document_ids)))
        return sha256(f"{libraries}|{narrowed}".encode()).hexdigest()

    def allows(self, library_id: UUID, document_id: UUID | None = None) -> bool:
        """True when a document of this library (and, if narrowed, this very document) may be seen."""
        if library_id not in self.library_ids:
            return False
        return self.document_ids is None or document_id is None or document_id in self.document_ids


def scope_of(principal: Principal, document_ids: frozenset[UUID] | None = None) -> SearchScope:
    """All a principal may see, optionally narrowed to some documents."""
    return SearchScope(frozenset(principal.grants), document_ids)


def require_read(principal: Principal, library_id: UUID, what: str = "document") -> None:
    """Raise NotFound (never NotPermitted: existence is a secret too) unless the library is readable."""
    if not scope_of(principal).allows(library_id):
        raise NotFound(f"There is no such {what}.")


def may_write(principal: Principal, library_id: UUID) -> bool:
    """True for editors and owners of the library."""
    return principal.grants.get(library_id, LibraryRole.VIEWER) is not LibraryRole.VIEWER


def require_write(principal: Principal, library_id: UUID, what: str = "document") -> None:
    """Raise NotFound when unreadable, NotPermitted when readable but not editable."""
    require_read(principal, library_id, what)
    if not may_write(principal, library_id):
        raise NotPermitted(f"You may read this {what}, but not change it.")


def require_own(principal: Principal, owner_id: UUID | None, what: str) -> None:
    """Raise NotFound unless the thing (thread, answer run, feedback…) belongs to the principal."""
    if owner_id != principal.user_id:
        raise NotFound(f"There is no such {what}.")


def require_admin(principal: Principal) -> None:
    """Raise NotPermitted unless the principal is an admin: for what people send to the admins, and for sums over everybody."""
    if not principal.is_admin:
        raise NotPermitted("This is for admins only.")
