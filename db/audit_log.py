"""Reading the audit log: pages for admins, its whole length for exports, the proof of its chain, and the removal of what is too old."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, false, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import Principal, require_admin
from db import audit
from db.base import now
from db.models import AuditAnchor, AuditErasable, AuditEvent, AuditHead, AuditPerson, User

BATCH = 500  # events held in memory at a time
GENESIS = bytes(32)  # the hash before the first event
RETENTION = text(
    "SET LOCAL footnote.audit_retention = 'on'"
)  # the guard of the table lets old events go in this transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are asked for; None and "" leave a condition out.

    Attributes:
        person: name of who acted, or who it was done to.
        action: an action, or its noun: ``user`` for ``user.disabled`` and ``user.created``.
        target: kind of a target, or its id.
        since, until: the first moment, and the first one after the last.
    """

    person: str = ""
    action: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it is shown; what was erased is None.

    Attributes:
        actor_name, target_name: of people who are not erased.
    """

    event: AuditEvent
    actor_name: str | None
    target_name: str | None
    address: str | None
    user_agent: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """What a check of the chain found.

    Attributes:
        first, last: numbers of the events that were checked; 0 when there are none.
        since: time of the first.
        broken_at: number of the event from which on the log cannot be believed; None: the chain is unbroken.
        why: what is wrong there.
        head: the last hash, which proves a later check that nothing was cut off when it is kept elsewhere.
    """

    first: int
    last: int
    since: datetime | None
    broken_at: int | None
    why: str
    head: str


async def page(
    session: AsyncSession, principal: Principal, wanted: Wanted, *, limit: int, before: int | None = None
) -> Sequence[Entry]:
    """Events of which the number is less than ``before``, newest first. Raises NotPermitted."""
    require_admin(principal)
    statement = _events().where(*await _conditions(session, wanted))
    if before is not None:
        statement = statement.where(AuditEvent.number < before)
    return await _entries(session, statement.order_by(AuditEvent.number.desc()).limit(limit))


async def actions(session: AsyncSession) -> list[str]:
    """The actions that occur, in the order of the alphabet: one probe of the index for each."""
    found: list[str] = []
    following = select(func.min(AuditEvent.action))
    while (name := await session.scalar(following.where(AuditEvent.action > (found[-1] if found else "")))) is not None:
        found.append(name)
    return found


async def export(session: AsyncSession, principal: Principal, wanted: Wanted) -> AsyncIterator[Sequence[Entry]]:
    """All events asked for, oldest first, some at a time. Raises NotPermitted."""
    require_admin(principal)
    statement, after = _events().where(*await _conditions(session, wanted)).order_by(AuditEvent.number).limit(BATCH), 0
    while batch := await _entries(session, statement.where(AuditEvent.number > after)):
        yield batch
        after = batch[-1].event.number or 0
        session.expunge_all()


async def _conditions(session: AsyncSession, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [AuditEvent.number.is_not(None)]
    if wanted.person:
        named = select(AuditPerson.pseudonym).join(User, User.id == AuditPerson.user_id)
        pseudonym = await session.scalar(named.where(User.username == wanted.person.strip().lower()))
        known = pseudonym or _uuid(wanted.person)  # also of people who are erased
        conditions.append(or_(AuditEvent.actor == known, AuditEvent.target_id == str(known)) if known else false())
    if wanted.action:
        own = [name for name in await actions(session) if f"{name}.".startswith(f"{wanted.action}.")]
        conditions.append(AuditEvent.action.in_(own))
    if wanted.target:
        conditions.append(or_(AuditEvent.target_kind == wanted.target, AuditEvent.target_id == wanted.target))
    if wanted.since:
        conditions.append(AuditEvent.at >= wanted.since)
    if wanted.until:
        conditions.append(AuditEvent.at < wanted.until)
    return conditions


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value.strip())
    except ValueError:
        return None


def _events() -> Select[Any]:
    """Events with what is not erased of them."""
    source, note = aliased(AuditErasable), aliased(AuditErasable)
    return (
        select(AuditEvent, source.content, note.content)
        .outerjoin(source, (source.event_id == AuditEvent.id) & (source.part == "source"))
        .outerjoin(note, (note.event_id == AuditEvent.id) & (note.part == "note"))
    )


async def _entries(session: AsyncSession, statement: Select[Any]) -> list[Entry]:
    """The events of a statement, with the names of people who are not erased."""
    rows = (await session.execute(statement)).all()
    pseudonyms = {event.actor for event, *_ in rows if event.actor}
    pseudonyms |= {found for event, *_ in rows if event.target_kind == "user" and (found := _uuid(event.target_id))}
    named = select(AuditPerson.pseudonym, User.username).join(User, User.id == AuditPerson.user_id)
    people = await session.execute(named.where(AuditPerson.pseudonym.in_(pseudonyms)))
    names: dict[str, str] = {str(pseudonym): name for pseudonym, name in people}
    return [
        Entry(
            event=event,
            actor_name=names.get(str(event.actor)),
            target_name=names.get(event.target_id or ""),
            address=(source or {}).get("address"),
            user_agent=(source or {}).get("user_agent"),
            note=(note or {}).get("text"),
        )
        for event, source, note in rows
    ]


async def check(session: AsyncSession) -> Chain:
    """Compute the whole chain again."""
    anchor = (await session.scalars(select(AuditAnchor).order_by(AuditAnchor.number.desc()).limit(1))).first()
    number, last_hash = (anchor.number, anchor.hash) if anchor else (0, GENESIS)
    first, since, start = 0, None, number
    # What is appended meanwhile is not part of this check: its last event may not be the last of the head then.
    head = (await session.scalars(select(AuditHead))).one()
    end, end_hash = head.number, head.hash
    while number < end and (batch := await _batch(session, number, end)):
        erasable = await _erasable_of(session, [event.id for event in batch])
        for event in batch:
            if why := _wrong(event, number + 1, last_hash, erasable.get(event.id, ())):
                return Chain(first, number, since, number + 1, why, last_hash.hex())
            number, last_hash = number + 1, event.hash or b""
            first, since = (first, since) if first else (number, event.at)
        session.expunge_all()
    why = await _unfinished(session, number == end and last_hash == end_hash, start == end)
    return Chain(first, number, since, number + 1 if why else None, why, last_hash.hex())


async def _unfinished(session: AsyncSession, is_at_head: bool, is_empty: bool) -> str:
    """What is wrong at the end of the chain; "" when nothing is."""
    if not is_at_head:
        return "events at the beginning are missing or changed" if is_empty else "events at the end are missing"
    unchained = select(func.count()).select_from(AuditEvent).where(AuditEvent.number.is_(None))
    return "there are events outside the chain" if await session.scalar(unchained) else ""


async def _batch(session: AsyncSession, after: int, end: int) -> Sequence[AuditEvent]:
    statement = select(AuditEvent).where(AuditEvent.number > after, AuditEvent.number <= end)
    return (await session.scalars(statement.order_by(AuditEvent.number).limit(BATCH))).all()


async def _erasable_of(session: AsyncSession, event_ids: Sequence[UUID]) -> dict[UUID, list[AuditErasable]]:
    parts: dict[UUID, list[AuditErasable]] = {}
    for part in await session.scalars(select(AuditErasable).where(AuditErasable.event_id.in_(event_ids))):
        parts.setdefault(part.event_id, []).append(part)
    return parts


def _wrong(event: AuditEvent, number: int, last_hash: bytes, parts: Sequence[AuditErasable]) -> str:
    """Why an event does not follow the one before it; "" when it does."""
    if event.number != number:
        return f"event {number} is missing"
    if sha256(audit.canonical(vars(event))).digest() != event.digest:
        return "it was changed"
    if sha256(last_hash + number.to_bytes(8, "big") + event.digest).digest() != event.hash:
        return "its hash does not follow from the event before it"
    covered = {"source": event.source_hash, "note": event.note_hash}
    if any(audit.erasable_hash(part.salt, part.content) != covered.get(part.part) for part in parts):
        return "its address, user agent or note was changed"
    return ""


async def prune(session: AsyncSession, older_than: datetime) -> int:
    """Remove the events before the first that is not older; an anchor keeps the last hash. Returns how many. For the upkeep alone."""
    await session.scalars(select(AuditHead).with_for_update())  # one prune at a time
    keep = select(func.min(AuditEvent.number)).where(AuditEvent.at >= older_than)
    last = select(AuditEvent).where(AuditEvent.at < older_than).order_by(AuditEvent.number.desc()).limit(1)
    if (first_kept := await session.scalar(keep)) is not None:
        last = last.where(AuditEvent.number < first_kept)
    final = (await session.scalars(last)).first()
    if final is None or final.number is None or final.hash is None:
        return 0
    number, final_hash = final.number, final.hash
    await session.execute(RETENTION)
    gone = await session.execute(delete(AuditEvent).where(AuditEvent.number <= number).returning(AuditEvent.number))
    removed = len(gone.all())
    session.add(AuditAnchor(number=number, hash=final_hash, removed=removed, at=now()))
    await audit.record(session, None, "audit.pruned", None, {"up_to": number, "removed": removed})
    await session.flush()
    return removed


async def latest(session: AsyncSession, action: str) -> AuditEvent | None:
    """The last event of an action."""
    statement = select(AuditEvent).where(AuditEvent.action == action, AuditEvent.number.is_not(None))
    return (await session.scalars(statement.order_by(AuditEvent.number.desc()).limit(1))).first()
