"""Tables of threads, steps, elements and feedback, in the shape of ``chainlit.types``."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, now

# As SQL and Python write them: marks that are left out of a search (accents; vowels and tones above and below letters of Thai, Lao,
# Khmer and Burmese), and letters of scripts without spaces, each of which is a word of its own.
MARKS = r"\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
LETTERS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"


def searchable(text_sql: str) -> str:
    """SQL for the search vector of a text; ``db.search.query_of`` normalises what a person types in the same way.

    Accents are removed, punctuation counts as space, and each letter of a script without spaces is a separate word.
    """
    plain = rf"normalize(regexp_replace(normalize({text_sql}, NFKD), '[{MARKS}]', '', 'g'), NFKC)"
    spaced = rf"regexp_replace({plain}, '[!-/:-@\[-`{{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f]', ' ', 'g')"
    return rf"to_tsvector('simple', regexp_replace({spaced}, '([{LETTERS}])', ' \1 ', 'g'))"


class Thread(Base):
    """A conversation. ``user_id`` never changes once it is set."""

    __tablename__ = "threads"
    __table_args__ = (
        Index("ix_threads_user_id_last_activity_at_id", "user_id", text("last_activity_at DESC"), text("id DESC")),
        Index("ix_threads_last_activity_at", "last_activity_at"),  # for retention
        Index("ix_threads_search", "search", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str | None]
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    tags: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_activity_at: Mapped[datetime] = mapped_column(default=now)
    pinned_at: Mapped[datetime | None]  # its owner wants it at hand
    folder: Mapped[str | None]  # the name of the one that its owner put it into
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(searchable("coalesce(name, '')"), persisted=True), deferred=True
    )


class Step(Base):
    """One step of a thread: ``user_message``, ``run``, ``assistant_message``…"""

    __tablename__ = "steps"
    __table_args__ = (
        Index("ix_steps_thread_id_created_at", "thread_id", "created_at"),
        Index("ix_steps_search", "search", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None]
    answer_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("answer_runs.id", ondelete="SET NULL"), index=True)
    type: Mapped[str]
    name: Mapped[str]
    input: Mapped[str] = mapped_column(default="")
    output: Mapped[str] = mapped_column(default="")
    is_error: Mapped[bool] = mapped_column(default=False)
    streaming: Mapped[bool] = mapped_column(default=False)
    wait_for_answer: Mapped[bool | None]
    show_input: Mapped[str | None]
    language: Mapped[str | None]
    default_open: Mapped[bool | None]
    auto_collapse: Mapped[bool | None]
    command: Mapped[str | None]
    modes: Mapped[dict[str, Any] | None]
    generation: Mapped[dict[str, Any] | None]
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    tags: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    created_at: Mapped[datetime] = mapped_column(default=now)
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed(
            f"CASE WHEN type IN ('user_message', 'assistant_message') THEN {searchable('left(output, 100000)')} END",
            persisted=True,
        ),
        deferred=True,
        nullable=True,
    )


class Element(Base):
    """Something attached to a step."""

    __tablename__ = "elements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), index=True)
    step_id: Mapped[UUID | None]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"), index=True)
    type: Mapped[str]
    name: Mapped[str]
    display: Mapped[str]
    mime: Mapped[str | None]
    url: Mapped[str | None]
    size: Mapped[str | None]
    page: Mapped[int | None]
    language: Mapped[str | None]
    props: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)


class FeedbackRow(Base):
    """A person's rating and comment, stored for the answer (an ``assistant_message`` step and its run)."""

    __tablename__ = "feedbacks"
    __table_args__ = (
        Index("ix_feedbacks_created_at", "created_at"),  # for the sums of the dashboard
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), index=True)
    step_id: Mapped[UUID] = mapped_column(ForeignKey("steps.id", ondelete="CASCADE"), unique=True)
    answer_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("answer_runs.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    value: Mapped[int]  # 0 = thumbs down, 1 = thumbs up
    comment: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now, index=True)
