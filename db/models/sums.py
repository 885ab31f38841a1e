"""Sums for the dashboard, by hour and by day. They hold numbers, never a person's id or text; see ADR 0051."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class ActivitySum(Base):
    """What happened in an hour or a day (UTC). Erasing a person leaves it as it is: it holds counts alone.

    A run counts in the hour in which it was asked, once it has ended; a rating in the hour in which it was given; a job when it ended.
    """

    __tablename__ = "activity_sums"

    grain: Mapped[str] = mapped_column(primary_key=True)  # "hour" | "day"
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    people: Mapped[int] = mapped_column(default=0)  # different people who asked
    people_7_days: Mapped[int] = mapped_column(default=0)  # … up to the end of this day; days only, as are the next two
    people_30_days: Mapped[int] = mapped_column(default=0)
    people_91_days: Mapped[int] = mapped_column(default=0)
    questions: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    stopped: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    fallbacks: Mapped[int] = mapped_column(default=0)  # answered by another model than the first, or by none
    cached_exact: Mapped[int] = mapped_column(default=0)
    cached_semantic: Mapped[int] = mapped_column(default=0)
    searches: Mapped[int] = mapped_column(default=0)  # looked for in the search cache
    searches_cached: Mapped[int] = mapped_column(default=0)
    embeddings: Mapped[int] = mapped_column(default=0)  # of questions
    embeddings_cached: Mapped[int] = mapped_column(default=0)
    unsupported: Mapped[int] = mapped_column(default=0)  # answers with a sentence that no source supports
    thumbs_up: Mapped[int] = mapped_column(default=0)
    thumbs_down: Mapped[int] = mapped_column(default=0)
    jobs_finished: Mapped[int] = mapped_column(default=0)
    jobs_failed: Mapped[int] = mapped_column(default=0)
    jobs_stopped: Mapped[int] = mapped_column(default=0)
    deepest_queue: Mapped[int] = mapped_column(default=0)  # most open jobs and queued questions at any look
    first_token: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)  # counts, see db/sums/histogram.py
    total: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    summed_at: Mapped[datetime]


class ModelSum(Base):
    """What all people together spent on a model on a day (UTC). Erasing a person leaves it as it is: it holds sums alone."""

    __tablename__ = "model_sums"

    day: Mapped[date] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[int] = mapped_column(default=0)
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(14, 6), default=Decimal(0))


class DocumentSum(Base):
    """How answers of a day (UTC) that cite a document were received. It is deleted with its document; it holds no person."""

    __tablename__ = "document_sums"
    __table_args__ = (
        Index("ix_document_sums_day_bad", "day", postgresql_where=text("thumbs_down + unsupported + contradicted > 0")),
    )

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    cited: Mapped[int] = mapped_column(default=0)  # answers that cite it
    thumbs_down: Mapped[int] = mapped_column(default=0)
    unsupported: Mapped[int] = mapped_column(default=0)
    contradicted: Mapped[int] = mapped_column(default=0)


class QuestionRank(Base):
    """A place in the list of the questions that were asked most, or that nobody could answer, over a range of days.

    The wording is read from ``answer_run_id``: erasing its person deletes the row, until the list is made anew.
    """

    __tablename__ = "question_ranks"

    days: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # "asked" | "unanswered"
    answer_run_id: Mapped[UUID] = mapped_column(
        ForeignKey("answer_runs.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    asked: Mapped[int]
    people: Mapped[int]
    refused: Mapped[int]
    last_asked_at: Mapped[datetime]


class SumMark(Base):
    """Up to when sums of a kind (``hours``, ``questions``) are complete. It holds no person."""

    __tablename__ = "sum_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    took_s: Mapped[float] = mapped_column(default=0.0)
