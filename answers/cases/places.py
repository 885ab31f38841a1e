"""Where a case is asked: within what the admin on whose behalf it is asked may read now, narrowed to what the case names.

Libraries and documents are found by their ids, else by their names, so that a case survives a new import.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from answers.cases.types import CaseContent, ExpectedDocument, Failure, Named
from core.access import Principal, Role, SearchScope, scope_of
from db import cases, libraries, users

N = TypeVar("N", bound=Named)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is asked.

    Attributes:
        expected: the documents that the answer must cite, each with the ids that it has now.
        failures: why it cannot be asked as it should be; empty: it can.
    """

    scope: SearchScope
    expected: tuple[tuple[ExpectedDocument, frozenset[UUID]], ...] = ()
    failures: tuple[Failure, ...] = ()


async def author_of(session: AsyncSession, author_id: UUID | None) -> Principal | None:
    """The admin on whose behalf a case is asked, with what they may read now; None when they are gone, disabled or no admin any more."""
    user = await users.get(session, author_id) if author_id is not None else None
    if user is None or user.disabled_at is not None or user.role != Role.ADMIN:
        return None
    personal_library_id, grants = await libraries.grants_of(session, user.id)
    return Principal(user.id, user.username, Role.ADMIN, personal_library_id, grants)


async def place_of(session: AsyncSession, author: Principal | None, content: CaseContent) -> Place:
    """Where a case is asked on behalf of this admin."""
    if author is None:
        return Place(SearchScope(frozenset()), failures=(Failure(code="no_author"),))
    found = await libraries_of(session, author, content.libraries)
    if lost := [Failure(code="no_library", values={"title": one.title}) for one, ids in found if not ids]:
        return Place(SearchScope(frozenset()), failures=_distinct(lost))
    scope = scope_of(author, library_ids=frozenset[UUID]().union(*(ids for _, ids in found)))
    asked = await documents_of(session, scope, content.documents)
    expected = await documents_of(session, scope, content.expected)
    lost = [_lost(one) for one, ids in (*asked, *expected) if not ids]
    narrowed = frozenset[UUID]().union(*(ids for _, ids in asked)) if asked else None
    return Place(scope.narrowed(narrowed), tuple(expected), _distinct(lost))


async def libraries_of(
    session: AsyncSession, principal: Principal, named: Sequence[Named]
) -> list[tuple[Named, frozenset[UUID]]]:
    """Each library with the ids that it has among those that the principal may read; no id: none of them."""
    readable = scope_of(principal)
    by_title: dict[str, set[UUID]] = {}
    for library in await cases.libraries_named(session, readable, [one.title for one in named]):
        by_title.setdefault(library.name, set()).add(library.id)
    return [(one, _ids(one, readable.library_ids, by_title)) for one in named]


async def documents_of(
    session: AsyncSession, scope: SearchScope, named: Sequence[N]
) -> list[tuple[N, frozenset[UUID]]]:
    """Each document with the ids that it has in the scope: its own, else those of its title."""
    if not named:
        return []
    ids = [one.id for one in named if one.id is not None]
    rows = await cases.documents_like(session, scope, ids, [one.title for one in named])
    known = {document_id for document_id, _ in rows}
    by_title: dict[str, set[UUID]] = {}
    for document_id, title in rows:
        by_title.setdefault(title, set()).add(document_id)
    return [(one, _ids(one, known, by_title)) for one in named]


def _ids(one: Named, known: Collection[UUID], by_title: Mapping[str, set[UUID]]) -> frozenset[UUID]:
    """Its own id where that is known, else those of its title."""
    return frozenset([one.id]) if one.id is not None and one.id in known else frozenset(by_title.get(one.title, ()))


def _lost(one: Named) -> Failure:
    return Failure(code="missing" if one.id is None else "gone", values={"title": one.title})


def _distinct(failures: Sequence[Failure]) -> tuple[Failure, ...]:
    return tuple({(one.code, *one.values.values()): one for one in failures}.values())
