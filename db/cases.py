"""Test cases. They are for admins; what a case may search is decided by whom it is asked for, see ``answers/cases/places.py``."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, SearchScope, require_admin
from core.errors import NotFound
from db import cursors
from db.base import now
from db.documents import is_within
from db.models import AnswerRun, AnswerSource, CaseRow, Document, Library, ReviewItem, User

CaseFilter = Literal["all", "passed", "failed", "never", "disabled"]
NO_CASE = "There is no such test case."


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases a list shows.

    Attributes:
        tag: only cases with this tag; empty: all.
        search: words of the question or the note.
    """

    state: CaseFilter = "all"
    tag: str = ""
    search: str = ""

    @property
    def condition(self) -> ColumnElement[bool]:
        """As SQL."""
        found = _in_state(self.state)
        if self.tag:
            found &= CaseRow.tags.contains([self.tag])
        if self.search:
            found &= or_(
                *(column.icontains(self.search, autoescape=True) for column in (CaseRow.question, CaseRow.note))
            )
        return found


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a review item gives to a case.

    Attributes:
        asker_id: whose question it was.
        library_ids: where it was asked.
        cited: id, title and page of the documents that the answer cites.
    """

    item_id: UUID
    asker_id: UUID
    library_ids: frozenset[UUID]
    cited: tuple[tuple[UUID | None, str, int | None], ...]


def _in_state(state: CaseFilter) -> ColumnElement[bool]:
    if state == "disabled":
        return ~CaseRow.is_enabled
    if state == "never":
        return CaseRow.is_enabled & CaseRow.last_state.is_(None)
    if state in ("passed", "failed"):
        return CaseRow.is_enabled & (CaseRow.last_state == state)
    return CaseRow.id.is_not(None)


async def page(
    session: AsyncSession, principal: Principal, query: CaseQuery, *, limit: int, cursor: str | None = None
) -> tuple[list[tuple[CaseRow, str | None]], str | None]:
    """Cases with the name of the admin on whose behalf they are asked, newest first, and the cursor of the next page.

    Raises:
        NotPermitted: the principal is no admin.
        Invalid: the cursor is not valid.
    """
    require_admin(principal)
    statement = (
        select(CaseRow, _name())
        .outerjoin(User, User.id == CaseRow.author_id)
        .where(query.condition)
        .order_by(CaseRow.created_at.desc(), CaseRow.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        statement = statement.where(tuple_(CaseRow.created_at, CaseRow.id) < tuple_(*cursors.decode(cursor)))
    rows = [(row, name) for row, name in await session.execute(statement)]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return rows[:limit], cursors.encode(last.created_at, last.id) if last else None


async def counts(session: AsyncSession, principal: Principal) -> dict[CaseFilter, int]:
    """How many cases each filter shows.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    names: tuple[CaseFilter, ...] = ("all", "passed", "failed", "never", "disabled")
    row = (await session.execute(select(*(func.count().filter(_in_state(name)) for name in names)))).one()
    return dict(zip(names, map(int, row), strict=True))


async def tags(session: AsyncSession, principal: Principal, limit: int = 200) -> list[str]:
    """All tags, in alphabetical order.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    tag = func.unnest(CaseRow.tags).label("tag")
    return list(await session.scalars(select(tag).distinct().order_by(tag).limit(limit)))


async def get(session: AsyncSession, principal: Principal, case_id: UUID) -> tuple[CaseRow, str | None]:
    """A case, and the name of the admin on whose behalf it is asked.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such case.
    """
    require_admin(principal)
    statement = select(CaseRow, _name()).outerjoin(User, User.id == CaseRow.author_id).where(CaseRow.id == case_id)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NotFound(NO_CASE)
    return found[0], found[1]


async def get_for_change(session: AsyncSession, principal: Principal, case_id: UUID) -> CaseRow:
    """A case; its row stays locked until the transaction ends.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such case.
    """
    require_admin(principal)
    row = await session.get(CaseRow, case_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(NO_CASE)
    return row


async def known(session: AsyncSession, principal: Principal, case_ids: Collection[UUID]) -> dict[UUID, CaseRow]:
    """Those of these cases that exist, locked until the transaction ends.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    statement = select(CaseRow).where(CaseRow.id.in_(case_ids)).order_by(CaseRow.id).with_for_update()
    return {row.id: row for row in await session.scalars(statement)}


