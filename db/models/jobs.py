"""Ingestion jobs, and whose turn it is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId


class IngestionJob(WithId, Base):
    """The reading of one version of a document: ``queued → started → finished | failed | stopped``."""

    __tablename__ = "ingestion_jobs"
    __table_args__ = (
        Index(
            "ix_ingestion_jobs_open", "state", "heartbeat_at", postgresql_where=text("state IN ('queued', 'started')")
        ),
        Index(
            "ix_ingestion_jobs_queued",  # for the fair queue
            "user_id",
            "created_at",
            "id",
            postgresql_where=text("state = 'queued'"),
        ),
        Index("ix_ingestion_jobs_user_id_started_at", "user_id", "started_at"),
        Index(
            "ix_ingestion_jobs_state_created_at_id", "state", text("created_at DESC"), text("id DESC")
        ),  # for the monitor
        Index("ix_ingestion_jobs_finished_at", "finished_at"),
        Index(
            "uq_ingestion_jobs_open_document_id",  # one attempt at a time
            "document_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'started')"),
        ),
    )

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="queued")
    stage: Mapped[str] = mapped_column(default="waiting")
    percent: Mapped[int] = mapped_column(default=0)
    pages_done: Mapped[int] = mapped_column(default=0)
    pages_total: Mapped[int | None]
    chunks_done: Mapped[int] = mapped_column(default=0)
    chunks_total: Mapped[int | None]
    eta_s: Mapped[int | None]
    notice: Mapped[str | None]
    error: Mapped[str | None]
    reference: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    # whose turn it takes in the fair queue
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)  # attempts that ended because a server did not answer
    not_before: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # of what brought it, see core/telemetry/origin.py
    request_id: Mapped[str | None]
    traceparent: Mapped[str | None]


class JobTurn(Base):
    """A person with queued jobs, in the order of the fair queue. The row may be behind, see ``db.fair_queue``."""

    __tablename__ = "job_turns"
    __table_args__ = (Index("ix_job_turns_order", "running", text("served_at NULLS FIRST"), "user_id", "due_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    running: Mapped[int]  # jobs that are started
    served_at: Mapped[datetime | None]  # the last start of one
    due_at: Mapped[datetime]  # long ago, or when the first of them is due


class JobTurnChange(Base):
    """A person whose jobs were changed by a transaction since their turn was worked out; triggers of ``ingestion_jobs`` write it."""

    __tablename__ = "job_turn_changes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    changed_in: Mapped[int] = mapped_column(BigInteger, primary_key=True)
