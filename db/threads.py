"""Threads of a person. All functions but :func:`owner` refuse threads of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, TEXT, ColumnElement, case, cast, delete, exists, func, select, tuple_, union_all, update
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_own
from core.errors import Invalid, NotFound
from core.storable import LONGEST_NAME
from db import audit, cursors
from db.base import now
from db.conversation import FeedbackRow, Step, Thread
from db.search import query_of

LONGEST_PAGE = 100  # threads
_LONGEST_TEXT = 100_000  # characters of a message that are searched, see db.conversation.Step


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Threads, most recently used first. ``cursor`` leads to the next page; None on the last one.

    Attributes:
        found: of a search, by thread: the first message that has all words; without those whose title alone has them.
    """

    threads: Sequence[Thread]
    cursor: str | None
    found: Mapping[UUID, str] = field(default_factory=dict)


async def owner(session: AsyncSession, thread_id: UUID) -> UUID | None:
    """Id of a thread's owner; None when there is no such thread."""
    return await session.scalar(select(Thread.user_id).where(Thread.id == thread_id))


async def require(session: AsyncSession, principal: Principal, thread_id: UUID) -> Thread:
    """The thread. Raises NotFound when it does not exist or belongs to someone else."""
    thread = await session.get(Thread, thread_id)
    require_own(principal, thread.user_id if thread else None, "conversation")
    assert thread is not None
    return thread


async def get_for_change(session: AsyncSession, principal: Principal, thread_id: UUID) -> Thread:
    """As :func:`require`; its row stays locked until the transaction ends."""
    await require(session, principal, thread_id)
    thread = await session.get(Thread, thread_id, with_for_update=True, populate_existing=True)
    if thread is None:  # deleted at this moment
        raise NotFound("There is no such conversation.")
    return thread


