"""Places outside from which documents are brought, and what was found there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, now


class DocumentSource(WithId, Base):
    """An address whose documents a library keeps; ``kind`` is ``page | site``, ``state`` ``waiting | reading | read | failed``.

    Deleting the row leaves the documents; deleting the person who added it leaves the row, which is not read any more.
    """

    __tablename__ = "document_sources"
    __table_args__ = (
        UniqueConstraint("library_id", "address"),
        Index("ix_document_sources_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    library_id: Mapped[UUID] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"))
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str]
    address: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    error: Mapped[str | None]
    notice: Mapped[str | None]  # what was left out, of one that was read
    failures: Mapped[int] = mapped_column(default=0)  # since it was read last
    created_at: Mapped[datetime] = mapped_column(default=now)
    checked_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]  # when it is read again; None: never
    claimed_until: Mapped[datetime | None]  # a worker reads it until then


class DocumentSourceItem(Base):
    """A page of a source; ``state`` is ``read | elsewhere | failed | gone``.

    ``read`` without a document: a person has deleted it, and it is not brought again. ``elsewhere``: the library has its content already.
    """

    __tablename__ = "document_source_items"

    source_id: Mapped[UUID] = mapped_column(ForeignKey("document_sources.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"), index=True)
    state: Mapped[str]
    error: Mapped[str | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    checked_at: Mapped[datetime] = mapped_column(default=now)
