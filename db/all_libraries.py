"""All libraries, as admins list them: names, numbers and members, never what is in their documents."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import LibraryRole, Principal, require_admin
from core.errors import NotFound
from db import cursors
from db.models import Document, Library, LibraryGroup, LibraryMember, User

LibraryKind = Literal["shared", "personal", "orphaned"]


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """A library with its numbers.

    Attributes:
        owners: names of the people who own it; those who are disabled are left out.
        members, groups: how many people are in it by name, and how many groups.
        size_bytes: of the present files.
    """

    library: Library
    owners: tuple[str, ...]
    members: int
    groups: int
    documents: int
    size_bytes: int


def _has_owner() -> ColumnElement[bool]:
    return exists().where(
        LibraryMember.library_id == Library.id,
        LibraryMember.role == LibraryRole.OWNER.value,
        User.id == LibraryMember.user_id,
        User.disabled_at.is_(None),
    )


async def page(
    session: AsyncSession,
    principal: Principal,
    *,
    kind: LibraryKind,
    search: str = "",
    limit: int,
    cursor: str | None = None,
) -> tuple[list[LibraryRow], str | None]:
    """One page of the libraries, by name, and the cursor of the next; None after the last.

    Args:
        kind: ``orphaned``: shared, and nobody who may sign in owns it.

    Raises:
        NotPermitted: the principal is no admin.
        Invalid: the cursor is not valid.
    """
    require_admin(principal)
    is_personal = Library.personal_of.is_not(None)
    statement = select(Library).where(is_personal if kind == "personal" else ~is_personal)
    if kind == "orphaned":
        statement = statement.where(~_has_owner())
    statement = statement.where(*(Library.name.icontains(word, autoescape=True) for word in search.split()))
    if cursor is not None:
        statement = statement.where(tuple_(Library.name, Library.id) > tuple_(*cursors.decode_name(cursor)))
    found = list(await session.scalars(statement.order_by(Library.name, Library.id).limit(limit + 1)))
    last = found[limit - 1] if len(found) > limit else None
    return await _rows(session, found[:limit]), cursors.encode_name(last.name, last.id) if last else None


async def get(session: AsyncSession, principal: Principal, library_id: UUID) -> LibraryRow:
    """One library. Raises NotPermitted, NotFound."""
    require_admin(principal)
    library = await session.get(Library, library_id, populate_existing=True)
    if library is None:
        raise NotFound("There is no such library.")
    return (await _rows(session, [library]))[0]


async def shared_ids(session: AsyncSession, principal: Principal, name: str) -> list[UUID]:
    """Ids of the shared libraries of a name, two at most. Raises NotPermitted."""
    require_admin(principal)
    statement = select(Library.id).where(Library.personal_of.is_(None), Library.name == name).order_by(Library.id)
    return list(await session.scalars(statement.limit(2)))


async def _rows(session: AsyncSession, found: Collection[Library]) -> list[LibraryRow]:
    ids = [library.id for library in found]
    is_owner = (LibraryMember.role == LibraryRole.OWNER.value) & User.disabled_at.is_(None)
    owners = func.array_agg(aggregate_order_by(User.username, User.username)).filter(is_owner)
    members = (
        select(LibraryMember.library_id, func.count(), owners)
        .join(User, User.id == LibraryMember.user_id)
        .where(LibraryMember.library_id.in_(ids))
        .group_by(LibraryMember.library_id)
    )
    groups = select(LibraryGroup.library_id, func.count()).where(LibraryGroup.library_id.in_(ids))
    documents = select(Document.library_id, func.count(), func.sum(Document.size_bytes))
    people = {row[0]: (int(row[1]), tuple(row[2] or ())) for row in await session.execute(members)}
    grouped = {row[0]: int(row[1]) for row in await session.execute(groups.group_by(LibraryGroup.library_id))}
    held = documents.where(Document.library_id.in_(ids)).group_by(Document.library_id)
    files = {row[0]: (int(row[1]), int(row[2])) for row in await session.execute(held)}
    return [
        LibraryRow(
            library,
            people.get(library.id, (0, ()))[1],
            people.get(library.id, (0, ()))[0],
            grouped.get(library.id, 0),
            *files.get(library.id, (0, 0)),
        )
        for library in found
    ]
