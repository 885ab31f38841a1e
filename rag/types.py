"""Types of retrieval, from chunk to citation."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """Immutable value with JSON in and out."""

    model_config = ConfigDict(frozen=True)


class Chunk(Frozen):
    """The indexed unit. ``chunk_id = uuid5(document_id, content_hash, occurrence)``.

    Attributes:
        section: 1-based number of the section (PDF: the page) the text stands in.
        page: 1-based page number, or None where the format has no pages.
        path: headings above the text, outermost first.
        char_start, char_end: offsets into the section's text; ``text == section.text[char_start:char_end]``.
        version: of the document that the section belongs to.
        locator: where the text stands in a format without pages, as people say it: ``A2:D15``, ``page 3``.
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
        """The place and what it is in, as people say it: ``Sheet1, A2:D15``; None for formats with pages or without places."""
        if self.locator is None:
            return None
        return f"{self.path[-1]}, {self.locator}" if self.path else self.locator


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search found, without the chunk. Fields as in :class:`ScoredChunk`."""

    chunk_id: UUID
    score: float
    similarity: float | None


class ScoredChunk(Frozen):
    """A chunk found by a search.

    Attributes:
        score: fused score, comparable only within one search.
        similarity: cosine similarity of the dense vectors, when known.
    """

    chunk: Chunk
    score: float
    similarity: float | None = None


class Source(Frozen):
    """A numbered piece of evidence that an answer may cite as ``[number]``."""

    number: int
    chunk: Chunk
    similarity: float | None = None


class Span(Frozen):
    """A run of characters of a section's text."""

    start: int
    end: int


class Citation(Frozen):
    """A number shown in an answer, after it was checked against its chunk and found to support what it stands behind.

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


class SentenceSupport(Frozen):
    """A sentence of a checked answer and what supports it.

    Attributes:
        start, end: offsets into the checked answer.
        sources: empty when nothing supports it.
        is_added: the number was found by the check; the answer had named none that holds.
    """

    start: int
    end: int
    sources: tuple[SentenceSource, ...]
    is_added: bool = False


class Turn(Frozen):
    """One earlier exchange of a thread."""

    question: str
    answer: str


class NearestDocument(Frozen):
    """Named when there is no evidence."""

    document_id: UUID
    title: str
    page: int | None = None
    locator: str | None = None
    similarity: float | None = None


class Usage(Frozen):
    """What the models took for one answer.

    Attributes:
        cost_usd: by the prices of the settings, in US dollars.
        is_estimated: a server did not say how many tokens it took; they are counted from the text.
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


class Stage(Frozen):
    """One step of an answer, see ``rag/trace.py``.

    Attributes:
        at_ms: when it began, in milliseconds since the trace did.
        took_ms: how long it took, in milliseconds.
        details: JSON values that say what it did.
    """

    name: str
    at_ms: float = 0.0
    took_ms: float
    details: dict[str, Any] = Field(default_factory=dict)
