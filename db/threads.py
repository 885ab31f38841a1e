"""Threads of a person. Every function but :func:`owner` refuses threads of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, TEXT, ColumnElement, case, cast, delete, exists, func, select, tuple_, union_all, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_own
from core.errors import Invalid
from db import cursors
from db.base import now
from db.conversation import FeedbackRow, Step, Thread
from db.search import query_of

LONGEST_NAME = 200  # characters
LONGEST_PAGE = 100  # threads


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Threads, most recently used first. ``cursor`` leads to the next page; None on the last one."""

    threads: Sequence[Thread]
    cursor: str | None


async def owner(session: AsyncSession, thread_id: UUID) -> UUID | None:
    """Id of the person it belongs to; None when there is no such thread."""
    return await session.scalar(select(Thread.user_id).where(Thread.id == thread_id))


async def require(session: AsyncSession, principal: Principal, thread_id: UUID) -> Thread:
    """The thread. Raises NotFound when it does not exist or belongs to someone else."""
    thread = await session.get(Thread, thread_id)
    require_own(principal, thread.user_id if thread else None, "conversation")
    assert thread is not None
    return thread


async def ensure(session: AsyncSession, principal: Principal, thread_id: UUID) -> None:
    """Make the thread unless it exists, and mark it as used now.

    Raises:
        NotFound: it belongs to someone else.
    """
    present = now()
    new = insert(Thread).values(
        id=thread_id, user_id=principal.user_id, meta={}, created_at=present, last_activity_at=present
    )
    used = case(
        (Thread.user_id == principal.user_id, func.greatest(Thread.last_activity_at, present)),
        else_=Thread.last_activity_at,
    )
    statement = new.on_conflict_do_update(index_elements=[Thread.id], set_={"last_activity_at": used})
    require_own(principal, await session.scalar(statement.returning(Thread.user_id)), "conversation")


def _found(principal: Principal, query: str) -> ColumnElement[bool]:
    """Threads whose title or one of whose messages holds all words of the query."""
    wanted = func.to_tsquery("simple", query)
    titles = select(Thread.id).where(Thread.user_id == principal.user_id, Thread.search.bool_op("@@")(wanted))
    texts = (
        select(Step.thread_id)
        .join(Thread, Thread.id == Step.thread_id)
        .where(Thread.user_id == principal.user_id, Step.search.bool_op("@@")(wanted))
    )
    return Thread.id.in_(union_all(titles, texts))


async def page(
    session: AsyncSession,
    principal: Principal,
    *,
    limit: int,
    cursor: str | None = None,
    search: str | None = None,
    feedback: int | None = None,
) -> ThreadPage:
    """The principal's threads, most recently used first. No steps are read.

    Args:
        limit: threads per page; brought between 1 and ``LONGEST_PAGE``.
        search: words (or their beginnings) that the title or one message must hold; blank means all threads.
        feedback: only threads with an answer rated 0 (thumbs down) or 1 (thumbs up).

    Raises:
        Invalid: the cursor is none of ours.
    """
    statement = select(Thread).where(Thread.user_id == principal.user_id)
    if search and search.strip():
        query = query_of(search)
        if not query:
            return ThreadPage((), None)
        statement = statement.where(_found(principal, query))
    if feedback is not None:
        statement = statement.where(exists().where(FeedbackRow.thread_id == Thread.id, FeedbackRow.value == feedback))
    if cursor:
        statement = statement.where(tuple_(Thread.last_activity_at, Thread.id) < cursors.decode(cursor))
    size = min(max(limit, 1), LONGEST_PAGE)
    statement = statement.order_by(Thread.last_activity_at.desc(), Thread.id.desc()).limit(size + 1)
    rows = (await session.scalars(statement)).all()
    last = rows[size - 1] if len(rows) > size else None
    return ThreadPage(rows[:size], cursors.encode(last.last_activity_at, last.id) if last else None)


def _shortened(name: str) -> str | None:
    return " ".join(name.split())[:LONGEST_NAME] or None


async def name_once(session: AsyncSession, principal: Principal, thread_id: UUID, name: str) -> None:
    """Give a name to a thread that has none yet; a name that a person or an earlier message gave stays."""
    await require(session, principal, thread_id)
    statement = update(Thread).where(Thread.id == thread_id, Thread.name.is_(None))
    await session.execute(statement.values(name=_shortened(name)))


async def rename(session: AsyncSession, principal: Principal, thread_id: UUID, name: str) -> None:
    """Give the name that the person chose. Raises NotFound, or Invalid when it is blank."""
    await require(session, principal, thread_id)
    short = _shortened(name)
    if short is None:
        raise Invalid("A conversation needs a name.")
    await session.execute(update(Thread).where(Thread.id == thread_id).values(name=short))


async def describe(
    session: AsyncSession,
    principal: Principal,
    thread_id: UUID,
    *,
    metadata: Mapping[str, Any] | None = None,
    tags: Sequence[str] | None = None,
) -> None:
    """Merge metadata (a None removes its key) and set tags, where given. Raises NotFound."""
    await require(session, principal, thread_id)
    statement = update(Thread).where(Thread.id == thread_id)
    if metadata:
        kept = {key: value for key, value in metadata.items() if value is not None}
        removed = [key for key in metadata if key not in kept]
        merged = Thread.meta.op("||")(cast(kept, JSONB)).op("-")(cast(removed, ARRAY(TEXT)))
        await session.execute(statement.values(meta=merged))
    if tags is not None:
        await session.execute(statement.values(tags=list(tags)))


async def remove(session: AsyncSession, principal: Principal, thread_id: UUID) -> None:
    """Delete the thread with its steps, elements, feedback and answer runs. Raises NotFound."""
    await require(session, principal, thread_id)
    await session.execute(delete(Thread).where(Thread.id == thread_id))
