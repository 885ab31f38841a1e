"""Trace and cost of an answer, for the person who asked; totals per person and model."""

import asyncio
from datetime import date, datetime
from uuid import UUID

from answers import footnotes
from answers.reviews import ReviewReceipt, kind_of, receipt_of
from answers.stored import StoredAnswer, stored_answer
from answers.types import Footnote
from core.access import Principal, scope_of
from core.errors import NotFound
from core.values import Frozen
from db import answer_runs, review_items, usage_report
from db.models import AnswerRun
from db.session import Database
from db.usage_report import Spent
from rag.tables.chart import chart_svg
from rag.types import Chart, Stage, Timings, Usage


class AnswerRunView(Frozen):
    """An answer run as its owner sees it.

    Attributes:
        query: the question in the form used for the search.
        state: ``queued | running | done | refused | stopped | error``.
        mode, model: ``extractive`` or ``llm``, and the model's name; None where no answer was written.
        cached: ``exact`` or ``semantic`` when the answer came from the cache.
        trace: the stages with their times; empty for answers older than traces.
        sources, cited: how many passages were retrieved, and how many the answer cites.
        footnotes: its numbers, each with the name, place and sentences of its source.
        may_tell: True when it can be sent to the admins.
        told: its review item, once it was sent.
    """

    id: UUID
    thread_id: UUID | None
    question: str
    query: str | None
    state: str
    mode: str | None
    model: str | None
    cached: str | None
    fallback_used: bool
    usage: Usage
    timings: Timings
    trace: tuple[Stage, ...]
    sources: int
    cited: int
    footnotes: tuple[Footnote, ...]
    dropped_citations: int
    unsupported_sentences: int
    error: str | None
    reference: str | None
    created_at: datetime
    finished_at: datetime | None
    may_tell: bool
    told: ReviewReceipt | None


class Sum(Frozen):
    """Number of answers that models wrote, their tokens, and their cost in US dollars."""

    answers: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


class DayOfModel(Sum):
    """One model on one day (UTC)."""

    day: date
    model: str


class PersonsSum(Sum):
    """One person over the requested days."""

    username: str


class OwnUsage(Frozen):
    """The caller's own use of models: per day and model, newest first, and in total."""

    days: int
    total: Sum
    entries: tuple[DayOfModel, ...]


class EverybodysUsage(Frozen):
    """All people's use of models: per person, highest cost first."""

    days: int
    people: tuple[PersonsSum, ...]


class Ledger:
    """Reads stored answer runs and usage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, principal: Principal, run_id: UUID) -> AnswerRunView:
        """One of the principal's answer runs.

        Raises:
            NotFound: no such run, or someone else's.
        """
        async with self._database.reader() as session:
            run = await answer_runs.get_owned(session, principal, run_id)
            sources = await answer_runs.sources(session, principal, run_id)
            item = await review_items.of_run(session, principal, run_id)
            named = await footnotes.named(session, scope_of(principal), sources)
        return _view(run, len(sources), named, receipt_of(item) if item else None)

    async def answer(self, principal: Principal, run_id: UUID) -> StoredAnswer:
        """The text and citations of one of the principal's answer runs. Raises NotFound."""
        return await stored_answer(self._database, principal, run_id)

    async def chart(self, principal: Principal, run_id: UUID) -> str:
        """The chart of one of the principal's answer runs, as SVG.

        Raises:
            NotFound: no such run, someone else's, or one without a chart.
        """
        async with self._database.reader() as session:
            run = await answer_runs.get_owned(session, principal, run_id)
        details = next((stage["details"] for stage in run.trace if stage["name"] == "chart"), None)
        if details is None:
            raise NotFound("This answer has no chart.")
        chart = Chart(**details)
        return await asyncio.to_thread(chart_svg, chart.points, chart.title, chart.unit)

    async def own_usage(self, principal: Principal, days: int) -> OwnUsage:
        """The principal's usage."""
        async with self._database.reader() as session:
            rows = await usage_report.own(session, principal, days)
        entries = tuple(DayOfModel(day=day, model=model, **_amounts(spent)) for day, model, spent in rows)
        total = Sum(
            answers=sum(entry.answers for entry in entries),
            input_tokens=sum(entry.input_tokens for entry in entries),
            output_tokens=sum(entry.output_tokens for entry in entries),
            cost_usd=float(sum(spent.cost_usd for _, _, spent in rows)),
        )
        return OwnUsage(days=days, total=total, entries=entries)

    async def everybodys_usage(self, principal: Principal, days: int, limit: int) -> EverybodysUsage:
        """All people's usage.

        Raises:
            NotPermitted: not an admin.
        """
        async with self._database.reader() as session:
            rows = await usage_report.everybody(session, principal, days, limit)
        people = tuple(PersonsSum(username=name, **_amounts(spent)) for name, spent in rows)
        return EverybodysUsage(days=days, people=people)


def _amounts(spent: Spent) -> dict[str, float]:
    return {
        "answers": spent.answers,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost_usd": float(spent.cost_usd),
    }


def _view(run: AnswerRun, sources: int, named: tuple[Footnote, ...], receipt: ReviewReceipt | None) -> AnswerRunView:
    return AnswerRunView(
        id=run.id,
        thread_id=run.thread_id,
        question=run.question,
        query=run.query,
        state=run.state,
        mode=run.mode,
        model=run.model,
        cached=run.cached,
        fallback_used=run.fallback_used,
        usage=Usage(
            input_tokens=run.input_tokens,
            output_tokens=run.output_tokens,
            cost_usd=float(run.cost_usd),
            is_estimated=_is_estimated(run),
        ),
        timings=Timings(**run.timings),
        trace=tuple(Stage(**stage) for stage in run.trace),
        sources=sources,
        cited=len(named),
        footnotes=named,
        dropped_citations=run.dropped_citations,
        unsupported_sentences=run.unsupported_sentences,
        error=run.error,
        reference=run.reference,
        created_at=run.created_at,
        finished_at=run.finished_at,
        may_tell=kind_of(run) is not None,
        told=receipt,
    )


def _is_estimated(run: AnswerRun) -> bool:
    charges = [charge for stage in run.trace for charge in stage["details"].get("charges", ())]
    return any(charge["is_estimated"] for charge in charges)
