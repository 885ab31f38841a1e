"""Conversations of all people, for admins: the list by sums, the openings, and what was opened.

The list has no text. Words are looked for in names and messages of all people; which conversations have them is told, not where.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, text, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Oversight, Principal, require_opened, require_oversight
from core.errors import Invalid, NotFound
from db import audit, cursors, threads
from db.base import now
from db.conversation import Step, Thread
from db.models import ConversationFacts, ConversationOpening, Library, User
from db.search import query_of

PAGE = 50  # conversations
OPEN_FOR = timedelta(hours=1)  # after it, an admin states a reason again
LONGEST_REASON = 500  # characters
COMMON = 5000  # messages that are estimated to have the words, from which on the newest conversations are tried first
TRIED = 2000  # of the newest conversations, when the words are common
MARKS = ("refused", "failed", "fallback", "cached", "unsupported", "up", "down")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations are asked for; None, "" and () leave a condition out.

    Attributes:
        words: all of them in one message or in the name, at least as beginnings.
        person: a name.
        library: name or id of a library that was searched.
        since, until: of the last question.
        marks: of ``MARKS``; each must occur.
        min_cost_usd: that all answers of the conversation cost together.
    """

    words: str = ""
    person: str = ""
    library: str = ""
    model: str = ""
    since: datetime | None = None
    until: datetime | None = None
    marks: tuple[str, ...] = ()
    min_cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in the list. ``name`` is its first question: None where the settings ask for a reason first."""

    facts: ConversationFacts
    username: str
    name: str | None


@dataclass(frozen=True, slots=True)
class ListPage:
    """Conversations, the last asked in first. ``cursor`` leads to the next page; None on the last one."""

    conversations: Sequence[Listed] = field(default_factory=tuple)
    cursor: str | None = None


async def page(
    session: AsyncSession, principal: Principal, oversight: Oversight, wanted: Wanted, cursor: str | None = None
) -> ListPage:
    """A page of the conversations of all people. Raises NotPermitted, and Invalid for a cursor that is not valid."""
    require_oversight(principal, oversight)
    conditions = await _conditions(session, wanted)
    if cursor:
        place = tuple_(ConversationFacts.last_run_at, ConversationFacts.thread_id)
        conditions.append(place < cursors.decode(cursor))
    rows = await _found(session, conditions, wanted.words)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    listed = await _listed(session, rows[:PAGE], with_names=oversight is Oversight.ON)
    return ListPage(listed, cursors.encode(last.last_run_at, last.thread_id) if last else None)


async def _found(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], words: str
) -> Sequence[ConversationFacts]:
    """The first conversations that match, and one more to know whether there are further ones."""
    order = (ConversationFacts.last_run_at.desc(), ConversationFacts.thread_id.desc())
    matching = select(ConversationFacts).where(*conditions, ConversationFacts.runs > 0).order_by(*order).limit(PAGE + 1)
    if not words.strip():
        return (await session.scalars(matching)).all()
    query = query_of(words)
    if not query:
        return ()
    if await _estimate(session, query) > COMMON:
        newest = select(ConversationFacts.thread_id).where(*conditions, ConversationFacts.runs > 0)
        tried = newest.order_by(*order).limit(TRIED).subquery()
        among = matching.where(ConversationFacts.thread_id.in_(select(tried.c.thread_id)), _has(query))
        found = (await session.scalars(among)).all()
        if len(found) > PAGE:
            return found
    return (await session.scalars(matching.where(ConversationFacts.thread_id.in_(_having(query))))).all()


def _has(query: str) -> ColumnElement[bool]:
    """Condition: this conversation has the words, looked up in its own messages."""
    words = func.to_tsquery("simple", query)
    own = exists().where(Step.thread_id == ConversationFacts.thread_id, Step.search.bool_op("@@")(words))
    return or_(own, exists().where(Thread.id == ConversationFacts.thread_id, Thread.search.bool_op("@@")(words)))


def _having(query: str) -> Any:
    """The ids of all conversations that have the words, by the indexes."""
    words = func.to_tsquery("simple", query)
    named = select(Thread.id).where(Thread.search.bool_op("@@")(words))
    return union_all(named, select(Step.thread_id).where(Step.search.bool_op("@@")(words)))


async def _estimate(session: AsyncSession, query: str) -> float:
    """How many messages have the words, as the planner estimates: counting common words would take as long as the search."""
    statement = text("EXPLAIN (FORMAT JSON) SELECT 1 FROM steps WHERE search @@ to_tsquery('simple', :query)")
    plan = await session.scalar(statement, {"query": query})
    return float((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])


async def _conditions(session: AsyncSession, wanted: Wanted) -> list[ColumnElement[bool]]:
    facts, conditions = ConversationFacts, list[ColumnElement[bool]]()
    if wanted.person:
        named = select(User.id).where(User.username == wanted.person.strip().lower())
        conditions.append(facts.user_id == named.scalar_subquery())
    if wanted.library:
        own = Library.name == wanted.library
        ids = await session.scalars(select(Library.id).where(or_(own, Library.id == _uuid(wanted.library))))
        conditions.append(facts.library_ids.op("&&")([str(one) for one in ids]))
    if wanted.model:
        conditions.append(facts.models.contains([wanted.model]))
    if wanted.since:
        conditions.append(facts.last_run_at >= wanted.since)
    if wanted.until:
        conditions.append(facts.last_run_at < wanted.until)
    if wanted.min_cost_usd is not None:
        conditions.append(facts.cost_usd >= wanted.min_cost_usd)
    for mark in wanted.marks:
        if mark not in MARKS:
            raise Invalid("There is no such mark.")
        conditions.append(getattr(facts, mark) > 0)
    return conditions


def _uuid(value: str) -> UUID | None:
    """The id that a text is, if it is one."""
    try:
        return UUID(value.strip())
    except ValueError:
        return None


async def _listed(session: AsyncSession, rows: Sequence[ConversationFacts], *, with_names: bool) -> list[Listed]:
    people = select(User.id, User.username).where(User.id.in_({row.user_id for row in rows}))
    usernames = {row.id: row.username for row in await session.execute(people)}
    names: dict[UUID, str | None] = {}
    if with_names:
        named = select(Thread.id, Thread.name).where(Thread.id.in_([row.thread_id for row in rows]))
        names = {row.id: row.name for row in await session.execute(named)}
    return [Listed(row, usernames.get(row.user_id, ""), names.get(row.thread_id)) for row in rows]


async def models(session: AsyncSession, principal: Principal, oversight: Oversight) -> list[str]:
    """The models that answered in the newest conversations. Raises NotPermitted."""
    require_oversight(principal, oversight)
    newest = select(ConversationFacts.models).order_by(ConversationFacts.last_run_at.desc()).limit(1000).subquery()
    found = await session.scalars(select(func.unnest(newest.c.models)).distinct())
    return sorted(found)


async def open_conversation(
    session: AsyncSession, principal: Principal, oversight: Oversight, thread_id: UUID, reason: str
) -> None:
    """Record that an admin opens somebody's conversation; its owner sees it.

    Raises:
        NotPermitted: not an admin, or the settings forbid it.
        NotFound: there is no such conversation.
        Invalid: the settings ask for a reason, and none is given.
    """
    require_oversight(principal, oversight)
    owner = await threads.owner(session, thread_id)
    if owner is None:
        raise NotFound("There is no such conversation.")
    said = " ".join(reason.split())[:LONGEST_REASON]
    if oversight is Oversight.REASON and not said:
        raise Invalid("Say why you open it: the person whose conversation it is reads the reason.")
    opening = ConversationOpening(thread_id=thread_id, opened_by=principal.user_id, opened_at=now(), reason=said)
    session.add(opening)
    await session.flush()
    target, what = audit.Target("thread", thread_id), {"owner": owner, "opening": opening.id}
    await audit.record(session, principal, "thread.opened", target, what, note=said, subject=owner)


async def is_closed(session: AsyncSession, principal: Principal, oversight: Oversight, thread_id: UUID) -> bool:
    """True when the principal has to open a conversation before they may read it. Raises NotPermitted, NotFound."""
    require_oversight(principal, oversight)
    owner = await threads.owner(session, thread_id)
    if owner is None:
        raise NotFound("There is no such conversation.")
    return owner != principal.user_id and not await is_opened(session, principal, thread_id)


async def is_opened(session: AsyncSession, principal: Principal, thread_id: UUID) -> bool:
    """True while an opening of the principal's counts."""
    own = (ConversationOpening.thread_id == thread_id, ConversationOpening.opened_by == principal.user_id)
    return bool(await session.scalar(select(exists().where(*own, ConversationOpening.opened_at > now() - OPEN_FOR))))


