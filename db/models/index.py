"""Index versions, and the chunks and documents in each of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class IndexVersionRow(Base):
    """A build of the search index: ``building → live → retired``. Exactly one is live; the migrations make the first.

    A new one is built next to the live one when the embedding model or the chunking changes.
    """

    __tablename__ = "index_versions"
    __table_args__ = (
        Index("uq_index_versions_live", "state", unique=True, postgresql_where=text("state = 'live'")),
        Index("uq_index_versions_building", "state", unique=True, postgresql_where=text("state = 'building'")),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str]
    model: Mapped[str | None]  # None: not opened yet
    dimension: Mapped[int | None]
    embedding: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {"model": …, "url": …}: where to load it from
    chunking: Mapped[dict[str, Any]] = mapped_column(default=dict)  # ChunkSettings; {}: not known
    documents_done: Mapped[int] = mapped_column(default=0)
    documents_total: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    live_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class IndexedDocument(Base):
    """The version of a document that an index version holds completely."""

    __tablename__ = "indexed_documents"

    index_version: Mapped[int] = mapped_column(
        ForeignKey("index_versions.number", ondelete="CASCADE"), primary_key=True
    )
    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    version: Mapped[int]


class ChunkRow(Base):
    """A chunk in an index version. A wiped collection is rebuilt from these rows."""

    __tablename__ = "chunks"
    __table_args__ = (Index("ix_chunks_document_id_index", "document_id", "index_version", "index"),)

    index_version: Mapped[int] = mapped_column(primary_key=True, default=1)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    index: Mapped[int]
    section: Mapped[int]
    page: Mapped[int | None]
    path: Mapped[list[Any]] = mapped_column(default=list)
    text: Mapped[str]
    char_start: Mapped[int]
    char_end: Mapped[int]
    content_hash: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    locator: Mapped[str | None]
