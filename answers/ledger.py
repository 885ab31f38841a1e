"""Trace and cost of an answer for the person who asked; totals per person and model."""

from datetime import date, datetime
from uuid import UUID

from answers.reviews import Told, kind_of, told_of
from core.access import Principal
from core.values import Frozen
from db import answer_runs, review_items, usage_report
from db.models import AnswerRun
from db.session import Database
from db.usage_report import Spent
from rag.types import Stage, Timings, Usage


class AnswerRunView(Frozen):
    """An answer run as its owner may look into it.

    Attributes:
        query: the question as it was searched for.
        state: ``running | done | refused | stopped | error``.
        mode: ``extractive`` or ``llm``, and ``model`` which one; None where nothing was written.
        cached: ``exact`` or ``semantic`` when the answer was given before.
        trace: the stages, each with its time; empty for answers from before there was one.
        sources, cited: how many passages were found, and how many the answer cites.
        may_tell: whether the admins can be told of it; ``told`` when they were.
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
    dropped_citations: int
    unsupported_sentences: int
    error: str | None
    reference: str | None
    created_at: datetime
    finished_at: datetime | None
    may_tell: bool
    told: Told | None


class Sum(Frozen):
    """How many answers models wrote, the tokens they took, and US dollars."""

    answers: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


class DayOfModel(Sum):
    """One model on one day (UTC)."""

    day: date
    model: str


class PersonsSum(Sum):
    """One person over the days asked for."""

    username: str


class OwnUsage(Frozen):
    """One's own use of models: per day and model, newest first, and in all."""

    days: int
    total: Sum
    entries: tuple[DayOfModel, ...]


class EverybodysUsage(Frozen):
    """Everybody's use of models: per person, who spent most first."""

    days: int
    people: tuple[PersonsSum, ...]


class Ledger:
    """Reads what was written down of answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, principal: Principal, run_id: UUID) -> AnswerRunView:
        """One of the principal's answer runs.

        Raises:
            NotFound: not there, or someone else's.
        """
        async with self._database.reader() as session:
            run = await answer_runs.get_owned(session, principal, run_id)
            sources = await answer_runs.sources(session, principal, run_id)
            item = await review_items.of_run(session, principal, run_id)
        cited = sum(source.cited for source in sources)
        return _view(run, len(sources), cited, told_of(item) if item else None)

    async def own_usage(self, principal: Principal, days: int) -> OwnUsage:
        """What the principal spent."""
        async with self._database.reader() as session:
            found = await usage_report.own(session, principal, days)
        entries = tuple(DayOfModel(day=day, model=model, **_amounts(spent)) for day, model, spent in found)
        total = Sum(
            answers=sum(entry.answers for entry in entries),
            input_tokens=sum(entry.input_tokens for entry in entries),
            output_tokens=sum(entry.output_tokens for entry in entries),
            cost_usd=float(sum(spent.cost_usd for _, _, spent in found)),
        )
        return OwnUsage(days=days, total=total, entries=entries)

    async def everybodys_usage(self, principal: Principal, days: int, limit: int) -> EverybodysUsage:
        """What everybody spent.

        Raises:
            NotPermitted: for admins only.
        """
        async with self._database.reader() as session:
            found = await usage_report.everybody(session, principal, days, limit)
        people = tuple(PersonsSum(username=name, **_amounts(spent)) for name, spent in found)
        return EverybodysUsage(days=days, people=people)


def _amounts(spent: Spent) -> dict[str, float]:
    return {
        "answers": spent.answers,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost_usd": float(spent.cost_usd),
    }


def _view(run: AnswerRun, sources: int, cited: int, told: Told | None) -> AnswerRunView:
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
        cited=cited,
        dropped_citations=run.dropped_citations,
        unsupported_sentences=run.unsupported_sentences,
        error=run.error,
        reference=run.reference,
        created_at=run.created_at,
        finished_at=run.finished_at,
        may_tell=kind_of(run) is not None,
        told=told,
    )


def _is_estimated(run: AnswerRun) -> bool:
    charges = [charge for stage in run.trace for charge in stage["details"].get("charges", ())]
    return any(charge["is_estimated"] for charge in charges)
