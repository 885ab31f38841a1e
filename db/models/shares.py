"""Links by which people show a conversation to others of the same installation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId


class ConversationShare(WithId, Base):
    """A read-only link to a conversation as it was at ``created_at``. Revoking deletes the row, and so does the end of the conversation
    or of its person. The link's secret is not stored, see ``conversations/sharing/links.py``."""

    __tablename__ = "conversation_shares"
    __table_args__ = (
        Index("ix_conversation_shares_user_id_created_at_id", "user_id", text("created_at DESC"), text("id DESC")),
        Index(
            "ix_conversation_shares_expires_at",
            "expires_at",
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    snapshot: Mapped[dict[str, Any]] = mapped_column(deferred=True)  # conversations.sharing.snapshot.Snapshot
    message_count: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # None: until it is revoked
