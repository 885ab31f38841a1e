"""People, libraries, documents, jobs and answer runs. The conversation tables are in ``db/conversation.py``."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes


def name_key(title_sql: str) -> str:
    """SQL for what a title is ordered by: without accents and case, and 2 before 10."""
    plain = rf"lower(regexp_replace(normalize({title_sql}, NFKD), '[\u0300-\u036f]', '', 'g'))"
    padded = rf"regexp_replace({plain}, '(\d+)', '0000000000\1', 'g')"
    return rf"regexp_replace({padded}, '0*(\d{{10}})', '\1', 'g')"


class User(WithId, WithTimes, Base):
    """A person who signs in. ``username`` is stored in lower case."""

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str | None]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="user")
    disabled_at: Mapped[datetime | None]
    tier: Mapped[str] = mapped_column(default="standard")  # whose quotas apply, see LimitSettings


class AuthSession(WithId, Base):
    """One sign-in. A token is only as good as its row: revoked or expired rows end it everywhere."""

    __tablename__ = "auth_sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]  # "browser" | "api"
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Library(WithId, WithTimes, Base):
    """A set of documents that people share; everyone has a personal one."""

    __tablename__ = "libraries"

    name: Mapped[str]
    personal_of: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    # counts up in the transaction that changes what a search in it may find: what was found before is out of date then
    epoch: Mapped[int] = mapped_column(BigInteger, default=0)


class LibraryMember(Base):
    """Who may see a library, and as what (viewer, editor, owner)."""

    __tablename__ = "library_members"

    library_id: Mapped[UUID] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str]


class Document(WithId, WithTimes, Base):
    """A user's file. One row per library and content; ``state`` is ``pending | ready | failed``.

    The columns about the file are those of its newest version; what was before is in ``document_versions``.
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
    title: Mapped[str]  # the file's name as brought, cleaned
    mime_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    blob_key: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    error: Mapped[str | None]
    page_count: Mapped[int | None]
    chunk_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    warnings: Mapped[list[Any]] = mapped_column(default=list)  # [{"page": 7, "message": "…"}, …]
    source: Mapped[str | None]  # the folder that it is kept in step with; its title is then the path below it
    name_key: Mapped[str] = mapped_column(Text, Computed(name_key("title"), persisted=True), deferred=True)


class DocumentVersion(Base):
    """A file that a document is or was: kept while an answer cites it. The newest one is repeated in ``documents``."""

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
    """A parsed part (PDF: a page): what citations point into. Shapes of the JSON columns: ``ingestion.types``."""

    __tablename__ = "document_sections"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, default=1)
    number: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int | None]
    path: Mapped[list[Any]] = mapped_column(default=list)
    text: Mapped[str]
    width: Mapped[float | None]
    height: Mapped[float | None]
    # [[start, end, left, top, right, bottom], …]: offsets into the text, fractions of the page
    words: Mapped[list[Any]] = mapped_column(default=list)
    # [[kind, start, end, place, level], …]; the last ones are left out when empty
    blocks: Mapped[list[Any]] = mapped_column(default=list)


