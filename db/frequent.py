"""Frequently asked questions."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import AnswerRun, User

FEWEST = 2  # times asked to count as frequent


@dataclass(frozen=True, slots=True)
class FrequentQuestion:
    """A question that a person asked several times, about all their documents or about some.

    Attributes:
        document_ids: the documents it was narrowed to; None: all.
    """

    user_id: UUID
    question: str
    document_ids: frozenset[UUID] | None
    times: int


async def most_asked(session: AsyncSession, *, days: int, limit: int) -> list[FrequentQuestion]:
    """The stand-alone questions that were answered most often in the last days, per person and scope; the most frequent first.

    Case and spaces at the ends make no difference; the latest wording is returned. Stand-alone questions are the first of a
    conversation and all outside one. Disabled people are left out. For upkeep, never for a request.
    """
    earlier = aliased(AnswerRun)
    is_follow_up = (
        select(earlier.id)
        .where(earlier.thread_id == AnswerRun.thread_id, earlier.created_at < AnswerRun.created_at)
        .exists()
    )
    narrowed = AnswerRun.scope["document_ids"]
    count = func.count()
    statement = (
        select(
            AnswerRun.user_id,
            (func.array_agg(AnswerRun.question.op("ORDER BY")(AnswerRun.created_at.desc())))[1].label("question"),
            narrowed.label("document_ids"),
            count.label("times"),
        )
        .join(User, User.id == AnswerRun.user_id)
        .where(
            User.disabled_at.is_(None),
            AnswerRun.state == "done",
            AnswerRun.repeats_run_id.is_(None),
            AnswerRun.created_at > func.now() - timedelta(days=days),
            ~is_follow_up,
        )
        .group_by(AnswerRun.user_id, func.lower(func.btrim(AnswerRun.question)), narrowed)
        .having(count >= FEWEST)
        .order_by(count.desc(), func.max(AnswerRun.created_at).desc())
        .limit(limit)
    )
    return [
        FrequentQuestion(row.user_id, row.question, _ids(row.document_ids), row.times)
        for row in await session.execute(statement)
    ]


def _ids(narrowed: list[str] | None) -> frozenset[UUID] | None:
    return None if narrowed is None else frozenset(map(UUID, narrowed))
