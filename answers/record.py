"""The state of a running answer, and the transactions that store it."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import SearchScope
from db import answer_runs, chunks, documents, model_usage
from db.base import now
from db.models import AnswerSource
from db.session import Database
from rag.events import Citations, Done, Failed, PipelineEvent, Reasoning, Refused, Searching, Sources, Token
from rag.grounding.numbering import renumbered
from rag.models.usage_meter import Charge, UsageMeter
from rag.questions.kind import Kind
from rag.types import Chunk, Citation, Source, Stage


@dataclass(slots=True)
class Progress:
    """What the events so far add up to.

    Attributes:
        user_id: who asked.
        answer: the streamed text; after the check, the checked text.
        is_checked: True once ``answer`` has no unchecked marker.
        outcome: columns of the answer run, set by the check and the last event.
        usage_meter: tokens and cost of the models used.
        check: the result of the check, by the present numbers of the sources.
        order: the numbers under which the sources were stored, see :class:`rag.events.Citations`.
        index_version: the one that was searched.
        storing: the task that stores the sources.
    """

    user_id: UUID
    query: str | None = None
    kind: Kind = Kind.FACT
    sources: tuple[Source, ...] = ()
    answer: str = ""
    is_checked: bool = False
    citations: tuple[Citation, ...] = ()
    outcome: dict[str, Any] = field(default_factory=dict)
    usage_meter: UsageMeter = field(default_factory=UsageMeter)
    check: Citations | None = None
    order: tuple[int, ...] = ()
    index_version: int | None = None
    storing: asyncio.Task[None] | None = None

    def searched(self, index_version: int) -> None:
        """Note which index version was searched."""
        self.index_version = index_version

    def apply(self, event: PipelineEvent) -> None:
        """Add one event."""
        match event:
            case Searching(query=query, question_kind=kind):
                self.query, self.kind = query, kind
            case Sources(sources=sources):
                self.sources = sources
            case Token(text=text):
                self.answer += text
            case Reasoning(retracts=True):
                self.answer = ""
            case Citations():
                self.apply_check(event)
            case Done() | Refused() | Failed():
                self._end(event)

    def apply_check(self, check: Citations) -> None:
        """Replace the streamed text by the checked text."""
        self.sources, self.order = renumbered(self.sources, check.order), check.order
        self.check = check.model_copy(update={"order": ()})  # by the new numbers
        self.answer, self.citations, self.is_checked = check.answer, check.citations, True
        self.outcome |= {"dropped_citations": check.dropped, "unsupported_sentences": check.unsupported}

    def _end(self, event: Done | Refused | Failed) -> None:
        match event:
            case Done():
                self.outcome |= {
                    "state": "done",
                    "mode": event.mode,
                    "model": event.model,
                    "timings": event.timings.model_dump(),
                    "fallback_used": event.fallback_used,
                    "cached": event.cached,
                    "trace": _trace_json(event),
                }
            case Refused():
                self.answer, self.sources = event.message, event.passages
                nearest = [document.model_dump(mode="json", exclude={"excerpt"}) for document in event.nearest]
                self.outcome |= {
                    "state": "refused",
                    "nearest": nearest,
                    "timings": event.timings.model_dump(),
                    "trace": _trace_json(event),
                }
            case Failed():
                self.outcome |= {
                    "state": "error",
                    "error": event.message,
                    "reference": event.reference,
                    "trace": _trace_json(event),
                }


async def store_sources(database: Database, run_id: UUID, scope: SearchScope, progress: Progress) -> None:
    """Write the sources, so that a footnote opens while the answer still streams."""
    async with database.transaction() as session:
        await _add_sources(session, run_id, scope, progress)


async def _add_sources(session: AsyncSession, run_id: UUID, scope: SearchScope, progress: Progress) -> None:
    ids = frozenset(source.chunk.document_id for source in progress.sources)
    present = await documents.hold(session, SearchScope(scope.library_ids, ids))
    rows = [source_row(source, source.chunk.document_id in present) for source in progress.sources]
    await answer_runs.store_sources(session, run_id, progress.query, rows)


async def store_end(database: Database, run_id: UUID, scope: SearchScope, progress: Progress) -> None:
    """Write the end of a run: the checked answer, its citations, and its cost to the person.

    The passages named by a refusal are stored as sources that are not cited, so that they open like footnotes.
    """
    outcome = {"query": progress.query, **progress.outcome, **_cost(progress)}
    state: str = outcome.pop("state")
    async with database.transaction() as session:
        await _charge(session, progress)
        if await answer_runs.finish(session, run_id, state=state, answer=progress.answer, **outcome):
            if state == "refused" and progress.sources:
                await _add_sources(session, run_id, scope, progress)
            await answer_runs.renumber(session, run_id, progress.order)
            for citation in progress.citations:
                spans = [(span.start, span.end) for span in citation.spans]
                await answer_runs.mark_cited(session, run_id, citation.number, spans, citation.support)
    progress.usage_meter.charges.clear()  # so that a second attempt does not charge them again


def _cost(progress: Progress) -> dict[str, Any]:
    """Columns of the run: tokens and cost of all models together; the trace has them per model."""
    usage = progress.usage_meter.usage
    trace = progress.outcome.get("trace", [])
    if progress.usage_meter.charges:
        trace = [
            *trace,
            Stage(name="tokens", took_ms=0, details={"charges": progress.usage_meter.as_json()}).model_dump(),
        ]
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": _decimal(usage.cost_usd),
        "trace": trace,
    }


async def _charge(session: AsyncSession, progress: Progress) -> None:
    answered_by = progress.outcome.get("model") if progress.outcome["state"] == "done" else None
    await charge(session, progress.user_id, progress.usage_meter.charges, answered_by)


async def charge(
    session: AsyncSession, user_id: UUID, charges: Sequence[Charge], answered_by: str | None = None
) -> None:
    """Add charges to a person's usage of today, in the order of model names so that two answers cannot deadlock.

    Args:
        answered_by: the model that wrote an answer, which is counted.
    """
    by_name = sorted(charges, key=lambda one: one.model)
    for name, group in groupby(by_name, key=lambda one: one.model):
        of_model = list(group)
        await model_usage.add(
            session,
            user_id,
            now().date(),
            name,
            answers=int(name == answered_by),
            input_tokens=sum(one.input_tokens for one in of_model),
            output_tokens=sum(one.output_tokens for one in of_model),
            cost_usd=_decimal(sum(one.cost_usd for one in of_model)),
        )


def _decimal(cost_usd: float) -> Decimal:
    return Decimal(str(cost_usd)).quantize(Decimal("0.000001"))


async def current_chunks(
    database: Database, scope: SearchScope, index_version: int, chunk_ids: Collection[UUID]
) -> dict[UUID, Chunk]:
    """The retrieved chunks that exist and that the scope allows, as stored now: the index may lag behind."""
    async with database.autocommit() as session:
        rows = await chunks.visible(session, scope, index_version, chunk_ids)
    return {chunk_id: Chunk(**fields) for chunk_id, fields in rows.items()}


def source_row(source: Source, has_document: bool) -> AnswerSource:
    """The row of a source that is not cited yet; without its document when that was deleted."""
    return AnswerSource(**source_columns(source) | ({} if has_document else {"document_id": None}))


def source_columns(source: Source) -> dict[str, Any]:
    """The columns of a source's row, without the run's id."""
    chunk = source.chunk
    return {
        "number": source.number,
        "document_id": chunk.document_id,
        "document_title": chunk.title,
        "chunk_id": chunk.chunk_id,
        "section": chunk.section,
        "page": chunk.page,
        "version": chunk.version,
        "locator": chunk.where,
        "spans": [[chunk.char_start, chunk.char_end]],
        "cited": False,
        "support": None,
        "similarity": source.similarity,
    }


def _trace_json(event: Done | Refused | Failed) -> list[dict[str, Any]]:
    """The stages; a chart is one more, which :meth:`answers.ledger.Ledger.chart` draws."""
    chart = event.chart if isinstance(event, Done) else None
    charts = [Stage(name="chart", took_ms=0, details=chart.model_dump())] if chart else []
    return [stage.model_dump() for stage in (*event.trace, *charts)]