async def create(session: AsyncSession, principal: Principal, columns: Mapping[str, Any]) -> CaseRow:
    """Store a new case.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    at = now()
    row = CaseRow(**{"id": uuid4(), "author_id": principal.user_id, "created_at": at, "updated_at": at, **columns})
    session.add(row)
    await session.flush()
    return row


async def remove(session: AsyncSession, principal: Principal, case_id: UUID) -> None:
    """Delete a case with its results.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such case.
    """
    await session.delete(await get_for_change(session, principal, case_id))
    await session.flush()


async def everything(session: AsyncSession, principal: Principal, query: CaseQuery) -> Sequence[CaseRow]:
    """All cases of a list, oldest first, for a download.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    return (
        await session.scalars(select(CaseRow).where(query.condition).order_by(CaseRow.created_at, CaseRow.id))
    ).all()


async def promoted(session: AsyncSession, principal: Principal, item_id: UUID) -> Promoted:
    """What a review item gives to a case beside its question: who asked, where, and titles and pages of what was cited.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such item.
    """
    require_admin(principal)
    item = await session.get(ReviewItem, item_id)
    if item is None:
        raise NotFound("There is no such review item.")
    run = await session.get(AnswerRun, item.answer_run_id) if item.answer_run_id else None
    statement = (
        select(AnswerSource.document_id, AnswerSource.document_title, AnswerSource.page)
        .where(AnswerSource.answer_run_id == item.answer_run_id, AnswerSource.cited)
        .order_by(AnswerSource.number)
    )
    cited = [(row.document_id, row.document_title, row.page) for row in await session.execute(statement)]
    library_ids = run.scope["library_ids"] if run else []
    return Promoted(item.id, item.user_id, frozenset(map(UUID, library_ids)), tuple(dict.fromkeys(cited)))


async def item_states(session: AsyncSession, principal: Principal, item_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Review item → whether all its enabled cases passed in their latest run; without items that have none.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    passes = func.bool_and(func.coalesce(CaseRow.last_state == "passed", False))
    statement = (
        select(CaseRow.review_item_id, passes)
        .where(CaseRow.review_item_id.in_(item_ids), CaseRow.is_enabled)
        .group_by(CaseRow.review_item_id)
    )
    return {item_id: bool(all_pass) for item_id, all_pass in await session.execute(statement) if item_id is not None}


async def libraries_named(session: AsyncSession, scope: SearchScope, titles: Collection[str]) -> list[Library]:
    """The libraries of a scope that have one of these names."""
    inside = Library.id.in_(scope.library_ids)
    return list(await session.scalars(select(Library).where(inside, Library.name.in_(titles)).order_by(Library.id)))


async def documents_like(
    session: AsyncSession, scope: SearchScope, ids: Collection[UUID], titles: Collection[str]
) -> list[tuple[UUID, str]]:
    """Id and title of the documents of a scope that have one of these ids or one of these titles."""
    wanted = or_(Document.id.in_(ids), Document.title.in_(titles))
    statement = select(Document.id, Document.title).where(is_within(scope), wanted)
    return [(row.id, row.title) for row in await session.execute(statement)]


async def set_last(session: AsyncSession, case_id: UUID, state: str) -> None:
    """Record what became of a case in its latest run; without an access check, for the worker."""
    values = {"last_state": state, "last_run_at": now(), "updated_at": CaseRow.updated_at}
    await session.execute(update(CaseRow).where(CaseRow.id == case_id).values(**values))


def _name() -> ColumnElement[str | None]:
    return func.coalesce(User.display_name, User.username)
