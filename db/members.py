"""Who is in a library: people by name, and groups. ``db.libraries.grants_of`` says what comes of it for a person."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import LibraryRole, Principal, require_admin, require_read
from db import libraries
from db.models import Group, LibraryGroup, LibraryMember, User


@dataclass(frozen=True, slots=True)
class Member:
    """A person or a group in a library."""

    id: UUID
    name: str
    role: LibraryRole
    is_group: bool
    by_admin: bool


async def of_library(session: AsyncSession, principal: Principal, library_id: UUID) -> list[Member]:
    """Everyone in a library, people first, each kind by name. Raises NotFound for one who is not a member."""
    require_read(principal, library_id, "library")
    return await _everyone(session, library_id)


async def of_any_library(session: AsyncSession, principal: Principal, library_id: UUID) -> list[Member]:
    """As :func:`of_library`, of any library, for admins. Raises NotPermitted."""
    require_admin(principal)
    return await _everyone(session, library_id)


async def _everyone(session: AsyncSession, library_id: UUID) -> list[Member]:
    people = (
        select(User.id, User.username, LibraryMember.role, LibraryMember.by_admin)
        .join(LibraryMember, LibraryMember.user_id == User.id)
        .where(LibraryMember.library_id == library_id)
        .order_by(User.username)
    )
    groups = (
        select(Group.id, Group.name, LibraryGroup.role, LibraryGroup.by_admin)
        .join(LibraryGroup, LibraryGroup.group_id == Group.id)
        .where(LibraryGroup.library_id == library_id)
        .order_by(Group.name)
    )
    return [
        Member(row.id, name, LibraryRole(row.role), is_group, row.by_admin)
        for statement, is_group in ((people, False), (groups, True))
        for row, name in [(row, row[1]) for row in await session.execute(statement)]
    ]


async def role_of(session: AsyncSession, library_id: UUID, user_id: UUID) -> LibraryRole | None:
    """The role that a person has by name; None when they are not in the library, or by a group only."""
    member = await session.get(LibraryMember, (library_id, user_id), populate_existing=True)
    return None if member is None else LibraryRole(member.role)


async def owners(session: AsyncSession, library_id: UUID) -> int:
    """How many people own a library by name. Lock the library first."""
    is_owner = (LibraryMember.library_id == library_id) & (LibraryMember.role == LibraryRole.OWNER.value)
    return await session.scalar(select(func.count()).select_from(LibraryMember).where(is_owner)) or 0


async def remove(session: AsyncSession, library_id: UUID, user_id: UUID) -> bool:
    """Remove a person; False when they were not in it by name. The caller has checked access."""
    is_member = (LibraryMember.library_id == library_id) & (LibraryMember.user_id == user_id)
    statement = delete(LibraryMember).where(is_member).returning(LibraryMember.user_id)
    return await _removed(session, library_id, await session.scalar(statement))


async def set_group(
    session: AsyncSession, library_id: UUID, group_id: UUID, role: LibraryRole, *, by_admin: bool = False
) -> None:
    """Let a group into a library, or give it another role. The caller has checked access."""
    values = {"role": role.value, "by_admin": by_admin}
    statement = insert(LibraryGroup).values(library_id=library_id, group_id=group_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["library_id", "group_id"], set_=values))
    await libraries.touch(session, library_id)


async def remove_group(session: AsyncSession, library_id: UUID, group_id: UUID) -> bool:
    """Remove a group; False when it was not in the library. The caller has checked access."""
    is_member = (LibraryGroup.library_id == library_id) & (LibraryGroup.group_id == group_id)
    statement = delete(LibraryGroup).where(is_member).returning(LibraryGroup.group_id)
    return await _removed(session, library_id, await session.scalar(statement))


async def _removed(session: AsyncSession, library_id: UUID, removed: UUID | None) -> bool:
    if removed is not None:
        await libraries.touch(session, library_id)
    return removed is not None
