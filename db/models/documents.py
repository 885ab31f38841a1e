"""Documents, their versions and their sections."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes


def name_key(title_sql: str) -> str:
    """SQL for the sort key of a title: without accents and case, and 2 before 10."""
    plain = rf"lower(regexp_replace(normalize({title_sql}, NFKD), '[\u0300-\u036f]', '', 'g'))"
    padded = rf"regexp_replace({plain}, '(\d+)', '0000000000\1', 'g')"
    return rf"regexp_replace({padded}, '0*(\d{{10}})', '\1', 'g')"


class Document(WithId, WithTimes, Base):
    """A user's file. One row per library and content; ``state`` is ``pending | ready | failed``.

    The columns about the file repeat those of the present version; all versions are in ``document_versions``.
    """

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("library_id", "sha256"),
        Index("ix_documents_library_id_created_at_id", "library_id", text("created_at DESC"), text("id DESC")),
        Index(
            "uq_documents_library_id_source_title",
            "library_id",
            "source",
            "title",
            unique=True,
            postgresql_where=text("source IS NOT NULL"),
        ),
    )

    library_id: Mapped[UUID] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"))
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    title: Mapped[str]  # the file's name, cleaned
    mime_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    blob_key: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    error: Mapped[str | None]
    page_count: Mapped[int | None]
    chunk_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    warnings: Mapped[list[Any]] = mapped_column(default=list)  # [{"page": 7, "message": "…", "kind": "unread"}, …]
    source: Mapped[str | None]  # the folder it is synchronised with; the title is then the path below it
    name_key: Mapped[str] = mapped_column(Text, Computed(name_key("title"), persisted=True), deferred=True)


class DocumentVersion(Base):
    """A file of a document: the present one, one that is still to be read, or an earlier one that an answer cites."""

    __tablename__ = "document_versions"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    mime_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    blob_key: Mapped[str]
    page_count: Mapped[int | None]
    created_at: Mapped[datetime]


class DocumentSection(Base):
    """A parsed part (PDF: a page), which citations point into. ``ingestion/documents/rows.py`` writes the JSON columns."""

    __tablename__ = "document_sections"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, default=1)
    # True while its file is still being read: nothing points here before it is published
    is_staged: Mapped[bool] = mapped_column(primary_key=True, default=False)
    number: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int | None]
    path: Mapped[list[Any]] = mapped_column(default=list)
    text: Mapped[str]
    width: Mapped[float | None]  # points, as is height
    height: Mapped[float | None]
    # [[start, end, left, top, right, bottom], …]: offsets into the text, fractions (0–1) of the page
    words: Mapped[list[Any]] = mapped_column(default=list)
    # [[kind, start, end, locator, level], …]; locator and level are left out when empty
    blocks: Mapped[list[Any]] = mapped_column(default=list)