async def are_opened(session: AsyncSession, principal: Principal, thread_ids: Collection[UUID]) -> set[UUID]:
    """Those of some conversations that are the principal's, or of which an opening of the principal's counts."""
    own = (ConversationOpening.thread_id.in_(thread_ids), ConversationOpening.opened_by == principal.user_id)
    opened = select(ConversationOpening.thread_id).where(*own, ConversationOpening.opened_at > now() - OPEN_FOR)
    theirs = select(Thread.id).where(Thread.id.in_(thread_ids), Thread.user_id == principal.user_id)
    return set(await session.scalars(theirs.union(opened)))


async def require(session: AsyncSession, principal: Principal, oversight: Oversight, thread_id: UUID) -> Thread:
    """A conversation that the principal owns or has opened. Raises as :func:`core.access.require_opened`."""
    thread = await session.get(Thread, thread_id)
    opened = await is_opened(session, principal, thread_id)
    require_opened(principal, thread.user_id if thread else None, oversight, is_opened=opened)
    assert thread is not None
    return thread


async def openings_of_thread(
    session: AsyncSession, principal: Principal, thread_id: UUID
) -> list[tuple[ConversationOpening, str | None]]:
    """By whom a conversation of the principal's was opened, newest first. Raises NotFound."""
    await threads.require(session, principal, thread_id)
    return await _openings(session, _own(principal).where(ConversationOpening.thread_id == thread_id))


async def openings(
    session: AsyncSession, principal: Principal, cursor: str | None = None
) -> tuple[list[tuple[ConversationOpening, str | None]], str | None]:
    """By whom the principal's conversations were opened, newest first, and the cursor of the next page."""
    statement = _own(principal)
    if cursor:
        place = tuple_(ConversationOpening.opened_at, ConversationOpening.id)
        statement = statement.where(place < cursors.decode(cursor))
    rows = await _openings(session, statement)
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    return rows[:PAGE], cursors.encode(last.opened_at, last.id) if last else None


def _own(principal: Principal) -> Select[ConversationOpening, str]:
    """Openings of the principal's conversations by others, with the names of who opened them."""
    return (
        select(ConversationOpening, User.username)
        .join(Thread, Thread.id == ConversationOpening.thread_id)
        .outerjoin(User, User.id == ConversationOpening.opened_by)
        .where(Thread.user_id == principal.user_id, ConversationOpening.opened_by.is_distinct_from(principal.user_id))
    )


async def _openings(
    session: AsyncSession, statement: Select[ConversationOpening, str]
) -> list[tuple[ConversationOpening, str | None]]:
    newest = statement.order_by(ConversationOpening.opened_at.desc(), ConversationOpening.id.desc()).limit(PAGE + 1)
    return [(opening, name) for opening, name in await session.execute(newest)]
