"""Legal holds, exports of a person's data, erasures of people, and what a running backup holds off."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId


class LegalHold(WithId, Base):
    """What must be kept: a person, a library or a conversation. While it is open, triggers of the database refuse every deletion.

    Erasure: goes with its person; who set or released it becomes unknown.
    """

    __tablename__ = "legal_holds"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, library_id, thread_id) = 1", name="one_subject"),
        Index("uq_legal_holds_user_id", "user_id", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("uq_legal_holds_library_id", "library_id", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("uq_legal_holds_thread_id", "thread_id", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("ix_legal_holds_created_at_id", text("created_at DESC"), text("id DESC")),
    )

    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    library_id: Mapped[UUID | None] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"), index=True)
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)


class AccountExport(WithId, Base):
    """A ZIP with everything about a person: ``queued → running → ready → expired``, or ``failed``.

    Erasure: goes with its person; its file is deleted before.
    """

    __tablename__ = "account_exports"
    __table_args__ = (
        Index("ix_account_exports_user_id_created_at", "user_id", "created_at"),
        Index("ix_account_exports_open", "state", postgresql_where=text("state IN ('queued', 'running', 'ready')")),
        Index(
            "uq_account_exports_open_user_id",
            "user_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(default="queued")
    items_done: Mapped[int] = mapped_column(default=0)
    items_total: Mapped[int | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(default=0)  # the fencing token, as of ingestion jobs
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class Erasure(WithId, Base):
    """The removal of a person and what is theirs: ``queued → running → finished | refused``.

    Once the person is gone it is the receipt: dates and counts, nobody's id. Its link is known by its hash alone.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        Index(
            "uq_erasures_open_user_id",
            "user_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_erasures_open", "state", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_erasures_created_at_id", text("created_at DESC"), text("id DESC")),
        Index("uq_erasures_ticket_hash", "ticket_hash", unique=True),
    )

    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    is_own_wish: Mapped[bool]
    state: Mapped[str] = mapped_column(default="queued")
    stage: Mapped[str] = mapped_column(default="waiting")
    notice: Mapped[str | None]  # why it waits, or why it was refused
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # kind → how many were removed
    attempts: Mapped[int] = mapped_column(default=0)
    ticket_hash: Mapped[bytes | None]  # None once the receipt was fetched
    created_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ErasureDocument(Base):
    """A document whose rows an erasure has removed, until index and blob store have nothing of it. Goes with the end of its erasure."""

    __tablename__ = "erasure_documents"

    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasures.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    blob_key: Mapped[str]
    is_cleared: Mapped[bool] = mapped_column(default=False)


class RunningBackup(WithId, Base):
    """A backup that is being made. While one shows signs of life, no file is deleted from the blob store. Nobody's."""

    __tablename__ = "running_backups"

    seen_at: Mapped[datetime]


class DeferredDeletion(Base):
    """A file, or a folder of files, to be deleted once no backup runs. Nobody's: keys are ids of documents."""

    __tablename__ = "deferred_deletions"

    key: Mapped[str] = mapped_column(primary_key=True)
    is_folder: Mapped[bool] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
