"""The one authorisation rule: who asks (Principal) and what they may see (SearchScope).

Vector search, file bytes, page images, jobs, threads, feedback and citations all use the functions below; no other code compares
owners or libraries.

| thing                              | readable when                               | changeable when                        |
|------------------------------------|---------------------------------------------|----------------------------------------|
| library, document, chunk, page, job| the person is a member of its library       | … as editor or owner                   |
| of a job: state, reason, age; its file's size and type; its library's name | … or an admin | … or an admin (stop, try again) |
| a library's name, members and groups | the person is a member of it              | … as owner                             |
| thread, step, element, answer run, feedback, citation | the person owns its thread / run | the same                               |
| … of somebody else                 | an admin has opened it (see ``Oversight``)  | never                                  |
| group                              | the person is in it, or an admin            | the person is an admin                 |

Someone is a member of a library by name or by a group; of several roles, the highest counts. An admin role opens no document; of a
conversation's sources it shows the passages that an answer quotes.

An API key may do less than its person: what each scope opens is in ``web/scopes.py``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from core.errors import NotFound, NotPermitted


class Role(StrEnum):
    """A user's role in the installation."""

    USER = "user"
    ADMIN = "admin"


class Oversight(StrEnum):
    """Whether admins may open the conversations of others: with a reason, without one, or not at all. Each opening is recorded."""

    REASON = "reason"
    ON = "on"
    OFF = "off"


