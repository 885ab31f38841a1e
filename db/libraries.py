"""Libraries, their members, and their epochs: a cached result of a library is out of date once its epoch has changed.

Every transaction that changes search results increments the epoch, as its last statement, because the row stays locked.
"""

from dataclasses import replace
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import LibraryRole, Principal, SearchScope, highest_roles, require_owner
from core.errors import NotFound
from db.models import Document, GroupMember, Library, LibraryGroup, LibraryMember


async def create_personal(session: AsyncSession, user_id: UUID, name: str) -> Library:
    """Create a user's personal library, with the user as owner and only member."""
    library = Library(name=name, personal_of=user_id)
    session.add(library)
    await session.flush()
    await set_member(session, library.id, user_id, LibraryRole.OWNER)
    return library


async def create(session: AsyncSession, principal: Principal, name: str) -> Library:
    """Create a library, with the principal as its owner and only member."""
    library = await create_empty(session, name)
    await set_member(session, library.id, principal.user_id, LibraryRole.OWNER)
    return library


async def create_empty(session: AsyncSession, name: str) -> Library:
    """Create a library without members. Give it an owner in the same transaction."""
    library = Library(name=name)
    session.add(library)
    await session.flush()
    return library


async def get_for_change(session: AsyncSession, principal: Principal, library_id: UUID) -> Library:
    """A library of which the principal is an owner; its row stays locked until the transaction ends.

    Raises:
        NotFound: the principal is not even a member.
        NotPermitted: the principal is a member, but not an owner, or not any more.
    """
    require_owner(principal, library_id)
    library = await lock(session, library_id)
    _, grants = await grants_of(
        session, principal.user_id
    )  # another owner may have changed them since the request began
    require_owner(replace(principal, grants=grants), library_id)
    return library


async def lock(session: AsyncSession, library_id: UUID) -> Library:
    """A library, locked until the transaction ends, without an access check. Raises NotFound when it was deleted."""
    library = await session.get(Library, library_id, with_for_update=True, populate_existing=True)
    if library is None:
        raise NotFound("There is no such library.")
    return library


async def require(session: AsyncSession, library_id: UUID) -> Library:
    """A library, without an access check. Raises NotFound when it was deleted."""
    library = await session.get(Library, library_id)
    if library is None:
        raise NotFound("There is no such library.")
    return library


async def remove(session: AsyncSession, library_id: UUID) -> None:
    """Delete a library with everything in it. The caller has checked access to it."""
    await session.execute(delete(Library).where(Library.id == library_id))


async def set_member(
    session: AsyncSession, library_id: UUID, user_id: UUID, role: LibraryRole, *, by_admin: bool = False
) -> None:
    """Make the user a member, or give the member another role; ``by_admin``: an admin does, and no owner."""
    values = {"role": role.value, "by_admin": by_admin}
    statement = insert(LibraryMember).values(library_id=library_id, user_id=user_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["library_id", "user_id"], set_=values))
    await touch(session, library_id)


async def touch(session: AsyncSession, library_id: UUID) -> None:
    """Increment the epoch of a library: something that a search may find in it has changed."""
    await session.execute(update(Library).where(Library.id == library_id).values(epoch=Library.epoch + 1))


async def touch_of(session: AsyncSession, document_id: UUID) -> None:
    """As :func:`touch`, for the library of a document; nothing when the document was deleted."""
    library_id = select(Document.library_id).where(Document.id == document_id).scalar_subquery()
    await session.execute(update(Library).where(Library.id == library_id).values(epoch=Library.epoch + 1))


async def touch_all(session: AsyncSession) -> None:
    """As :func:`touch`, for all libraries: the index itself has changed."""
    await session.execute(update(Library).values(epoch=Library.epoch + 1))


async def epochs(session: AsyncSession, scope: SearchScope) -> list[tuple[UUID, int]]:
    """The libraries of a scope with their epochs, in the order of their ids."""
    rows = await session.execute(_epochs(), {"library_ids": list(scope.library_ids)})
    return [(row.id, row.epoch) for row in rows]


@cache
def _epochs() -> Select[UUID, int]:
    """Runs for every question, so the statement is cached."""
    is_in_scope = Library.id.in_(bindparam("library_ids", expanding=True))
    return select(Library.id, Library.epoch).where(is_in_scope).order_by(Library.id)


async def personal_of(session: AsyncSession, user_id: UUID) -> UUID:
    """Id of the user's personal library."""
    return (await session.scalars(select(Library.id).where(Library.personal_of == user_id))).one()


async def grants_of(session: AsyncSession, user_id: UUID) -> tuple[UUID, dict[UUID, LibraryRole]]:
    """Id of the user's personal library, and the user's role in each library, by name or by a group, in one query."""
    by_name = select(LibraryMember.library_id, LibraryMember.role).where(LibraryMember.user_id == user_id)
    by_group = (
        select(LibraryGroup.library_id, LibraryGroup.role)
        .join(GroupMember, GroupMember.group_id == LibraryGroup.group_id)
        .where(GroupMember.user_id == user_id)
    )
    granted = union_all(by_name, by_group).subquery()
    statement = select(granted, Library.personal_of).join(Library, Library.id == granted.c.library_id)
    rows = (await session.execute(statement)).all()
    personal = next(library_id for library_id, _, owner_id in rows if owner_id == user_id)
    return personal, highest_roles((library_id, role) for library_id, role, _ in rows)


async def within(session: AsyncSession, scope: SearchScope) -> list[Library]:
    """The libraries of a scope, personal ones first, then by name."""
    order = (Library.personal_of.is_(None), Library.name, Library.id)
    return list(await session.scalars(select(Library).where(Library.id.in_(scope.library_ids)).order_by(*order)))
