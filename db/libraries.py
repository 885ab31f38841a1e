"""Libraries and who belongs to them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import LibraryRole, SearchScope
from db.models import Library, LibraryMember


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
