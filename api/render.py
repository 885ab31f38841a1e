"""Answers as JSON: a pure fold over the events of :mod:`rag.events`, so that this door says what every other door says."""

from collections.abc import Iterable
from functools import reduce
from typing import Any
from uuid import UUID

from core.values import Frozen
from rag.events import AnswerEvent, AnswerMode, CacheHit, Citations, Done, Failed, Refused, Sources, Started, Token
from rag.types import Citation, NearestDocument, Source, Timings, Usage

UNSUPPORTED = "[unsupported]"
UNSUPPORTED_SHOWN = "*(not supported by the sources)*"


class CitationView(Frozen):
    """A number that stands in the answer and what is behind it. ``url`` opens the page with the passage highlighted."""

    number: int
    document_id: UUID
    title: str
    page: int | None
    locator: str | None
    quote: str
    support: float
    url: str


class SourceView(Frozen):
    """A passage that was found, cited or not."""

    number: int
    document_id: UUID
    chunk_id: UUID
    title: str
    page: int | None
    locator: str | None
    section: int
    path: tuple[str, ...]
    text: str
    similarity: float | None


class ChatAnswer(Frozen):
    """What a question came to. ``answer`` is Markdown with citations as ``[n]``."""

    answer: str = ""
    citations: tuple[CitationView, ...] = ()
    sources: tuple[SourceView, ...] = ()
    mode: AnswerMode | None = None
    model: str | None = None
    refused: bool = False
    nearest: tuple[NearestDocument, ...] = ()
    answer_run_id: UUID | None = None
    thread_id: UUID | None = None
    fallback_used: bool = False
    cached: CacheHit | None = None
    notice: str = ""
    supported: int = 0
    added: int = 0
    unsupported: int = 0
    usage: Usage = Usage()
    timings: Timings = Timings()


def cite_url(answer_run_id: UUID | None, number: int) -> str:
    """Where a citation is shown."""
    return f"/cite/{answer_run_id}/{number}"


def shown_citation(citation: Citation, answer_run_id: UUID | None) -> CitationView:
    """A checked citation as integrators see it."""
    chunk = citation.chunk
    return CitationView(
        number=citation.number,
        document_id=chunk.document_id,
        title=chunk.title,
        page=chunk.page,
        locator=chunk.where,
        quote=citation.quote,
        support=citation.support,
        url=cite_url(answer_run_id, citation.number),
    )


def shown_source(source: Source) -> SourceView:
    """A source as integrators see it."""
    chunk = source.chunk
    return SourceView(
        number=source.number,
        document_id=chunk.document_id,
        chunk_id=chunk.chunk_id,
        title=chunk.title,
        page=chunk.page,
        locator=chunk.where,
        section=chunk.section,
        path=chunk.path,
        text=chunk.text,
        similarity=source.similarity,
    )


def advance(answer: ChatAnswer, event: AnswerEvent) -> ChatAnswer:
    """The answer after one more event."""
    change: dict[str, Any]
    match event:
        case Started():
            change = {"answer_run_id": event.answer_run_id, "thread_id": event.thread_id}
        case Sources():
            change = {"sources": tuple(shown_source(source) for source in event.sources)}
        case Token():
            change = {"answer": answer.answer + event.text}
        case Citations():
            shown = tuple(shown_citation(citation, answer.answer_run_id) for citation in event.citations)
            text = event.answer.replace(UNSUPPORTED, UNSUPPORTED_SHOWN)
            counts = event.model_dump(include={"supported", "added", "unsupported"})
            change = {"answer": text, "citations": shown, **counts}
        case Done():
            change = event.model_dump(include={"mode", "model", "fallback_used", "cached", "notice"}) | {
                "usage": event.usage,
                "timings": event.timings,
            }
        case Refused():
            change = {"answer": event.message, "refused": True, "nearest": event.nearest, "timings": event.timings}
        case Failed():
            change = {"fallback_used": event.fallback_used}
        case _:
            change = {}
    return answer.model_copy(update=change)


def fold(events: Iterable[AnswerEvent]) -> ChatAnswer:
    """The answer after all these events."""
    return reduce(advance, events, ChatAnswer())
