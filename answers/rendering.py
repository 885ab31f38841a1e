"""Answers as JSON: a pure fold over the events of :mod:`rag.events`, so that every door gives the same answer."""

from collections.abc import Iterable
from functools import reduce
from typing import Any
from uuid import UUID

from answers.remarks import in_words
from core.values import Frozen
from rag.events import (
    AnswerEvent,
    AnswerMode,
    CacheHit,
    Citations,
    Done,
    Failed,
    Reasoning,
    Refused,
    Searching,
    Sources,
    Started,
    Stopped,
    Token,
    Waiting,
)
from rag.questions.kind import Kind
from rag.types import Chart, Citation, Finish, NearestDocument, Source, Timings, Usage


class CitationView(Frozen):
    """A number in the answer and its source. ``url`` opens the page with the passage highlighted."""

    number: int
    document_id: UUID
    title: str
    page: int | None
    locator: str | None
    quote: str
    support: float
    url: str


class SourceView(Frozen):
    """A retrieved passage, cited or not."""

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
    """The answer to a question.

    Attributes:
        answer: Markdown with citations as ``[n]``.
        reasoning: what the model thought, unchecked.
        score: how well the sources support the answer, 0 to 1.
        kind: what kind of question it was taken for.
        query: the question in the form in which it was answered.
        stopped: somebody ended it; the answer is what was written so far.
    """

    answer: str = ""
    kind: Kind = Kind.FACT
    query: str = ""
    citations: tuple[CitationView, ...] = ()
    sources: tuple[SourceView, ...] = ()
    mode: AnswerMode | None = None
    model: str | None = None
    refused: bool = False
    stopped: bool = False
    nearest: tuple[NearestDocument, ...] = ()
    answer_run_id: UUID | None = None
    thread_id: UUID | None = None
    fallback_used: bool = False
    cached: CacheHit | None = None
    notice: str = ""
    finish: Finish = "stop"
    reasoning: str = ""
    supported: int = 0
    added: int = 0
    unsupported: int = 0
    unchecked: int = 0
    score: float | None = None
    usage: Usage = Usage()
    timings: Timings = Timings()
    chart: Chart | None = None


def cite_url(answer_run_id: UUID | None, number: int) -> str:
    """Address of a citation's page."""
    return f"/cite/{answer_run_id}/{number}"


def citation_view(citation: Citation, answer_run_id: UUID | None) -> CitationView:
    """A checked citation in the form of the API."""
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


def source_view(source: Source) -> SourceView:
    """A source in the form of the API."""
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
    """The answer after one more event; ``started`` begins it anew."""
    change: dict[str, Any]
    match event:
        case Started():
            return ChatAnswer(answer_run_id=event.answer_run_id, thread_id=event.thread_id)
        case Waiting():
            return answer
        case Searching():
            change = {"kind": event.question_kind, "query": event.query}
        case Sources():
            change = {"sources": tuple(source_view(source) for source in event.sources)}
        case Token() | Reasoning():
            change = _written(answer, event)
        case Citations():
            change = _checked(answer, event)
        case Done() | Refused() | Failed() | Stopped():
            change = _ended(event)
    return answer.model_copy(update=change)


def _written(answer: ChatAnswer, event: Token | Reasoning) -> dict[str, Any]:
    match event:
        case Token():
            return {"answer": answer.answer + event.text}
        case Reasoning(retracts=True):
            return {"reasoning": answer.reasoning + answer.answer + event.text, "answer": ""}
    return {"reasoning": answer.reasoning + event.text}


def _checked(answer: ChatAnswer, event: Citations) -> dict[str, Any]:
    citations = tuple(citation_view(citation, answer.answer_run_id) for citation in event.citations)
    counts = event.model_dump(include={"supported", "added", "unsupported", "unchecked", "score"})
    sources = tuple(
        answer.sources[old - 1].model_copy(update={"number": number})
        for number, old in enumerate(event.order or range(1, len(answer.sources) + 1), start=1)
    )
    return {"answer": in_words(event.answer), "citations": citations, "sources": sources, **counts}


def _ended(event: Done | Refused | Failed | Stopped) -> dict[str, Any]:
    match event:
        case Done():
            return event.model_dump(include={"mode", "model", "fallback_used", "cached", "notice", "finish"}) | {
                "usage": event.usage,
                "chart": event.chart,
                "timings": event.timings,
            }
        case Refused():
            return {"answer": event.message, "refused": True, "nearest": event.nearest, "timings": event.timings}
        case Failed():
            return {"fallback_used": event.fallback_used}
    return {"stopped": True}


def fold(events: Iterable[AnswerEvent]) -> ChatAnswer:
    """The answer after all events."""
    return reduce(advance, events, ChatAnswer())
