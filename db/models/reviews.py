"""Review items: answers that an admin should look at, what was changed about them, and how far the tables have been looked through."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, now


class ReviewItem(WithId, Base):
    """An answer that an admin should look at: ``new → triaged → fixed | wont_fix``; one for each answer run, whatever it arose from.

    It goes with the person who asked. One that nobody sent goes with its answer run too (``automatic_run_id``); one that was sent to the
    admins stays, without the answer. Admins who are erased leave their columns empty.
    """

    __tablename__ = "review_items"
    __table_args__ = (
        Index("ix_review_items_state_created_at", "state", "created_at"),
        Index("ix_review_items_created_at_id", "created_at", "id"),
        Index("ix_review_items_group_id_created_at", "group_id", "created_at"),
        Index("ix_review_items_kinds", "kinds", postgresql_using="gin"),
        Index("ix_review_items_ungrouped", "created_at", postgresql_where=text("vector_model IS NULL")),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    answer_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("answer_runs.id", ondelete="SET NULL"), unique=True)
    automatic_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("answer_runs.id", ondelete="CASCADE"), index=True)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text()))  # what it arose from: db.review_items.Kind
    question: Mapped[str] = mapped_column(
        default=""
    )  # of one that was sent: the person chose to show it; else the run has it
    note: Mapped[str] = mapped_column(default="")  # of its sender
    state: Mapped[str] = mapped_column(default="new")
    verdict: Mapped[str | None]  # of an admin: "right" | "partly" | "wrong"
    cause: Mapped[str | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    admin_note: Mapped[str] = mapped_column(default="")  # among admins
    reply: Mapped[str] = mapped_column(default="")  # for its sender
    version: Mapped[int] = mapped_column(default=1)  # counts the changes by admins
    group_id: Mapped[UUID]  # items whose questions mean the same have the same; alone: its own id
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)  # of the question: float16, of length 1
    vector_model: Mapped[str | None]  # whose vector it is
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)


class ReviewChange(WithId, Base):
    """One change of a review item. It goes with its item; admins who are erased leave their columns empty."""

    __tablename__ = "review_changes"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("review_items.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    assignee_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )  # the new one
    changes: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # {"state": ["new", "fixed"], …}: before and after, no ids


class ReviewMark(Base):
    """How far one table was looked through for review items. Nobody's data."""

    __tablename__ = "review_marks"

    source: Mapped[str] = mapped_column(primary_key=True)  # "runs" | "feedback"
    until: Mapped[datetime]