async def ensure(session: AsyncSession, principal: Principal, thread_id: UUID) -> None:
    """Create the thread unless it exists, and set its time of last activity to now.

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


def _matches(principal: Principal, query: str) -> ColumnElement[bool]:
    """Condition: the title or one message of the thread has all words of the query."""
    words = func.to_tsquery("simple", query)
    titles = select(Thread.id).where(Thread.user_id == principal.user_id, Thread.search.bool_op("@@")(words))
    texts = (
        select(Step.thread_id)
        .join(Thread, Thread.id == Step.thread_id)
        .where(Thread.user_id == principal.user_id, Step.search.bool_op("@@")(words))
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
    pinned: bool = False,
    filed: bool = False,
) -> ThreadPage:
    """A page of the principal's threads, most recently used first, without their steps.

    Args:
        limit: threads per page; clamped to 1 … ``LONGEST_PAGE``.
        search: words (or their beginnings) that the title or one message must have; blank means all threads.
        feedback: only threads with an answer rated 0 (thumbs down) or 1 (thumbs up).
        pinned: only threads that are pinned.
        filed: only threads that are in a folder.

    Raises:
        Invalid: the cursor is not valid.
    """
    statement = select(Thread).where(Thread.user_id == principal.user_id)
    query = query_of(search or "")
    if pinned:
        statement = statement.where(Thread.pinned_at.is_not(None))
    if filed:
        statement = statement.where(Thread.folder.is_not(None))
    if search and search.strip():
        if not query:
            return ThreadPage((), None)
        statement = statement.where(_matches(principal, query))
    if feedback is not None:
        statement = statement.where(exists().where(FeedbackRow.thread_id == Thread.id, FeedbackRow.value == feedback))
    if cursor:
        statement = statement.where(tuple_(Thread.last_activity_at, Thread.id) < cursors.decode(cursor))
    size = min(max(limit, 1), LONGEST_PAGE)
    statement = statement.order_by(Thread.last_activity_at.desc(), Thread.id.desc()).limit(size + 1)
    rows = (await session.scalars(statement)).all()
    last = rows[size - 1] if len(rows) > size else None
    found = await _found(session, rows[:size], query) if query else {}
    return ThreadPage(rows[:size], cursors.encode(last.last_activity_at, last.id) if last else None, found)


async def _found(session: AsyncSession, rows: Sequence[Thread], query: str) -> dict[UUID, str]:
    matches = Step.search.bool_op("@@")(func.to_tsquery("simple", query))
    statement = (
        select(Step.thread_id, func.left(Step.output, _LONGEST_TEXT).label("text"))
        .where(Step.thread_id.in_([thread.id for thread in rows]), matches)
        .ext(distinct_on(Step.thread_id))
        .order_by(Step.thread_id, Step.created_at, Step.id)
    )
    return {row.thread_id: row.text for row in await session.execute(statement)}


def _shortened(name: str) -> str | None:
    return " ".join(name.split())[:LONGEST_NAME] or None


async def name_once(session: AsyncSession, principal: Principal, thread_id: UUID, name: str) -> None:
    """Name a thread that has no name yet; an existing name stays."""
    await require(session, principal, thread_id)
    statement = update(Thread).where(Thread.id == thread_id, Thread.name.is_(None))
    await session.execute(statement.values(name=_shortened(name)))


async def rename(session: AsyncSession, principal: Principal, thread_id: UUID, name: str) -> None:
    """Set the name of a thread. Raises NotFound, or Invalid when it is blank."""
    await require(session, principal, thread_id)
    short = _shortened(name)
    if short is None:
        raise Invalid("A conversation needs a name.")
    await session.execute(update(Thread).where(Thread.id == thread_id).values(name=short))


async def rename_from(session: AsyncSession, principal: Principal, thread_id: UUID, before: str, name: str) -> bool:
    """Set the name of a thread that is called ``before``; False when it is called otherwise by now. Raises NotFound."""
    await require(session, principal, thread_id)
    same = (Thread.id == thread_id, Thread.name == before)
    statement = update(Thread).where(*same).values(name=_shortened(name)).returning(Thread.id)
    return await session.scalar(statement) is not None


async def pin(session: AsyncSession, principal: Principal, thread_id: UUID, *, pinned: bool) -> None:
    """Keep a thread at hand, or no longer. Raises NotFound."""
    await require(session, principal, thread_id)
    value = func.coalesce(Thread.pinned_at, now()) if pinned else None
    await session.execute(update(Thread).where(Thread.id == thread_id).values(pinned_at=value))


async def put_into(session: AsyncSession, principal: Principal, thread_id: UUID, folder: str) -> None:
    """Put a thread into the folder of this name; a blank one takes it out of its folder. Raises NotFound."""
    await require(session, principal, thread_id)
    await session.execute(update(Thread).where(Thread.id == thread_id).values(folder=_shortened(folder)))


async def describe(
    session: AsyncSession,
    principal: Principal,
    thread_id: UUID,
    *,
    metadata: Mapping[str, Any] | None = None,
    tags: Sequence[str] | None = None,
) -> None:
    """Merge metadata (a None removes its key) and set tags, unless they are None. Raises NotFound."""
    await require(session, principal, thread_id)
    statement = update(Thread).where(Thread.id == thread_id)
    if metadata:
        values = {key: value for key, value in metadata.items() if value is not None}
        removed = [key for key in metadata if key not in values]
        merged = Thread.meta.op("||")(cast(values, JSONB)).op("-")(cast(removed, ARRAY(TEXT)))
        await session.execute(statement.values(meta=merged))
    if tags is not None:
        await session.execute(statement.values(tags=list(tags)))


async def remove(session: AsyncSession, principal: Principal, thread_id: UUID) -> None:
    """Delete the thread with its steps, elements, feedback and answer runs. Raises NotFound."""
    await require(session, principal, thread_id)
    await session.execute(delete(Thread).where(Thread.id == thread_id))
    await audit.record(session, principal, "thread.deleted", audit.Target("thread", thread_id))
