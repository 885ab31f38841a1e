"""Groups of people: made by an admin, or named by the sign-in service. A person may be in a group for both reasons."""

from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from core.errors import Conflict, NotFound
from core.storable import LONGEST_NAME, storable
from db.base import now
from db.models import Group, GroupMember, Library, LibraryGroup, User

MOST_CLAIMED = 1000  # groups of one person; the sign-in service of a large house names some hundred


def clean_name(name: str) -> str:
    """The name of a group as it is stored and compared; empty when there is nothing left."""
    return " ".join(storable(name).split())[:LONGEST_NAME]


async def sync_claims(session: AsyncSession, user_id: UUID, names: Collection[str]) -> None:
    """Make a person a member of just these groups, as far as the sign-in service says who is in them.

    Groups that are new to Footnote are created; they have no library until an owner lets them in. What an admin set stays as it is.
    Call it in the transaction that stores the sign-in, so that the principal has the libraries at once.

    Args:
        names: as in the groups claim, such as names or ids; blank ones are left out, as are those after ``MOST_CLAIMED``.
    """
    wanted = sorted(dict.fromkeys(filter(None, map(clean_name, names))))[:MOST_CLAIMED]
    if wanted:
        rows = [{"id": uuid4(), "name": name, "created_at": now()} for name in wanted]
        await session.execute(insert(Group).values(rows).on_conflict_do_nothing(index_elements=["name"]))
    ids = set(await session.scalars(select(Group.id).where(Group.name.in_(wanted))))
    claimed = (GroupMember.user_id == user_id) & (GroupMember.source == "claims")
    await session.execute(delete(GroupMember).where(claimed, GroupMember.group_id.not_in(ids)))
    if ids:
        members = [{"group_id": group_id, "user_id": user_id, "source": "claims"} for group_id in ids]
        await session.execute(insert(GroupMember).values(members).on_conflict_do_nothing())


async def of_principal(session: AsyncSession, principal: Principal) -> list[tuple[Group, int]]:
    """The principal's groups, an admin's are all, by name; each with the number of its people."""
    people = (
        select(GroupMember.group_id, func.count(GroupMember.user_id.distinct()).label("people"))
        .group_by(GroupMember.group_id)
        .subquery()
    )
    statement = select(Group, func.coalesce(people.c.people, 0)).outerjoin(people, people.c.group_id == Group.id)
    if not principal.is_admin:
        own = select(GroupMember.group_id).where(GroupMember.user_id == principal.user_id)
        statement = statement.where(Group.id.in_(own))
    rows = await session.execute(statement.order_by(Group.name))
    return [(group, count) for group, count in rows]


async def by_name(session: AsyncSession, name: str) -> Group | None:
    """The group with this name, as :func:`clean_name` gives it."""
    return (await session.scalars(select(Group).where(Group.name == name))).one_or_none()


async def create(session: AsyncSession, principal: Principal, name: str) -> Group:
    """Store a new group. Raises NotPermitted unless the principal is an admin, and Conflict when the name is taken."""
    require_admin(principal)
    values = {"id": uuid4(), "name": name, "created_at": now()}
    statement = insert(Group).values(values).on_conflict_do_nothing(index_elements=["name"]).returning(Group)
    group = (await session.scalars(statement)).one_or_none()
    if group is None:
        raise Conflict(f"There is already a group named {name}.")
    return group


async def require(session: AsyncSession, principal: Principal, group_id: UUID) -> Group:
    """A group, for an admin. Raises NotPermitted, NotFound."""
    require_admin(principal)
    group = await session.get(Group, group_id)
    if group is None:
        raise NotFound("There is no such group.")
    return group


async def rename(session: AsyncSession, principal: Principal, group_id: UUID, name: str) -> Group:
    """Give a group another name. Raises NotPermitted, NotFound, and Conflict when the name is taken."""
    group = await require(session, principal, group_id)
    other = await by_name(session, name)
    if other is not None and other.id != group_id:
        raise Conflict(f"There is already a group named {name}.")
    group.name = name
    try:
        await session.flush()
    except IntegrityError as error:  # somebody else took the name just now
        raise Conflict(f"There is already a group named {name}.") from error
    return group


async def libraries_of(session: AsyncSession, principal: Principal, group_id: UUID) -> list[tuple[Library, str]]:
    """The libraries that a group has, with its roles there, by name. Raises NotPermitted, NotFound."""
    await require(session, principal, group_id)
    statement = (
        select(Library, LibraryGroup.role)
        .join(LibraryGroup, LibraryGroup.library_id == Library.id)
        .where(LibraryGroup.group_id == group_id)
        .order_by(Library.name, Library.id)
    )
    return [(library, role) for library, role in await session.execute(statement)]


async def remove(session: AsyncSession, principal: Principal, group_id: UUID) -> None:
    """Delete a group; its people lose the libraries that they have by it. Raises NotPermitted, NotFound."""
    await require(session, principal, group_id)
    await session.execute(delete(Group).where(Group.id == group_id))


async def people(session: AsyncSession, principal: Principal, group_id: UUID) -> Sequence[tuple[User, Sequence[str]]]:
    """The people of a group by name, each with the reasons why they are in it. Raises NotPermitted, NotFound."""
    await require(session, principal, group_id)
    sources = func.array_agg(aggregate_order_by(GroupMember.source, GroupMember.source))
    statement = (
        select(User, sources)
        .join(GroupMember, GroupMember.user_id == User.id)
        .where(GroupMember.group_id == group_id)
        .group_by(User.id)
        .order_by(User.username)
    )
    return [(user, reasons) for user, reasons in await session.execute(statement)]


async def add_person(session: AsyncSession, principal: Principal, group_id: UUID, user_id: UUID) -> None:
    """Add a person to a group. Raises NotPermitted, NotFound."""
    await require(session, principal, group_id)
    values = {"group_id": group_id, "user_id": user_id, "source": "admin"}
    await session.execute(insert(GroupMember).values(values).on_conflict_do_nothing())


async def remove_person(session: AsyncSession, principal: Principal, group_id: UUID, user_id: UUID) -> None:
    """Take a person that an admin added out of a group. Raises NotPermitted, NotFound, and Conflict for who is in it by their sign-in."""
    await require(session, principal, group_id)
    place = (GroupMember.group_id == group_id) & (GroupMember.user_id == user_id)
    sources = set(await session.scalars(select(GroupMember.source).where(place)))
    if not sources:
        raise NotFound("This person is not in the group.")
    if "admin" not in sources:
        raise Conflict("The sign-in service says that this person is in the group; it can only be changed there.")
    await session.execute(delete(GroupMember).where(place, GroupMember.source == "admin"))
