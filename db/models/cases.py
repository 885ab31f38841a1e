"""Test cases, the runs over them, and the results of each run."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId


class CaseRow(WithId, Base):
    """A test case: a question and what is expected of its answer; ``answers/cases/types.py`` has the shapes of the JSON columns.

    When the person whose question it was is erased, the case goes with them. When the admin on whose behalf it is asked is erased, it
    stays, and fails until another admin saves its question anew.
    """

    __tablename__ = "test_cases"
    __table_args__ = (Index("ix_test_cases_created_at_id", text("created_at DESC"), text("id DESC")),)

    question: Mapped[str]
    earlier: Mapped[list[Any]] = mapped_column(default=list)  # questions before it, oldest first
    kind: Mapped[str | None]  # rag.questions.kind.Kind
    libraries: Mapped[list[Any]] = mapped_column(default=list)  # [{"id": …, "title": …}, …]
    documents: Mapped[list[Any]] = mapped_column(default=list)  # the same; empty: all of the libraries
    expected: Mapped[list[Any]] = mapped_column(default=list)  # [{"id": …, "title": …, "pages": […]}, …]
    points: Mapped[list[Any]] = mapped_column(default=list)  # phrases that the answer must have
    must_refuse: Mapped[bool] = mapped_column(default=False)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text()), default=list)
    note: Mapped[str] = mapped_column(default="")
    is_enabled: Mapped[bool] = mapped_column(default=True)
    # On whose behalf it is asked: the admin who last wrote what is asked, or where
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    # Whose question it was
    asker_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    review_item_id: Mapped[UUID | None] = mapped_column(ForeignKey("review_items.id", ondelete="SET NULL"), index=True)
    version: Mapped[int] = mapped_column(default=1)  # incremented by every change
    last_state: Mapped[str | None]  # "passed" | "failed", in its latest run; None: not run since it was made
    last_run_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CaseRun(WithId, Base):
    """A run over test cases: ``(queued →) running → done | stopped | failed``, with what answered. See ``db/case_runs.py`` for its life.

    It is kept when the admin who started it is erased; their id is not.
    """

    __tablename__ = "case_runs"
    __table_args__ = (
        Index("ix_case_runs_created_at_id", text("created_at DESC"), text("id DESC")),
        Index("ix_case_runs_open", "state", "created_at", postgresql_where=text("state IN ('queued', 'running')")),
    )

    state: Mapped[str] = mapped_column(default="queued")
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    source: Mapped[str]  # "console" | "command"
    tag: Mapped[str | None]  # only cases with this tag
    is_whole: Mapped[bool] = mapped_column(default=True)  # all enabled cases, as the trend counts
    total: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    index_version: Mapped[int | None]
    embedding_model: Mapped[str | None]
    language_model: Mapped[str | None]  # None: answers were quotes of the documents
    prompt_version: Mapped[str | None]
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(12, 6), default=Decimal(0))
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]  # the last sign of life of the process that runs it
    is_stopping: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)  # how often a process has taken it


class CaseResult(Base):
    """What became of one case in one run: ``waiting → passed | failed``. It goes with its case, and so with the person who asked."""

    __tablename__ = "case_results"
    __table_args__ = (Index("ix_case_results_case_id_finished_at", "case_id", text("finished_at DESC")),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("case_runs.id", ondelete="CASCADE"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("test_cases.id", ondelete="CASCADE"), primary_key=True)
    case_version: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    is_refused: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[list[Any]] = mapped_column(default=list)  # answers.cases.types.Failure
    answer: Mapped[str] = mapped_column(default="")  # without the numbers of its sources
    citations: Mapped[list[Any]] = mapped_column(default=list)  # answers.cases.types.Quote
    took_ms: Mapped[float | None]
    finished_at: Mapped[datetime | None]
