"""The audit log: what people did to people, rights, keys, settings and to what belongs to others.

An event is one row in a chain: its ``digest`` is the SHA-256 of its canonical JSON (:func:`canonical`), its ``hash`` that of the hash
of the event before, its number and its digest. The database gives number and hash at the commit (migration 0016), one event after the
other. ``db/audit_log.py`` reads and verifies.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal
from core.context import current_source
from core.storable import storable
from db.base import now
from db.models import AuditErasable, AuditEvent, AuditPerson

MOST_NOTE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Target:
    """What an action was done to: its kind (``user``, ``thread``, ``library``, ``key``, ``setting``…) and its id."""

    kind: str
    id: UUID | str


async def record(
    session: AsyncSession,
    actor: Principal | UUID | None,
    action: str,
    target: Target | None = None,
    details: Mapping[str, Any] | None = None,
    *,
    note: str | None = None,
    subject: UUID | None = None,
) -> UUID:
    """Append an event in the caller's transaction, so that what was done and its event are stored together or not at all.

    Ids of people, wherever they stand, are stored as pseudonyms. Where the request comes from is added by itself.

    Args:
        actor: who did it; None: nobody who is known (a failed sign-in), or Footnote itself.
        action: ``noun.verb``, such as ``user.disabled``.
        details: JSON; ids and numbers, no text of documents or conversations, no names of people.
        note: what a person wrote about it, such as a reason; erased with ``actor`` and ``subject``.
        subject: the person whom it is about, where that is not the target.

    Returns:
        The id of the event.
    """
    actor_id = actor.user_id if isinstance(actor, Principal) else actor
    said = json.loads(json.dumps(dict(details or {}), default=str))
    target_id = str(target.id) if target else None
    people = await _pseudonyms(session, {str(actor_id), str(subject), target_id or "", *_texts(said)})
    if target and target.kind == "user" and target_id not in people:
        target_id = str(uuid4())  # erased already
    about = subject or (_uuid(target_id or "") if target and target.kind == "user" else None)
    actor_there, about_there = (one if str(one) in people else None for one in (actor_id, about))
    parts = _erasable(actor_there, about_there, note)
    event = {
        "id": uuid4(),
        "at": now(),
        "actor": None if actor_id is None else UUID(people.get(str(actor_id)) or str(uuid4())),
        "action": action,
        "target_kind": target and target.kind,
        "target_id": people.get(target_id, target_id) if target_id else None,
        "details": _replaced(said, people),
        **{f"{part['part']}_hash": erasable_hash(part["salt"], part["content"]) for part in parts},
    }
    await session.execute(insert(AuditEvent).values(**event, digest=sha256(canonical(event)).digest()))
    if parts:
        await session.execute(insert(AuditErasable), [{"event_id": event["id"], **part} for part in parts])
    return UUID(str(event["id"]))


def canonical(event: Mapping[str, Any]) -> bytes:
    """What the digest of an event covers: JSON with sorted keys, without spaces, in UTF-8; times in UTC, hashes in hex."""
    hashes = {name: value.hex() if (value := event.get(name)) else None for name in ("source_hash", "note_hash")}
    said = {
        "id": str(event["id"]),
        "at": event["at"].isoformat(timespec="microseconds"),
        "actor": str(event["actor"]) if event["actor"] else None,
        **{name: event[name] for name in ("action", "target_kind", "target_id", "details")},
        **hashes,
    }
    return _json(said)


def erasable_hash(salt: bytes, content: Mapping[str, Any]) -> bytes:
    """The hash by which the chain covers what can be erased."""
    return sha256(salt + _json(content)).digest()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _erasable(actor_id: UUID | None, about: UUID | None, note: str | None) -> list[dict[str, Any]]:
    """The rows of :class:`AuditErasable` for an event. A failed sign-in came from nobody: it goes with whom it was tried for."""
    source = current_source.get()
    parts: dict[str, dict[str, Any]] = {}
    if source is not None:
        parts["source"] = {"address": source.address, "user_agent": source.user_agent}
    if note:
        parts["note"] = {"text": storable(note)[:MOST_NOTE_CHARS]}
    return [
        {
            "part": part,
            "content": content,
            "salt": secrets.token_bytes(16),
            "actor_id": actor_id,
            "subject_id": about if part == "note" or actor_id is None else None,
        }
        for part, content in parts.items()
    ]


async def _pseudonyms(session: AsyncSession, texts: set[str]) -> dict[str, str]:
    """The pseudonyms of those texts that are ids of people."""
    ids = {found for text in texts if (found := _uuid(text))}
    if not ids:
        return {}
    rows = await session.execute(select(AuditPerson.user_id, AuditPerson.pseudonym).where(AuditPerson.user_id.in_(ids)))
    return {str(user_id): str(pseudonym) for user_id, pseudonym in rows}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value, keys of objects included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)


def _replaced(value: Any, people: Mapping[str, str]) -> Any:
    """A JSON value with pseudonyms in place of ids of people."""
    if isinstance(value, str):
        return people.get(value, storable(value))
    if isinstance(value, list):
        return [_replaced(item, people) for item in value]
    if isinstance(value, dict):
        return {people.get(key, key): _replaced(item, people) for key, item in value.items()}
    return value
