"""Legal holds and retention of libraries, as admins set them."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from core.errors import Invalid, NotFound
from core.storable import storable
from core.values import Frozen
from db import all_libraries, audit, holds, retention, users
from db.holds import SUBJECTS, HoldKind
from db.models import LegalHold
from db.session import Database

LONGEST_REASON = 500
MOST_DAYS = 36_500
SHOWN = 50


class HoldView(Frozen):
    """An open hold.

    Attributes:
        kind: ``user``, ``library`` or ``thread``.
        name: of the person or library; empty for a conversation, whose name is the person's own words.
    """

    hold_id: UUID
    kind: HoldKind
    subject_id: UUID
    name: str
    reason: str
    created_at: datetime


class HoldList(Frozen):
    """A page of open holds, the one set last first."""

    holds: tuple[HoldView, ...]
    next_cursor: str | None


class Holds:
    """Sets and releases holds, and says how long libraries keep documents. For admins; everything is in the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, principal: Principal, kind: str, subject: UUID | str, reason: str) -> UUID:
        """Put a person, a library or a conversation under a hold; returns its id.

        Args:
            subject: its id; of a person also the name to sign in with, of a shared library its name.

        Raises:
            NotPermitted: the principal is no admin.
            Invalid: no such kind, no id, or no reason.
            NotFound: no such person, library or conversation.
            Conflict: it is under a hold already.
        """
        require_admin(principal)
        chosen = next((known for known in SUBJECTS if known == kind), None)
        if chosen is None:
            raise Invalid("Choose what is to be kept: a person, a library or a conversation.")
        said = " ".join(storable(reason).split())
        if not said or len(said) > LONGEST_REASON:
            raise Invalid(f"Say why it must be kept, in at most {LONGEST_REASON} characters.")
        async with self._database.transaction() as session:
            subject_id = await _id_of(session, principal, chosen, subject)
            hold = await holds.place(session, principal, chosen, subject_id, said)
            await audit.record(
                session, principal, "hold.placed", audit.Target(chosen, subject_id), {"hold": str(hold.id)}
            )
        return hold.id

    async def release(self, principal: Principal, hold_id: UUID) -> None:
        """End a hold. Raises NotPermitted, NotFound, and Conflict when it was released before."""
        async with self._database.transaction() as session:
            hold = await holds.release(session, principal, hold_id)
            kind, subject_id = _subject(hold)
            await audit.record(
                session, principal, "hold.released", audit.Target(kind, subject_id), {"hold": str(hold.id)}
            )

    async def page(self, principal: Principal, *, cursor: str | None = None) -> HoldList:
        """A page of open holds. Raises NotPermitted, and Invalid for a cursor that is not valid."""
        async with self._database.reader() as session:
            found = await holds.page(session, principal, limit=SHOWN, cursor=cursor)
        return HoldList(holds=tuple(_view(hold, name) for hold, name in found.holds), next_cursor=found.cursor)

    async def keep_for(self, principal: Principal, library: UUID | str, days: int | None) -> None:
        """Set how many days after its last file came a document of a shared library is kept; None: for good.

        Args:
            library: its id, or its name.

        Raises:
            NotPermitted: the principal is no admin.
            NotFound: there is no such shared library.
            Invalid: several libraries have this name, or not a number of days from 1 to ``MOST_DAYS``.
        """
        require_admin(principal)
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise Invalid(f"Give a number of days from 1 to {MOST_DAYS:,}, or nothing to keep documents for good.")
        async with self._database.transaction() as session:
            library_id = await _id_of(session, principal, "library", library)
            await retention.keep_for(session, principal, library_id, days)
            await audit.record(
                session, principal, "library.retention_set", audit.Target("library", library_id), {"days": days}
            )

    async def limits(self, principal: Principal) -> Mapping[UUID, tuple[str, int]]:
        """The libraries that keep documents for a time only: id → name and days. Raises NotPermitted."""
        async with self._database.reader() as session:
            rows = await retention.with_limits(session, principal)
        return {row.id: (row.name, row.keep_days or 0) for row in rows}


async def _id_of(session: AsyncSession, principal: Principal, kind: HoldKind, subject: UUID | str) -> UUID:
    if isinstance(subject, UUID):
        return subject
    with suppress(ValueError):
        return UUID(subject.strip())
    name = storable(subject).strip()
    if not name:
        raise Invalid("Give a name or an id.")
    if kind == "user":
        user = await users.by_name(session, name.lower())
        found = [user.id] if user else []
    elif kind == "library":
        found = await all_libraries.shared_ids(session, principal, name)
    else:
        raise Invalid("Give the id of the conversation, as its address in the console shows it.")
    if len(found) > 1:
        raise Invalid(
            "Several libraries have this name: give the id, as the address of the library in the console shows it."
        )
    if not found:
        raise NotFound("There is no such person." if kind == "user" else "There is no such shared library.")
    return found[0]


def _subject(hold: LegalHold) -> tuple[HoldKind, UUID]:
    pairs: tuple[tuple[HoldKind, UUID | None], ...] = (
        ("user", hold.user_id),
        ("library", hold.library_id),
        ("thread", hold.thread_id),
    )
    return next((kind, subject_id) for kind, subject_id in pairs if subject_id is not None)


def _view(hold: LegalHold, name: str) -> HoldView:
    kind, subject_id = _subject(hold)
    return HoldView(
        hold_id=hold.id,
        kind=kind,
        subject_id=subject_id,
        name="" if kind == "thread" else name,
        reason=hold.reason,
        created_at=hold.created_at,
    )
