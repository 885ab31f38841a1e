"""Answer runs and their sources."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId

TO_REVIEW = "state IN ('refused', 'error') OR unsupported_sentences > 0"  # what becomes a review item by itself


class AnswerRun(WithId, Base):
    """One question answered: ``(queued →) running → done | refused | stopped | error``; see ``db/answer_queue.py`` for its life.

    The history for the model is read from here, never from the browser.
    """

    __tablename__ = "answer_runs"
    __table_args__ = (
        Index("ix_answer_runs_thread_id_created_at", "thread_id", "created_at"),
        Index("ix_answer_runs_user_id_created_at", "user_id", "created_at"),
        Index(
            "ix_answer_runs_created_at_user_id", "created_at", "user_id"
        ),  # for the sums of the dashboard, as is the next
        Index("ix_answer_runs_finished_at", "finished_at"),
        # for retention
        Index("ix_answer_runs_loose_created_at", "created_at", postgresql_where=text("thread_id IS NULL")),
        Index("ix_answer_runs_open", "state", "created_at", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_answer_runs_to_review", "finished_at", postgresql_where=text(TO_REVIEW)),
        Index("ix_answer_runs_repeats_run_id", "repeats_run_id", postgresql_where=text("repeats_run_id IS NOT NULL")),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    question_step_id: Mapped[UUID | None] = mapped_column(index=True)  # no foreign key: the step's row may follow
    question: Mapped[str]
    query: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="running")
    mode: Mapped[str | None]  # "extractive" | "llm"
    model: Mapped[str | None]
    answer: Mapped[str] = mapped_column(default="")  # canonical text, see rag/events.py
    scope: Mapped[dict[str, Any]]  # {"library_ids": […], "document_ids": […] or null}
    nearest: Mapped[list[Any]] = mapped_column(default=list)  # of a refusal: rag.types.NearestDocument
    timings: Mapped[dict[str, Any]] = mapped_column(default=dict)  # rag.types.Timings
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    dropped_citations: Mapped[int] = mapped_column(default=0)
    unsupported_sentences: Mapped[int] = mapped_column(default=0)
    fallback_used: Mapped[bool] = mapped_column(default=False)
    cached: Mapped[str | None]  # "exact" | "semantic"
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(12, 6), default=Decimal(0))
    trace: Mapped[list[Any]] = mapped_column(default=list)  # rag.types.Stage, see rag/trace.py
    error: Mapped[str | None]
    reference: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]  # the last sign of life of the process that answers
    is_stopping: Mapped[bool] = mapped_column(default=False)  # a person wants it stopped
    attempts: Mapped[int] = mapped_column(default=0)  # of a run in the background: how often a worker has taken it
    last_event: Mapped[int] = mapped_column(default=0)  # number of the last event in its journal; 0 while it runs
    request: Mapped[dict[str, Any] | None]  # of a run in the background: what a worker needs to answer it
    request_id: Mapped[str | None]  # and of what brought it, see core/telemetry/origin.py
    traceparent: Mapped[str | None]
    # Of a run that an admin asked for, to compare it with this one: it belongs to the same person, whose history does not show it.
    repeats_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("answer_runs.id", ondelete="CASCADE"))


class AnswerSource(Base):
    """A numbered source of an answer run, with the result of the check. The text itself stays in the document's sections."""

    __tablename__ = "answer_sources"

    answer_run_id: Mapped[UUID] = mapped_column(ForeignKey("answer_runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"), index=True)
    document_title: Mapped[str]
    chunk_id: Mapped[UUID]
    section: Mapped[int]
    page: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    locator: Mapped[str | None]
    spans: Mapped[list[Any]] = mapped_column(default=list)  # [[start, end], …] in the section's text
    cited: Mapped[bool] = mapped_column(default=False)
    support: Mapped[float | None]
    similarity: Mapped[float | None]
