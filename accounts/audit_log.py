"""The audit log, for the console and the command line."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Literal

import orjson
import structlog

from accounts import ocsf, setting_marks
from core.access import Principal, require_admin
from core.settings import Settings
from db import audit, audit_log
from db.audit_log import Chain, Entry, Wanted
from db.session import Database

log = structlog.get_logger(__name__)

Format = Literal["jsonl", "ocsf"]
PAGE = 50  # events
SNAPSHOT = {"isolation_level": "REPEATABLE READ"}  # what is appended or removed meanwhile is not seen


class AuditLog:
    """The audit log of this installation.

    Args:
        secret: keys the marks by which a changed setting is noticed.
    """

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret

    async def page(
        self, principal: Principal, wanted: Wanted, before: int | None = None
    ) -> tuple[list[Entry], int | None]:
        """Events, newest first, and the ``before`` of the next page. Raises NotPermitted."""
        async with self._database.reader() as session:
            entries = list(await audit_log.page(session, principal, wanted, limit=PAGE + 1, before=before))
        return entries[:PAGE], entries[PAGE - 1].event.number if len(entries) > PAGE else None

    async def actions(self, principal: Principal) -> list[str]:
        """The actions that occur. Raises NotPermitted."""
        require_admin(principal)
        async with self._database.reader() as session:
            return await audit_log.actions(session)

    async def check(self, principal: Principal) -> Chain:
        """Compute the chain again, for an admin. Raises NotPermitted."""
        require_admin(principal)
        return await self.verify()

    async def verify(self) -> Chain:
        """Compute the chain again, for the command line. A million events take a minute."""
        async with self._database.reader() as session:
            await session.connection(execution_options=SNAPSHOT)
            found = await audit_log.check(session)
        level = log.info if found.broken_at is None else log.error
        level("audit.verified", first=found.first, last=found.last, broken_at=found.broken_at, head=found.head)
        return found

    async def export(self, principal: Principal, wanted: Wanted, format_: Format) -> AsyncIterator[bytes]:
        """The events asked for as lines of JSON, oldest first; the export is an event itself. Raises NotPermitted."""
        require_admin(principal)
        asked = {name: str(value) for name, value in asdict(wanted).items() if value and name != "person"}
        async with self._database.transaction() as session:
            await audit.record(session, principal, "audit.exported", None, {"format": format_, **asked})
        line = ocsf.event_of if format_ == "ocsf" else plain
        async with self._database.reader() as session:
            await session.connection(execution_options=SNAPSHOT)
            async for batch in audit_log.export(session, principal, wanted):
                yield b"".join(orjson.dumps(line(entry)) + b"\n" for entry in batch)

    async def note_settings(self, settings: Settings) -> None:
        """At a start: append the names of the settings that are not what they were at the last start."""
        marks = setting_marks.of(settings, self._secret)
        async with self._database.transaction() as session:
            last = await audit_log.latest(session, setting_marks.ACTION)
            names = setting_marks.changed(last.details.get("marks", {}) if last else {}, marks)
            if names:
                await audit.record(session, None, setting_marks.ACTION, None, {"names": names, "marks": marks})


def plain(entry: Entry) -> dict[str, object]:
    """An event as it is stored, for a line of JSON; the first fields are those that the digest covers (``db.audit.canonical``)."""
    event = entry.event
    return {
        **orjson.loads(audit.canonical(vars(event))),
        "number": event.number,
        "digest": event.digest.hex(),
        "hash": (event.hash or b"").hex(),
        "actor_name": entry.actor_name,
        "target_name": entry.target_name,
        "address": entry.address,
        "user_agent": entry.user_agent,
        "note": entry.note,
    }


def sentence_of(chain: Chain) -> str:
    """What a check of the chain found, in one sentence."""
    if chain.broken_at is not None:
        return f"The chain is broken at number {chain.broken_at}: {chain.why}."
    if chain.since is None:
        return "The audit log is empty, and its chain is unbroken."
    return f"Unbroken since {chain.since:%Y-%m-%d %H:%M} UTC: numbers {chain.first} to {chain.last}."
