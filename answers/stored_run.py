"""The events of a run that has ended, rebuilt from its rows: what a reader gets when Redis has forgotten the journal.

Pieces of text and what the model thought are not stored: the checked text takes their place.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from answers import record
from answers.journal import ATTEMPT, Entry
from core.access import Principal, SearchScope, scope_of
from core.errors import NotFound
from db import answer_runs, sections
from db.models import AnswerRun, AnswerSource
from db.session import Database
from rag.events import AnswerEvent, Citations, Done, Failed, Refused, Searching, Sources, Started, Stopped
from rag.types import Chart, Chunk, Citation, NearestDocument, Source, Span, Stage, Timings, Usage

NOWHERE = UUID(int=0)  # the document of a source whose document was deleted


async def stored_entries(
    database: Database, principal: Principal, run_id: UUID, index_version: int, after: int = 0
) -> list[Entry]:
    """The entries of one of the principal's runs that has ended behind this number, from its rows.

    Raises:
        NotFound: no such run, or someone else's.
    """
    async with database.reader() as session:
        run = await answer_runs.get_owned(session, principal, run_id)
        rows = await answer_runs.sources(session, principal, run_id)
    scope = scope_of(principal)
    chunks = await record.current_chunks(database, scope, index_version, [row.chunk_id for row in rows])
    async with database.reader() as session:
        sources = [await _source(session, scope, row, chunks.get(row.chunk_id)) for row in rows]
    beginning: list[AnswerEvent] = [Started(answer_run_id=run.id, thread_id=run.thread_id)]
    if run.query is not None:
        beginning.append(Searching(query=run.query))
    ending = _ending(run, rows, sources)
    first = ATTEMPT * max(0, run.attempts - 1)
    last = run.last_event or after + len(ending)  # 0: nobody knows how many there were
    entries = _numbered(beginning, ending, first, max(last, first + len(beginning) + len(ending)))
    return [entry for entry in entries if entry.number > after]


def _numbered(beginning: Sequence[AnswerEvent], ending: Sequence[AnswerEvent], first: int, last: int) -> list[Entry]:
    """The first events have the first numbers, the last ones the last: between them are those that are not stored."""
    numbers = [
        *range(first + 1, first + len(beginning) + 1),
        *range(last - len(ending) + 1, last + 1),
    ]
    return [Entry.of(number, event) for number, event in zip(numbers, [*beginning, *ending], strict=True)]


def _ending(run: AnswerRun, rows: Sequence[AnswerSource], sources: Sequence[Source]) -> list[AnswerEvent]:
    events: list[AnswerEvent] = []
    if run.state != "refused" and sources:
        events.append(Sources(sources=tuple(sources)))
    if run.state != "refused" and run.answer:
        cited = [_citation(row, source) for row, source in zip(rows, sources, strict=True) if row.cited]
        counts = {"dropped": run.dropped_citations, "unsupported": run.unsupported_sentences}
        events.append(Citations(answer=run.answer, citations=tuple(cited), **counts))
    return [*events, _last(run)]


def _last(run: AnswerRun) -> AnswerEvent:
    timings = Timings(**run.timings)
    match run.state:
        case "done":
            return _done(run, timings)
        case "refused":
            nearest = tuple(NearestDocument(**near) for near in run.nearest)
            return Refused(message=run.answer, nearest=nearest, timings=timings, trace=_stages(run))
        case "error":
            return Failed(
                message=run.error or "",
                reference=run.reference or "",
                fallback_used=run.fallback_used,
                trace=_stages(run),
            )
    return Stopped()


def _done(run: AnswerRun, timings: Timings) -> Done:
    chart = _details(run, "chart")
    return Done(
        mode=run.mode or "extractive",
        model=run.model,
        usage=Usage(input_tokens=run.input_tokens, output_tokens=run.output_tokens, cost_usd=float(run.cost_usd)),
        timings=timings,
        fallback_used=run.fallback_used,
        cached=run.cached,
        finish="length" if (_details(run, "answer") or {}).get("runs") else "stop",
        chart=Chart(**chart) if chart else None,
        trace=_stages(run),
    )


def _details(run: AnswerRun, name: str) -> dict[str, Any] | None:
    return next((stage["details"] for stage in run.trace if stage["name"] == name), None)


def _stages(run: AnswerRun) -> tuple[Stage, ...]:
    return tuple(Stage(**stage) for stage in run.trace if stage["name"] not in ("chart", "tokens"))


async def _source(session: AsyncSession, scope: SearchScope, row: AnswerSource, chunk: Chunk | None) -> Source:
    """A source as it was, as far as the principal may see it now; its chunk may have been cut anew since."""
    if chunk is None or chunk.version != row.version:
        chunk = await _passage(session, scope, row)
    return Source(number=row.number, chunk=chunk, similarity=row.similarity)


async def _passage(session: AsyncSession, scope: SearchScope, row: AnswerSource) -> Chunk:
    text, library_id = "", NOWHERE
    if row.document_id is not None:
        try:
            section = await sections.get(session, scope, row.document_id, row.section, row.version)
        except NotFound:
            pass
        else:
            text = " … ".join(section.text[start:end] for start, end in row.spans)
    return Chunk(
        chunk_id=row.chunk_id,
        document_id=row.document_id or NOWHERE,
        library_id=library_id,
        title=row.document_title,
        index=0,
        text=text,
        section=row.section,
        page=row.page,
        char_start=row.spans[0][0] if row.spans else 0,
        char_end=row.spans[-1][1] if row.spans else 0,
        content_hash="",
        version=row.version,
        locator=row.locator,
    )


def _citation(row: AnswerSource, source: Source) -> Citation:
    spans = tuple(Span(start=start, end=end) for start, end in row.spans)
    return Citation(
        number=row.number, chunk=source.chunk, spans=spans, quote=_quote(row, source), support=row.support or 0.0
    )


def _quote(row: AnswerSource, source: Source) -> str:
    """The cited sentences: parts of the chunk, by their places in the section."""
    chunk = source.chunk
    if not chunk.content_hash:
        return chunk.text
    return " … ".join(chunk.text[max(0, start - chunk.char_start) : end - chunk.char_start] for start, end in row.spans)
