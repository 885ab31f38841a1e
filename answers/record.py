"""The state of a running answer, and the transactions that store it."""

import asyncio
from collections.abc import Collection
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
from rag.events import Citations, Done, Failed, PipelineEvent, Refused, Searching, Sources, Token
from rag.models.usage_meter import UsageMeter
from rag.types import Chunk, Citation, Source, Stage


@dataclass(slots=True)
class Progress:
    """The events so far, folded.

    Attributes:
        user_id: who asked.
        answer: what was streamed, replaced by the checked text when the check is done.
        is_checked: True once ``answer`` holds no unchecked marker.
        outcome: columns of the run that the last event decides; empty until then.
        usage_meter: what the models take for it.
        check: the whole of it.
        index_version: of the index, that was searched.
        storing: the sources, on their way into their rows.
    """

    user_id: UUID
    query: str | None = None
    sources: tuple[Source, ...] = ()
    answer: str = ""
    is_checked: bool = False
    citations: tuple[Citation, ...] = ()
    outcome: dict[str, Any] = field(default_factory=dict)
    usage_meter: UsageMeter = field(default_factory=UsageMeter)
    check: Citations | None = None
    index_version: int | None = None
    storing: asyncio.Task[None] | None = None

    def apply(self, event: PipelineEvent) -> None:
        """Take one event in."""
        match event:
            case Searching(query=query):
                self.query = query
            case Sources(sources=sources):
                self.sources = sources
            case Token(text=text):
                self.answer += text
            case Citations():
                self.take_check(event)
            case Done() | Refused() | Failed():
                self._end(event)

    def take_check(self, check: Citations) -> None:
        """Put the checked text in the place of what was streamed."""
        self.check, self.answer, self.citations, self.is_checked = check, check.answer, check.citations, True
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
                self.answer = event.message
                nearest = [document.model_dump(mode="json") for document in event.nearest]
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
    ids = frozenset(source.chunk.document_id for source in progress.sources)
    async with database.transaction() as session:
        held = await documents.hold(session, SearchScope(scope.library_ids, ids))
        rows = [source_row(source, source.chunk.document_id in held) for source in progress.sources]
        await answer_runs.store_sources(session, run_id, progress.query, rows)


async def store_end(database: Database, run_id: UUID, progress: Progress) -> None:
    """Write the end: the checked answer, what it cites, and what it cost whom."""
    outcome = {"query": progress.query, **progress.outcome, **_cost(progress)}
    state: str = outcome.pop("state")
    async with database.transaction() as session:
        await _charge(session, progress)
        if await answer_runs.finish(session, run_id, state=state, answer=progress.answer, **outcome):
            for citation in progress.citations:
                spans = [(span.start, span.end) for span in citation.spans]
                await answer_runs.mark_cited(session, run_id, citation.number, spans, citation.support)
    progress.usage_meter.charges.clear()  # so that no second attempt to store the end charges them again


def _cost(progress: Progress) -> dict[str, Any]:
    """Columns of the run: what all models together took, and in the trace which took what."""
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
    """Add the charges to what the person spent today; in the order of names, so that two answers cannot lock each other out."""
    answered_by = progress.outcome.get("model") if progress.outcome["state"] == "done" else None
    by_name = sorted(progress.usage_meter.charges, key=lambda charge: charge.model)
    for name, of_model in groupby(by_name, key=lambda charge: charge.model):
        taken = list(of_model)
        await model_usage.add(
            session,
            progress.user_id,
            now().date(),
            name,
            answers=int(name == answered_by),
            input_tokens=sum(charge.input_tokens for charge in taken),
            output_tokens=sum(charge.output_tokens for charge in taken),
            cost_usd=_decimal(sum(charge.cost_usd for charge in taken)),
        )


def _decimal(cost_usd: float) -> Decimal:
    return Decimal(str(cost_usd)).quantize(Decimal("0.000001"))


async def shown(
    database: Database, scope: SearchScope, index_version: int, chunk_ids: Collection[UUID]
) -> dict[UUID, Chunk]:
    """Those of the chunks found that the scope allows and that are still there, as they are now: the index may lag behind."""
    async with database.autocommit() as session:
        found = await chunks.shown(session, scope, index_version, chunk_ids)
    return {chunk_id: Chunk(**fields) for chunk_id, fields in found.items()}


def source_row(source: Source, is_there: bool) -> AnswerSource:
    """The row of a source that is not cited yet; without its document when that is gone."""
    return AnswerSource(**source_columns(source) | ({} if is_there else {"document_id": None}))


def source_columns(source: Source) -> dict[str, Any]:
    """What its row holds, less the run's id."""
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
    return [stage.model_dump() for stage in event.trace]
