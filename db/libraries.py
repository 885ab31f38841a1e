"""Libraries, their members, and their epochs: a cached result of a library is out of date once its epoch has changed.

Whatever changes what a search may find or show counts the epoch up in the same transaction; last in it, for its row stays locked.
"""

from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import LibraryRole, SearchScope
from db.models import Document, Library, LibraryMember


async def create_personal(session: AsyncSession, user_id: UUID, name: str) -> Library:
    """The library that everyone has for themselves, with its owner as only member."""
    library = Library(name=name, personal_of=user_id)
    session.add(library)
    await session.flush()
    await set_member(session, library.id, user_id, LibraryRole.OWNER)
    return library


async def set_member(session: AsyncSession, library_id: UUID, user_id: UUID, role: LibraryRole) -> None:
    """Make the user a member, or give the member another role."""
    statement = insert(LibraryMember).values(library_id=library_id, user_id=user_id, role=role.value)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["library_id", "user_id"], set_={"role": role.value})
    )
    await touch(session, library_id)


async def touch(session: AsyncSession, library_id: UUID) -> None:
    """Something that a search may find in a library has changed: its epoch is over."""
    await session.execute(update(Library).where(Library.id == library_id).values(epoch=Library.epoch + 1))


async def touch_of(session: AsyncSession, document_id: UUID) -> None:
    """As :func:`touch`, for the library of a document; nothing when that is gone."""
    its_library = select(Document.library_id).where(Document.id == document_id).scalar_subquery()
    await session.execute(update(Library).where(Library.id == its_library).values(epoch=Library.epoch + 1))


async def touch_all(session: AsyncSession) -> None:
    """As :func:`touch`, for everything: the index itself has changed."""
    await session.execute(update(Library).values(epoch=Library.epoch + 1))


async def epochs(session: AsyncSession, scope: SearchScope) -> list[tuple[UUID, int]]:
    """The libraries of a scope with their epochs, in the order of their ids."""
    found = await session.execute(_epochs(), {"library_ids": list(scope.library_ids)})
    return [(row.id, row.epoch) for row in found]


@cache
def _epochs() -> Select[UUID, int]:
    """Asked for with every question: put together once."""
    is_asked = Library.id.in_(bindparam("library_ids", expanding=True))
    return select(Library.id, Library.epoch).where(is_asked).order_by(Library.id)


async def personal_of(session: AsyncSession, user_id: UUID) -> UUID:
    """Id of the user's own library."""
    return (await session.scalars(select(Library.id).where(Library.personal_of == user_id))).one()


async def grants_of(session: AsyncSession, user_id: UUID) -> tuple[UUID, dict[UUID, LibraryRole]]:
    """Id of the user's own library, and the user's role in each library, in one query."""
    statement = (
        select(LibraryMember.library_id, LibraryMember.role, Library.personal_of)
        .join(Library, Library.id == LibraryMember.library_id)
        .where(LibraryMember.user_id == user_id)
    )
    rows = (await session.execute(statement)).all()
    personal = next(library_id for library_id, _, owner_id in rows if owner_id == user_id)
    return personal, {library_id: LibraryRole(role) for library_id, role, _ in rows}


async def within(session: AsyncSession, scope: SearchScope) -> list[Library]:
    """The libraries of a scope, personal ones first, then by name."""
    order = (Library.personal_of.is_(None), Library.name, Library.id)
    return list(await session.scalars(select(Library).where(Library.id.in_(scope.library_ids)).order_by(*order)))
