"""Legal holds: what nobody may delete. The database itself refuses, by triggers (migration 0021), whoever deletes and however."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import Function, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import SQLCoreOperations

from core.access import Principal, require_admin
from core.errors import Conflict, NotFound
from db import cursors
from db.base import now
from db.conversation import Thread
from db.models import LegalHold, Library, User

HoldKind = Literal["user", "library", "thread"]
SUBJECTS: dict[HoldKind, str] = {"user": "person", "library": "library", "thread": "conversation"}


@dataclass(frozen=True, slots=True)
class HoldPage:
    """Open holds first set last, with the names of their subjects; ``cursor`` leads to the next page."""

    holds: list[tuple[LegalHold, str]]
    cursor: str | None


def is_held_user(user_id: SQLCoreOperations[UUID] | UUID) -> Function[bool]:
    """SQL: the person is under a hold."""
    return func.is_held_user(user_id)


def is_held_library(library_id: SQLCoreOperations[UUID] | UUID) -> Function[bool]:
    """SQL: the library, or the person whose own it is, is under a hold."""
    return func.is_held_library(library_id)


def is_held_thread(thread_id: SQLCoreOperations[UUID] | UUID) -> Function[bool]:
    """SQL: the conversation or its person is under a hold."""
    return func.is_held_thread(thread_id)


async def place(
    session: AsyncSession, principal: Principal, kind: HoldKind, subject_id: UUID, reason: str
) -> LegalHold:
    """Put a person, a library or a conversation under a hold.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: no such person, library or conversation.
        Conflict: it is under a hold already.
    """
    require_admin(principal)
    hold = LegalHold(reason=reason, set_by=principal.user_id, created_at=now(), **{f"{kind}_id": subject_id})
    try:
        async with session.begin_nested():
            session.add(hold)
            await session.flush()
    except IntegrityError as error:
        if "uq_legal_holds" in str(error.orig):
            raise Conflict(f"This {SUBJECTS[kind]} is under a legal hold already.") from error
        raise NotFound(f"There is no such {SUBJECTS[kind]}.") from error
    return hold


async def release(session: AsyncSession, principal: Principal, hold_id: UUID) -> LegalHold:
    """End a hold.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: no such hold.
        Conflict: it was released before.
    """
    require_admin(principal)
    statement = (
        update(LegalHold)
        .where(LegalHold.id == hold_id, LegalHold.released_at.is_(None))
        .values(released_at=now(), released_by=principal.user_id)
        .returning(LegalHold)
    )
    hold = (await session.scalars(statement)).one_or_none()
    if hold is None:
        if await session.get(LegalHold, hold_id) is None:
            raise NotFound("There is no such hold.")
        raise Conflict("This hold was released already.")
    return hold


async def page(session: AsyncSession, principal: Principal, *, limit: int, cursor: str | None = None) -> HoldPage:
    """Open holds, the one set last first. Raises NotPermitted, and Invalid for a cursor that is not valid."""
    require_admin(principal)
    name = func.coalesce(User.username, Library.name, Thread.name, "")
    statement = (
        select(LegalHold, name)
        .outerjoin(User, User.id == LegalHold.user_id)
        .outerjoin(Library, Library.id == LegalHold.library_id)
        .outerjoin(Thread, Thread.id == LegalHold.thread_id)
        .where(LegalHold.released_at.is_(None))
    )
    if cursor:
        statement = statement.where(tuple_(LegalHold.created_at, LegalHold.id) < cursors.decode(cursor))
    ordered = statement.order_by(LegalHold.created_at.desc(), LegalHold.id.desc()).limit(limit + 1)
    rows = [(hold, str(text)) for hold, text in await session.execute(ordered)]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return HoldPage(rows[:limit], cursors.encode(last.created_at, last.id) if last else None)
