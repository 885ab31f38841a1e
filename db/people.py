"""People, as admins list, see and change them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import LibraryRole, Principal, Role, require_admin
from core.errors import Conflict, NotFound
from db import cursors
from db.models import Group, GroupMember, Identity, Library, LibraryMember, User

PersonState = Literal["active", "invited", "disabled"]


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """Which people a list shows.

    Attributes:
        search: words; each is in the name, the display name or the e-mail address.
        state: ``invited``: there is neither a password nor a provider that signs the person in.
    """

    search: str = ""
    state: PersonState | None = None
    role: Role | None = None
    tier: str | None = None


def _state() -> ColumnElement[str]:
    has_identity = exists().where(Identity.user_id == User.id)
    return case(
        (User.disabled_at.is_not(None), "disabled"),
        (and_(User.password_hash == "", ~has_identity), "invited"),
        else_="active",
    )


def _conditions(query: PeopleQuery, *, with_state: bool = True) -> list[ColumnElement[bool]]:
    columns = (User.username, func.coalesce(User.display_name, ""), func.coalesce(User.email, ""))
    found: list[ColumnElement[bool]] = [
        or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in query.search.split()
    ]
    if query.role is not None:
        found.append(User.role == query.role.value)
    if query.tier is not None:
        found.append(User.tier == query.tier)
    if query.state is not None and with_state:
        found.append(_state() == query.state)
    return found


async def page(
    session: AsyncSession, principal: Principal, query: PeopleQuery, *, limit: int, cursor: str | None = None
) -> tuple[list[tuple[User, PersonState]], str | None]:
    """One page of the people with their states, by name, and the cursor of the next; None after the last.

    Raises:
        NotPermitted: the principal is no admin.
        Invalid: the cursor is not valid.
    """
    require_admin(principal)
    statement: Any = select(User, _state()).where(*_conditions(query)).order_by(User.username, User.id)
    if cursor is not None:
        statement = statement.where(tuple_(User.username, User.id) > tuple_(*cursors.decode_name(cursor)))
    rows = [(user, state) for user, state in await session.execute(statement.limit(limit + 1))]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return rows[:limit], cursors.encode_name(last.username, last.id) if last else None


async def counts(session: AsyncSession, principal: Principal, query: PeopleQuery) -> dict[PersonState, int]:
    """How many people there are in each state; the state of the query is ignored. Raises NotPermitted."""
    require_admin(principal)
    state = _state().label("state")
    statement = select(state, func.count()).where(*_conditions(query, with_state=False)).group_by(state)
    found = {row[0]: int(row[1]) for row in await session.execute(statement)}
    states: tuple[PersonState, ...] = ("active", "invited", "disabled")
    return {name: found.get(name, 0) for name in states}


async def get(
    session: AsyncSession, principal: Principal, user_id: UUID, *, for_change: bool = False
) -> tuple[User, PersonState]:
    """A person and their state; with ``for_change`` locked until the transaction ends. Raises NotPermitted, NotFound."""
    require_admin(principal)
    lock = {"with_for_update": True, "populate_existing": True} if for_change else {}
    user = await session.get(User, user_id, **lock)  # type: ignore[arg-type]
    if user is None:
        raise NotFound("There is no such person.")
    state = await session.scalar(select(_state()).where(User.id == user_id))
    return user, state  # type: ignore[return-value]


async def names(session: AsyncSession, principal: Principal, usernames: Collection[str]) -> set[str]:
    """Those of these usernames that are taken. Raises NotPermitted."""
    require_admin(principal)
    return set(await session.scalars(select(User.username).where(User.username.in_(usernames))))


async def create_many(session: AsyncSession, principal: Principal, rows: Sequence[dict[str, Any]]) -> None:
    """Create many people without passwords, each with a personal library.

    Args:
        rows: columns of users, with their ids; and ``groups``: ids of the groups that they are put into.

    Raises:
        NotPermitted: the principal is no admin.
        Conflict: one of the names is taken; the transaction is of no use then.
    """
    require_admin(principal)
    people = [{"password_hash": "", **{name: row[name] for name in row if name != "groups"}} for row in rows]
    owned = [{"id": uuid4(), "name": row["username"], "personal_of": row["id"]} for row in rows]
    owners = [
        {"library_id": library["id"], "user_id": library["personal_of"], "role": LibraryRole.OWNER.value}
        for library in owned
    ]
    grouped = [
        {"group_id": group_id, "user_id": row["id"], "source": "admin"} for row in rows for group_id in row["groups"]
    ]
    try:
        await session.execute(insert(User), people)
    except IntegrityError as error:
        raise Conflict("Somebody else has just created one of these people. Check the file again.") from error
    await session.execute(insert(Library), owned)
    await session.execute(insert(LibraryMember), owners)
    if grouped:
        await session.execute(insert(GroupMember), grouped)


async def issuers(session: AsyncSession, user_id: UUID) -> list[str]:
    """Who signs a person in besides Footnote: names of issuers."""
    return list(await session.scalars(select(Identity.issuer).where(Identity.user_id == user_id).distinct()))


async def groups_of(session: AsyncSession, principal: Principal, user_id: UUID) -> list[tuple[Group, set[str]]]:
    """The groups of a person by name, each with the reasons why they are in it. Raises NotPermitted."""
    require_admin(principal)
    statement = (
        select(Group, func.array_agg(GroupMember.source))
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.user_id == user_id)
        .group_by(Group.id)
        .order_by(Group.name)
    )
    return [(group, set(sources)) for group, sources in await session.execute(statement)]


async def libraries_of(session: AsyncSession, principal: Principal, user_id: UUID) -> list[tuple[Library, LibraryRole]]:
    """The shared libraries that a person is in by name. Raises NotPermitted."""
    require_admin(principal)
    statement = (
        select(Library, LibraryMember.role)
        .join(LibraryMember, LibraryMember.library_id == Library.id)
        .where(LibraryMember.user_id == user_id, Library.personal_of.is_distinct_from(user_id))
        .order_by(Library.name, Library.id)
    )
    return [(library, LibraryRole(role)) for library, role in await session.execute(statement)]
