"""Types that the doors show of documents, versions and jobs."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from core.values import Frozen


class JobState(StrEnum):
    """``queued → started → finished | failed | stopped``."""

    QUEUED = "queued"
    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


class JobStage(StrEnum):
    """What a started job is doing."""

    WAITING = "waiting"
    PARSING = "parsing"
    CHUNKING = "chunking"
    EMBEDDING = "embedding"
    INDEXING = "indexing"
    DONE = "done"


class Word(NamedTuple):
    """A run of characters and where it stands on its page. A tuple, because a page has a thousand of them.

    Attributes:
        start, end: offsets into the section's text.
        box: left, top, right, bottom as fractions (0–1) of the page as displayed, origin at the top left.
    """

    start: int
    end: int
    box: tuple[float, float, float, float]


class Block(Frozen):
    """A structural run of a section's text: kind is ``heading``, ``paragraph``, ``list_item``, ``table`` or ``code``.

    Attributes:
        place: where it stands, when the format has no pages but an address: a range of cells (``A2:D2``), a page of an attachment.
        level: of a heading, 1 the highest; 0 when unknown and for other kinds.
    """

    kind: str
    start: int
    end: int
    place: str | None = None
    level: int = 0


class Section(Frozen):
    """A parsed part: a page of a PDF, or a run of text under its headings elsewhere.

    Attributes:
        number: 1-based, unique in the document.
        page: page number for formats with pages, else None.
        path: headings above, outermost first.
        width, height: page size in points as displayed, for formats with pages.
        warning: why this part could not be read, in a sentence, when it could not; the others are searched all the same.
        hidden: what a reader of the file does not see, in a sentence; it is not part of ``text``.
    """

    number: int
    text: str
    page: int | None = None
    path: tuple[str, ...] = ()
    width: float | None = None
    height: float | None = None
    words: tuple[Word, ...] = ()
    blocks: tuple[Block, ...] = ()
    warning: str | None = None
    hidden: str | None = None


class Box(Frozen):
    """A rectangle on a page as displayed: left, top, right and bottom as fractions (0–1), origin at the top left."""

    l: float  # noqa: E741  the viewer's names
    t: float
    r: float
    b: float


class JobStatus(Frozen):
    """How the reading of a document goes.

    Attributes:
        percent: 0–100 over all stages.
        pages_total: None until known, and for formats without pages.
        eta_s: seconds until it is through, as far as can be told; None when it cannot.
        notice: what it waits for, when it waits (``The search server does not answer; trying again in 8 s.``).
        error: a sentence for the person, when it failed.
        reference: id of the details in the log, when it failed.
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
        """True when nothing more will happen."""
        return self.state in (JobState.FINISHED, JobState.FAILED, JobState.STOPPED)


class DocumentWarning(Frozen):
    """What should be known of a part of a document. ``page`` is None for formats without pages.

    Attributes:
        kind: ``unread`` for a part that could not be read, ``hidden`` for text that a reader of the file does not see.
    """

    page: int | None = None
    message: str
    kind: str = "unread"


class DocumentView(Frozen):
    """A document as its readers see it; ``state`` is ``pending | ready | failed``.

    Attributes:
        version: 1 and one more for each time its file was replaced.
        warnings: parts that could not be read, and hidden text that was found; the rest is searchable.
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
    """A file that a document is or was, or is about to be once it is read. ``is_present``: answers come from this one."""

    version: int
    is_present: bool
    mime_type: str
    size_bytes: int
    page_count: int | None
    created_at: datetime


class AskedQuestion(Frozen):
    """A question of the asker's own. ``thread_id`` is None when it was asked outside a conversation."""

    text: str
    thread_id: UUID | None
    asked_at: datetime


class DocumentEntry(DocumentView):
    """A document as a row of the library page.

    Attributes:
        job: the newest one; None for documents that never had one.
        owner: name of who brought it; None when that person is gone.
        library: name of its library.
        last_question: the asker's own newest question whose answer cites it.
        can_write: whether the asker may change or delete it.
    """

    job: JobStatus | None
    owner: str | None
    library: str
    last_question: AskedQuestion | None
    can_write: bool


class DocumentCounts(Frozen):
    """How many documents there are in all and in each state.

    Attributes:
        pending: read at present or waiting for it, also those that can be asked already.
        partial: ready, but for parts that could not be read or hold hidden text.
    """

    total: int
    pending: int
    ready: int
    failed: int
    partial: int


class DocumentPage(Frozen):
    """A page of the list of documents.

    Attributes:
        next_cursor: leads to the next page; None on the last.
        counts: of all that is searched for, on the first page only.
    """

    documents: tuple[DocumentEntry, ...]
    next_cursor: str | None
    counts: DocumentCounts | None = None


class LibraryView(Frozen):
    """A library as its members see it; ``role`` is ``viewer | editor | owner``, the asker's own."""

    library_id: UUID
    name: str
    role: str
    is_personal: bool


class Submission(Frozen):
    """A file that was brought. ``is_known``: the library had these bytes already."""

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
        stream: the bytes from an offset up to another (None: to the end), a MiB or so at a time.
    """

    document: DocumentView
    stream: Callable[[int, int | None], AsyncIterator[bytes]]


class Allowance(Frozen):
    """How much a person has brought, and may.

    Attributes:
        allowed_bytes, allowed_documents: None for no limit.
        kinds: of files that are accepted (see ``core.kinds``); empty for all that can be read.
    """

    used_bytes: int
    allowed_bytes: int | None
    used_documents: int
    allowed_documents: int | None
    max_file_bytes: int
    kinds: tuple[str, ...]