class IndexVersionRow(Base):
    """One making of the search index: ``building → live → retired``. Exactly one is live once the first document is in.

    A new one is built beside the live one when the embedding model or the way of cutting changes.
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
    embedding: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # what loads the model again: its source, no secrets
    chunking: Mapped[dict[str, Any]] = mapped_column(default=dict)
    documents_done: Mapped[int] = mapped_column(default=0)
    documents_total: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    live_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class IndexedDocument(Base):
    """Which version of a document an index version holds, whole."""

    __tablename__ = "indexed_documents"

    index_version: Mapped[int] = mapped_column(
        ForeignKey("index_versions.number", ondelete="CASCADE"), primary_key=True
    )
    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    version: Mapped[int]


class ChunkRow(Base):
    """The truth behind the index: a wiped collection is rebuilt from these rows."""

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


class IngestionJob(WithId, Base):
    """The reading of one version of a document: ``queued → started → finished | failed | stopped``."""

    __tablename__ = "ingestion_jobs"
    __table_args__ = (
        Index(
            "ix_ingestion_jobs_open", "state", "heartbeat_at", postgresql_where=text("state IN ('queued', 'started')")
        ),
        Index(
            "ix_ingestion_jobs_queued",  # whose turn it is
            "user_id",
            "created_at",
            "id",
            postgresql_where=text("state = 'queued'"),
        ),
        Index("ix_ingestion_jobs_user_id_started_at", "user_id", "started_at"),
        Index(
            "uq_ingestion_jobs_open_document_id",  # one attempt at a time
            "document_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'started')"),
        ),
    )

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="queued")
    stage: Mapped[str] = mapped_column(default="waiting")
    percent: Mapped[int] = mapped_column(default=0)
    pages_done: Mapped[int] = mapped_column(default=0)
    pages_total: Mapped[int | None]
    chunks_done: Mapped[int] = mapped_column(default=0)
    chunks_total: Mapped[int | None]
    eta_s: Mapped[int | None]
    notice: Mapped[str | None]
    error: Mapped[str | None]
    reference: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    # whose turn it uses up; people take turns
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)  # of parts that did not answer; it is tried again
    not_before: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class AnswerRun(WithId, Base):
    """One question answered: ``running → done | refused | stopped | error``.

    The model's memory is read from here, never from the browser.
    """

    __tablename__ = "answer_runs"
    __table_args__ = (Index("ix_answer_runs_thread_id_created_at", "thread_id", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    question_step_id: Mapped[UUID | None] = mapped_column(index=True)  # no foreign key: the step's row may follow
    question: Mapped[str]
    query: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="running")
    mode: Mapped[str | None]
    model: Mapped[str | None]
    answer: Mapped[str] = mapped_column(default="")  # canonical text, see rag/events.py
    scope: Mapped[dict[str, Any]]
    nearest: Mapped[list[Any]] = mapped_column(default=list)
    timings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    dropped_citations: Mapped[int] = mapped_column(default=0)
    unsupported_sentences: Mapped[int] = mapped_column(default=0)
    fallback_used: Mapped[bool] = mapped_column(default=False)
    cached: Mapped[str | None]  # "exact" | "semantic"
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(12, 6), default=Decimal(0))
    trace: Mapped[list[Any]] = mapped_column(default=list)  # see rag/trace.py
    error: Mapped[str | None]
    reference: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class AnswerSource(Base):
    """A numbered source of an answer run, with what the check found. Deleting the document deletes what it said from here too."""

    __tablename__ = "answer_sources"

    answer_run_id: Mapped[UUID] = mapped_column(ForeignKey("answer_runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"), index=True)
    document_title: Mapped[str]
    chunk_id: Mapped[UUID]
    section: Mapped[int]
    page: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    locator: Mapped[str | None]
    spans: Mapped[list[Any]] = mapped_column(default=list)  # [[start, end], …] in the section's text
    cited: Mapped[bool] = mapped_column(default=False)
    support: Mapped[float | None]
    similarity: Mapped[float | None]


class ModelUsage(Base):
    """What one person spent on one model in one day (UTC); it outlives the conversations."""

    __tablename__ = "model_usage"

    day: Mapped[date] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[int] = mapped_column(default=0)
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(14, 6), default=Decimal(0))


class ReviewItem(WithId, Base):
    """Something that a person told the admins about an answer: ``open → done``."""

    __tablename__ = "review_items"
    __table_args__ = (Index("ix_review_items_state_created_at", "state", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    answer_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("answer_runs.id", ondelete="SET NULL"), unique=True)
    kind: Mapped[str]  # "not_in_documents"
    question: Mapped[str]  # repeated here: it is what the person chose to show
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