class LibraryRole(StrEnum):
    """A member's role in a library."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


def highest_roles(grants: Iterable[tuple[UUID, str]]) -> dict[UUID, LibraryRole]:
    """The grants of a person: library id → the highest of the roles that they have there, by name and by groups."""
    rank = {role: place for place, role in enumerate(LibraryRole)}
    return {
        library_id: LibraryRole(role)
        for library_id, role in sorted(grants, key=lambda grant: rank[LibraryRole(grant[1])])
    }


class Scope(StrEnum):
    """What an API key may do on behalf of its person."""

    READ = "read"
    ASK = "ask"
    UPLOAD = "upload"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """The person on whose behalf the code runs.

    Attributes:
        grants: library id → the person's role in it.
        session_id: the sign-in this request came with; None for an API key and for the command line.
        key_id: the API key this request came with.
        scopes: what the API key may do; None: everything that the person may.
        key_questions_per_minute: limit of the API key beside that of the person; None: no other limit.
    """

    user_id: UUID
    username: str
    role: Role
    personal_library_id: UUID
    grants: Mapping[UUID, LibraryRole]
    session_id: UUID | None = None
    key_id: UUID | None = None
    scopes: frozenset[Scope] | None = None
    key_questions_per_minute: int | None = None

    @property
    def is_admin(self) -> bool:
        """True for installation admins; with an API key, only when it has the scope ``admin``."""
        return self.role is Role.ADMIN and (self.scopes is None or Scope.ADMIN in self.scopes)


@dataclass(frozen=True, slots=True)
class SearchScope:
    """The documents that a principal may see. A required argument of every retrieval.

    Attributes:
        library_ids: libraries whose documents may be seen; empty: none.
        document_ids: only these documents of those libraries; None: all.
    """

    library_ids: frozenset[UUID]
    document_ids: frozenset[UUID] | None = None

    @property
    def fingerprint(self) -> str:
        """A hash that is equal only for equal scopes, for cache keys."""
        libraries = ",".join(sorted(map(str, self.library_ids)))
        narrowed = "all" if self.document_ids is None else ",".join(sorted(map(str, self.document_ids)))
        return sha256(f"{libraries}|{narrowed}".encode()).hexdigest()

    def narrowed(self, document_ids: Collection[UUID] | None) -> "SearchScope":
        """Only these documents of it; None: the scope itself."""
        if document_ids is None:
            return self
        wanted = frozenset(document_ids)
        return SearchScope(self.library_ids, wanted if self.document_ids is None else wanted & self.document_ids)

    def allows(self, library_id: UUID, document_id: UUID | None = None) -> bool:
        """True when a document of this library (and, if narrowed, this very document) may be seen."""
        if library_id not in self.library_ids:
            return False
        return self.document_ids is None or document_id is None or document_id in self.document_ids


def scope_of(
    principal: Principal,
    document_ids: Collection[UUID] | None = None,
    library_ids: Collection[UUID] | None = None,
) -> SearchScope:
    """The scope of all documents that a principal may see, narrowed to some documents or libraries where they are given."""
    libraries = (
        frozenset(principal.grants) if library_ids is None else frozenset(principal.grants) & frozenset(library_ids)
    )
    return SearchScope(libraries, None if document_ids is None else frozenset(document_ids))


def require_read(principal: Principal, library_id: UUID, what: str = "document") -> None:
    """Raise NotFound (never NotPermitted: existence is a secret too) unless the library is readable."""
    if not may_read(principal, library_id):
        raise NotFound(f"There is no such {what}.")


def may_read(principal: Principal, library_id: UUID) -> bool:
    """True for members of the library: titles of its documents are shown to nobody else, admins included."""
    return scope_of(principal).allows(library_id)


def may_write(principal: Principal, library_id: UUID) -> bool:
    """True for editors and owners of the library."""
    return principal.grants.get(library_id, LibraryRole.VIEWER) is not LibraryRole.VIEWER


def require_write(principal: Principal, library_id: UUID, what: str = "document") -> None:
    """Raise NotFound when unreadable, NotPermitted when readable but not editable."""
    require_read(principal, library_id, what)
    if not may_write(principal, library_id):
        raise NotPermitted(f"You may read this {what}, but not change it.")


def require_owner(principal: Principal, library_id: UUID) -> None:
    """Raise NotFound when unreadable, NotPermitted when the person is not an owner: for the library itself and who is in it."""
    require_read(principal, library_id, "library")
    if principal.grants[library_id] is not LibraryRole.OWNER:
        raise NotPermitted("Only its owners may change this library.")


def require_own(principal: Principal, owner_id: UUID | None, what: str) -> None:
    """Raise NotFound unless the thing (thread, answer run, feedback…) belongs to the principal."""
    if owner_id != principal.user_id:
        raise NotFound(f"There is no such {what}.")


def require_scope(principal: Principal, *any_of: Scope) -> None:
    """Raise NotPermitted for an API key that has none of these scopes; with no scope named, for every API key."""
    if principal.scopes is None or principal.scopes & set(any_of):
        return
    if not any_of:
        raise NotPermitted("An API key may not do this. Sign in with a name and a password.")
    needed = " or ".join(f"“{scope}”" for scope in any_of)
    raise NotPermitted(f"This API key may not do this: it needs the scope {needed}.")


def require_admin(principal: Principal) -> None:
    """Raise NotPermitted unless the principal is an admin: for review items, jobs and sums over all people."""
    if not principal.is_admin:
        raise NotPermitted("This is for admins only.")


def require_oversight(principal: Principal, oversight: Oversight) -> None:
    """Raise NotPermitted unless the principal may list the conversations of others."""
    require_admin(principal)
    if oversight is Oversight.OFF:
        raise NotPermitted("Admins open no conversations here: FOOTNOTE_ADMIN_CONVERSATIONS is off.")


def require_opened(principal: Principal, owner_id: UUID | None, oversight: Oversight, *, is_opened: bool) -> None:
    """Raise unless the principal may read a conversation: its owner always, an admin while an opening of theirs is recorded.

    Raises:
        NotFound: there is no such conversation.
        NotPermitted: not an admin, the settings forbid it, or it was not opened.
    """
    if owner_id == principal.user_id:
        return
    require_oversight(principal, oversight)
    if owner_id is None:
        raise NotFound("There is no such conversation.")
    if not is_opened:
        raise NotPermitted("Open the conversation first.")
