"""The audit log: events in a chain of hashes, and beside them what can be erased with a person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class AuditEvent(Base):
    """Who did what to what, and when. Append-only: the database refuses UPDATE, DELETE and TRUNCATE.

    People stand here by pseudonyms of :class:`AuditPerson`, so that nothing here has to change when a person is erased. At the commit
    a trigger gives the event its number (without gaps) and its hash, see ``db/audit.py``.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_action_number", "action", "number"),
        Index("ix_audit_events_actor_number", "actor", "number"),
        Index("ix_audit_events_target_id_number", "target_id", "number"),
        Index("ix_audit_events_at", "at"),
        Index("ix_audit_events_unchained", "id", postgresql_where=text("number IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)  # None until the commit
    at: Mapped[datetime]
    actor: Mapped[UUID | None]  # a pseudonym; None: nobody who is known, or Footnote itself
    action: Mapped[str]
    target_kind: Mapped[str | None]
    target_id: Mapped[str | None]  # of a person: a pseudonym
    details: Mapped[dict[str, Any]] = mapped_column(JSON)  # not JSONB, which writes some numbers in another way
    source_hash: Mapped[bytes | None]  # of the salted address and user agent, see AuditErasable
    note_hash: Mapped[bytes | None]
    digest: Mapped[bytes]  # SHA-256 of all the above but the number
    hash: Mapped[bytes | None]  # SHA-256 of the previous event's hash, the number and the digest


class AuditPerson(Base):
    """The pseudonym under which a person stands in the audit log; a trigger makes it with the person.

    Erased with the person: what the events say then belongs to nobody.
    """

    __tablename__ = "audit_people"

    pseudonym: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)


class AuditErasable(Base):
    """What of an event can be erased without breaking the chain, which covers a salted hash of it.

    ``part`` is ``source`` (``{"address": …, "user_agent": …}``) or ``note`` (``{"text": …}``). Erased with the person who acted, and a
    note also with the person whom it is about.
    """

    __tablename__ = "audit_erasable"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_events.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


class AuditHead(Base):
    """The one row with the number and hash of the last event. Appends lock it at their commit, so that they come one after the other."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("is_only", name="is_only"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]


class AuditAnchor(Base):
    """Where the chain begins after old events were removed: the number and hash of the last one removed."""

    __tablename__ = "audit_anchors"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]
    removed: Mapped[int]
    at: Mapped[datetime]
