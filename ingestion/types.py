"""Nouns of ingestion: what a parser gives back."""

from enum import StrEnum

from rag.types import Frozen


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


class Word(Frozen):
    """A run of characters and where it stands on its page.

    Attributes:
        start, end: offsets into the section's text.
        box: left, top, right, bottom as fractions (0–1) of the page as displayed, origin at the top left.
    """

    start: int
    end: int
    box: tuple[float, float, float, float]


class Block(Frozen):
    """A structural run of a section's text, for display: kind is ``heading``, ``paragraph``, ``list_item``, ``table`` or ``code``."""

    kind: str
    start: int
    end: int


class Section(Frozen):
    """A parsed part: a page of a PDF, or a run of text under its headings elsewhere.

    Attributes:
        number: 1-based, unique in the document.
        page: page number for formats with pages, else None.
        path: headings above, outermost first.
        width, height: page size in points as displayed, for formats with pages.
    """

    number: int
    text: str
    page: int | None = None
    path: tuple[str, ...] = ()
    width: float | None = None
    height: float | None = None
    words: tuple[Word, ...] = ()
    blocks: tuple[Block, ...] = ()
