"""Reads the sums for the dashboard: an admin sees numbers, and of documents and questions what :mod:`core.access` lets them see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from db.models import ActivitySum, AnswerRun, Document, DocumentSum, Library, ModelSum, QuestionRank, SumMark

Grain = Literal["hour", "day"]
QuestionKind = Literal["asked", "unanswered"]


@dataclass(frozen=True, slots=True)
class WorstDocument:
    """A document that bad answers cite: thumbs down, with a sentence that no source supports, or that one contradicts."""

    document_id: UUID
    library_id: UUID
    title: str
    mime_type: str
    library: str
    cited: int
    thumbs_down: int
    unsupported: int
    contradicted: int


@dataclass(frozen=True, slots=True)
class RankedQuestion:
    """A question with how often, by how many people and when last it was asked."""

    text: str
    asked: int
    people: int
    refused: int
    last_asked_at: datetime


@dataclass(frozen=True, slots=True)
class Present:
    """Files and background questions that wait or are being worked on now, and since when the oldest waits.

    Attributes:
        jobs: state → number of ingestion jobs, of ``queued`` and ``started``.
        questions: state → number of answer runs, of ``queued`` and ``running``; ``running`` also counts answers that a page waits for.
    """

    jobs: dict[str, int]
    questions: dict[str, int]
    oldest_job_at: datetime | None
    oldest_question_at: datetime | None


async def activity(session: AsyncSession, principal: Principal, grain: Grain, since: datetime) -> Sequence[ActivitySum]:
    """The sums from a moment on, the oldest first. Raises NotPermitted."""
    require_admin(principal)
    statement = select(ActivitySum).where(ActivitySum.grain == grain, ActivitySum.starts_at >= since)
    return (await session.scalars(statement.order_by(ActivitySum.starts_at))).all()


async def models(session: AsyncSession, principal: Principal, since: date) -> Sequence[ModelSum]:
    """What was spent on each model on each day from ``since`` on, the oldest first. Raises NotPermitted."""
    require_admin(principal)
    statement = select(ModelSum).where(ModelSum.day >= since).order_by(ModelSum.day, ModelSum.model)
    return (await session.scalars(statement)).all()


async def worst_documents(session: AsyncSession, principal: Principal, since: date, limit: int) -> list[WorstDocument]:
    """The documents that most bad answers since a day cite, the worst first. Raises NotPermitted."""
    require_admin(principal)
    names = ("thumbs_down", "unsupported", "contradicted")
    sums = {name: func.sum(getattr(DocumentSum, name)) for name in names}
    bad = sums["thumbs_down"] + sums["unsupported"] + sums["contradicted"]
    worst = (
        select(DocumentSum.document_id, *(column.label(name) for name, column in sums.items()), bad.label("bad"))
        .where(DocumentSum.day >= since, text("thumbs_down + unsupported + contradicted > 0"))  # as in the index
        .group_by(DocumentSum.document_id)
        .order_by(bad.desc(), DocumentSum.document_id)
        .limit(limit)
        .subquery()
    )
    cited = (
        select(func.sum(DocumentSum.cited))
        .where(DocumentSum.document_id == worst.c.document_id, DocumentSum.day >= since)
        .scalar_subquery()
    )
    statement = (
        select(worst, Document.library_id, Document.title, Document.mime_type, Library.name, cited.label("cited"))
        .join(Document, Document.id == worst.c.document_id)
        .join(Library, Library.id == Document.library_id)
        .order_by(worst.c.bad.desc(), worst.c.document_id)
    )
    return [
        WorstDocument(
            row.document_id, row.library_id, row.title, row.mime_type, row.name, int(row.cited), *map(int, row[1:4])
        )
        for row in await session.execute(statement)
    ]


async def questions(
    session: AsyncSession, principal: Principal, *, days: int, kind: QuestionKind, limit: int, fewest_people: int
) -> list[RankedQuestion]:
    """The list of a range, the most asked first, without questions that fewer people asked. Raises NotPermitted."""
    require_admin(principal)
    statement = (
        select(QuestionRank, func.coalesce(func.nullif(AnswerRun.query, ""), AnswerRun.question))
        .join(AnswerRun, AnswerRun.id == QuestionRank.answer_run_id)
        .where(QuestionRank.days == days, QuestionRank.kind == kind, QuestionRank.people >= fewest_people)
        .order_by(QuestionRank.asked.desc(), QuestionRank.last_asked_at.desc())
        .limit(limit)
    )
    return [
        RankedQuestion(shown, rank.asked, rank.people, rank.refused, rank.last_asked_at)
        for rank, shown in await session.execute(statement)
    ]


_PRESENT = text("""
    SELECT 'jobs' AS what, state, count(*) AS number, min(created_at) FILTER (WHERE state = 'queued') AS oldest
    FROM ingestion_jobs WHERE state IN ('queued', 'started') GROUP BY state
    UNION ALL
    SELECT 'questions', state, count(*), min(created_at) FILTER (WHERE state = 'queued')
    FROM answer_runs WHERE state IN ('queued', 'running') GROUP BY state
""")


async def present(session: AsyncSession, principal: Principal) -> Present:
    """What waits and runs now. Raises NotPermitted."""
    require_admin(principal)
    jobs, runs = {"queued": 0, "started": 0}, {"queued": 0, "running": 0}
    oldest: dict[str, datetime | None] = {}
    for row in await session.execute(_PRESENT):
        (jobs if row.what == "jobs" else runs)[row.state] = row.number
        oldest[row.what] = row.oldest or oldest.get(row.what)
    return Present(jobs, runs, oldest.get("jobs"), oldest.get("questions"))


async def summed_until(session: AsyncSession, principal: Principal) -> dict[str, datetime]:
    """Up to when the sums of each kind (``hours``, ``questions``) are complete; without those never made. Raises NotPermitted."""
    require_admin(principal)
    return {row.name: row.at for row in await session.scalars(select(SumMark))}
