"""Requests with an Idempotency-Key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class KeyedRequest(Base):
    """A request that a person marked with a key: ``running`` until it has an answer, which a repetition gets again."""

    __tablename__ = "keyed_requests"
    __table_args__ = (Index("ix_keyed_requests_created_at", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str]
    attempt: Mapped[UUID]  # whose answer counts: another attempt takes over what was abandoned
    fingerprint: Mapped[str | None]  # of the payload; None while it is being read
    status: Mapped[int | None]  # None: running
    body: Mapped[str | None] = mapped_column(Text)  # JSON
    location: Mapped[str | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # while it runs, when its process said so last
