"""What admins see of conversations: sums by which they are listed, and the openings."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId


class ConversationFacts(Base):
    """Sums over the answer runs of a thread, which triggers keep (migration 0016b). No text. Gone with the thread."""

    __tablename__ = "conversation_facts"
    __table_args__ = (
        Index("ix_conversation_facts_recent", text("last_run_at DESC"), text("thread_id DESC")),
        Index("ix_conversation_facts_library_ids", "library_ids", postgresql_using="gin"),
        Index("ix_conversation_facts_person", "user_id", text("last_run_at DESC"), text("thread_id DESC")),
    )

    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    last_run_at: Mapped[datetime]
    runs: Mapped[int] = mapped_column(server_default=text("0"))
    refused: Mapped[int] = mapped_column(server_default=text("0"))
    failed: Mapped[int] = mapped_column(server_default=text("0"))
    fallback: Mapped[int] = mapped_column(server_default=text("0"))
    cached: Mapped[int] = mapped_column(server_default=text("0"))
    unsupported: Mapped[int] = mapped_column(server_default=text("0"))  # answers with such sentences
    up: Mapped[int] = mapped_column(server_default=text("0"))
    down: Mapped[int] = mapped_column(server_default=text("0"))
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(14, 6), server_default=text("0"))
    models: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    library_ids: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))


class ConversationOpening(WithId, Base):
    """An admin opened a person's conversation. Gone with the conversation; without the admin's name once they are erased."""

    __tablename__ = "conversation_openings"
    __table_args__ = (Index("ix_conversation_openings_thread_id_opened_at", "thread_id", text("opened_at DESC")),)

    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    opened_at: Mapped[datetime]
    reason: Mapped[str]  # "" where the settings ask for none
