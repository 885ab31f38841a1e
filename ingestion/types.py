"""Types of documents, versions and jobs for the doors."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from core.access import LibraryRole
from core.values import Frozen
from parsing.types import Block
from rag.compose.guide import Guide


class JobState(StrEnum):
    """``queued → started → finished | failed | stopped``."""

    QUEUED = "queued"
    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


class JobStage(StrEnum):
    """What a job is doing."""

    WAITING = "waiting"
    PARSING = "parsing"
    CHUNKING = "chunking"
    EMBEDDING = "embedding"
    INDEXING = "indexing"
    DONE = "done"


class Box(Frozen):
    """A rectangle on a page as displayed: left, top, right and bottom as fractions (0–1), origin at the top left."""

    l: float  # noqa: E741  the viewer uses these names
    t: float
    r: float
    b: float


class JobStatus(Frozen):
    """The status of a job that reads a document.

    Attributes:
        percent: 0–100 over all stages.
        pages_total: None until known, and for formats without pages.
        eta_s: estimated seconds until it has finished; None when there is no estimate.
        notice: why it waits, if it does (``The search server does not answer; trying again in 8 s.``).
        error: why it failed, in a sentence for the person.
        reference: id of the details of the failure in the log.
    """

    job_id: UUID
    document_id: UUID
    title: str
    state: JobState
    stage: JobStage
    percent: int
    pages_done: int
    pages_total: int | None
    chunks_done: int
    chunks_total: int | None
    eta_s: int | None = None
    notice: str | None = None
    error: str | None
    reference: str | None

    @property
    def is_ended(self) -> bool:
        """True when it has finished, failed or was stopped."""
        return self.state in (JobState.FINISHED, JobState.FAILED, JobState.STOPPED)


class JobPage(Frozen):
    """A page of the list of jobs, newest first. ``next_cursor`` leads to the next page; None on the last."""

    jobs: tuple[JobStatus, ...]
    next_cursor: str | None


class DocumentWarning(Frozen):
    """A warning about a part of a document. ``page`` is None for formats without pages.

    Attributes:
        kind: ``unread`` for a part that could not be read, ``hidden`` for text that is invisible in the file.
    """

    page: int | None = None
    message: str
    kind: str = "unread"


class DocumentView(Frozen):
    """A document for display; ``state`` is ``pending | ready | failed``.

    Attributes:
        version: 1, plus one for each time its file was replaced.
        warnings: parts that could not be read, and hidden text; the rest is searchable.
    """

    id: UUID
    library_id: UUID
    title: str
    mime_type: str
    size_bytes: int
    state: str
    page_count: int | None
    chunk_count: int
    error: str | None
    created_at: datetime
    version: int = 1
    warnings: tuple[DocumentWarning, ...] = ()


class VersionView(Frozen):
    """A version of a document: earlier, present, or not read yet. ``is_present``: answers come from this one."""

    version: int
    is_present: bool
    mime_type: str
    size_bytes: int
    page_count: int | None
    created_at: datetime


class AskedQuestion(Frozen):
    """A question that the principal asked. ``thread_id`` is None when it was asked outside a conversation."""

    text: str
    thread_id: UUID | None
    asked_at: datetime


class DocumentEntry(DocumentView):
    """A document as a row of the library page.

    Attributes:
        job: the newest job; None when there was none.
        owner: name of the person who uploaded it; None when that person was deleted.
        library: name of its library.
        last_question: the principal's newest question whose answer cites it.
        can_write: whether the principal may change or delete it.
    """

    job: JobStatus | None
    owner: str | None
    library: str
    last_question: AskedQuestion | None
    can_write: bool


class DocumentCounts(Frozen):
    """Numbers of documents in total and in each state.

    Attributes:
        pending: being read or queued, including those that can be asked about already.
        partial: ready, with warnings.
    """

    total: int
    pending: int
    ready: int
    failed: int
    partial: int


class DocumentPage(Frozen):
    """A page of the list of documents.

    Attributes:
        next_cursor: cursor of the next page; None on the last.
        counts: of all documents that match the search, on the first page only.
    """

    documents: tuple[DocumentEntry, ...]
    next_cursor: str | None
    counts: DocumentCounts | None = None


class LibraryView(Frozen):
    """A library as its members see it; ``role`` is ``viewer | editor | owner``, the principal's."""

    library_id: UUID
    name: str
    role: LibraryRole
    is_personal: bool


class Submission(Frozen):
    """An uploaded file. ``is_known``: the library had these bytes already."""

    document: DocumentView
    job: JobStatus
    is_known: bool


class SectionView(Frozen):
    """A section for display. ``width`` and ``height`` are points, for formats with pages."""

    number: int
    section_count: int
    page: int | None
    page_count: int | None
    path: tuple[str, ...]
    text: str
    blocks: tuple[Block, ...]
    width: float | None
    height: float | None


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """An original file.

    Attributes:
        stream: yields the bytes from an offset up to another (None: to the end), about a MiB at a time.
    """

    document: DocumentView
    stream: Callable[[int, int | None], AsyncIterator[bytes]]


class Allowance(Frozen):
    """How much a person has uploaded, and may upload.

    Attributes:
        allowed_bytes, allowed_documents: None for no limit.
        kinds: accepted kinds of files (see ``core.kinds``); empty for all that can be read.
    """

    used_bytes: int
    allowed_bytes: int | None
    used_documents: int
    allowed_documents: int | None
    max_file_bytes: int
    kinds: tuple[str, ...]


class GuideView(Frozen):
    """The guide to the present version of a document.

    Attributes:
        state: ``pending`` while it is being made, ``none`` for a document that could not be read or has no text.
        guide: None until it is ready.
    """

    state: Literal["ready", "pending", "none"]
    version: int
    guide: Guide | None = None
