"""Types of retrieval, from chunk to citation."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from core.values import Frozen

# How an answer ended: by itself, at the length limit, or because the provider's content filter stopped it.
Finish = Literal["stop", "length", "content_filter"]


class Chunk(Frozen):
    """The indexed unit. ``chunk_id = uuid5(document_id, content_hash, occurrence)``.

    Attributes:
        section: 1-based number of the section (PDF: the page) that holds the text.
        page: 1-based page number, or None where the format has no pages.
        path: headings above the text, outermost first.
        char_start, char_end: offsets into the section's text; ``text == section.text[char_start:char_end]``.
        version: of the document that the section belongs to.
        locator: for people: in a format without pages where the text is (``A2:D15``, ``page 3``); of a page how the file names
            it where that is not its number, with its count: ``iv (6/12)``.
    """

    chunk_id: UUID
    document_id: UUID
    library_id: UUID
    title: str
    index: int
    text: str
    section: int
    page: int | None = None
    path: tuple[str, ...] = ()
    char_start: int
    char_end: int
    content_hash: str
    version: int = 1
    locator: str | None = None

    @property
    def where(self) -> str | None:
        """The locator with its innermost heading, for people: ``Sheet1, A2:D15``; of a page only the locator; None without one."""
        if self.locator is None or self.page:
            return self.locator
        return f"{self.path[-1]}, {self.locator}" if self.path else self.locator


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result without its chunk. Fields as in :class:`ScoredChunk`."""

    chunk_id: UUID
    score: float
    similarity: float | None


class ScoredChunk(Frozen):
    """A chunk found by a search.

    Attributes:
        score: fused score, comparable only within one search.
        similarity: of question and chunk, when known: a search gives the cosine, the retriever puts it on the common scale.
    """

    chunk: Chunk
    score: float
    similarity: float | None = None


class Source(Frozen):
    """A numbered piece of evidence that an answer may cite as ``[number]``.

    Attributes:
        dated: the date of its document for people, see :mod:`rag.document_dates`; known while an answer is written only.
    """

    number: int
    chunk: Chunk
    similarity: float | None = None
    dated: str = Field(default="", exclude=True)


class Span(Frozen):
    """A run of characters of a section's text."""

    start: int
    end: int


class Citation(Frozen):
    """A number in a checked answer whose chunk supports the sentence before it.

    Attributes:
        spans: the supporting runs in the section's text (sentences, else the whole chunk), in reading order.
        quote: their text, joined by " … ".
        support: strength of the check, 0 to 1.
    """

    number: int
    chunk: Chunk
    spans: tuple[Span, ...]
    quote: str
    support: float


class SentenceSource(Frozen):
    """A source that supports a sentence of an answer; ``spans`` and ``support`` as in :class:`Citation`."""

    number: int
    spans: tuple[Span, ...]
    support: float


class Verdict(StrEnum):
    """The result of the check of one sentence.

    ``PARTLY``: a source says some of it. ``CONTRADICTED``: a source says otherwise. ``UNCHECKED``: it cannot be checked, for a reason
    that is told with it. ``UNSUPPORTED``: no source says it.
    """

    SUPPORTED = "supported"
    PARTLY = "partly"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"
    UNCHECKED = "unchecked"


class SentenceSupport(Frozen):
    """A sentence of a checked answer and what supports it.

    Attributes:
        start, end: offsets into the checked answer.
        sources: empty when no source supports it.
        is_added: the check added the number; the answer had cited none that holds.
        score: how well the sources support it, 0 to 1.
        reason: why it cannot be checked, a sentence for the reader; mostly empty.
    """

    start: int
    end: int
    sources: tuple[SentenceSource, ...]
    is_added: bool = False
    verdict: Verdict = Verdict.SUPPORTED
    score: float = 0.0
    reason: str = ""


class Turn(Frozen):
    """One earlier exchange of a thread, as the model sees it."""

    question: str
    answer: str


class Beginning(Frozen):
    """An answer that was cut off and is to be continued, with the sources that it was written from.

    Attributes:
        query: the question in the form used for the search.
        answer: canonical text, without remarks of the check.
    """

    query: str
    answer: str
    sources: tuple[Source, ...]


class NearestDocument(Frozen):
    """A document close to a question for which there is no evidence, with its closest passage.

    Attributes:
        number: of the passage, from 1; it opens like a citation. 0: it cannot be opened.
        excerpt: the sentence of the passage that shares most words with the question.
    """

    document_id: UUID
    title: str
    page: int | None = None
    locator: str | None = None
    similarity: float | None = None
    number: int = 0
    excerpt: str = ""


class Usage(Frozen):
    """The tokens and the cost of one answer.

    Attributes:
        cost_usd: in US dollars, by the prices in the settings.
        is_estimated: a server did not report its tokens; they are estimated from the text.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    is_estimated: bool = False


class Timings(Frozen):
    """Milliseconds from the question to each milestone; None when it was not reached."""

    sources_ms: float | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None


class Chart(Frozen):
    """A series of numbers to draw.

    Attributes:
        points: labels with numbers, in their order.
    """

    title: str
    unit: str = ""
    points: tuple[tuple[str, float], ...]


class Stage(Frozen):
    """One step of an answer, see ``rag/trace.py``.

    Attributes:
        at_ms: when it began, in milliseconds since the trace began.
        took_ms: how long it took, in milliseconds.
        details: JSON values about what it did.
    """

    name: str
    at_ms: float = 0.0
    took_ms: float
    details: dict[str, Any] = Field(default_factory=dict)
