"""Numbers of the whole installation for its operator: what waits and since when, which schema it has. Nobody's names, texts or ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db import jobs
from db.base import now
from db.models import AnswerRun, IngestionJob, ModelUsage, User

ENDED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a queue: how much, and for how many seconds the oldest could have been begun."""

    depth: int
    oldest_s: float


async def files(session: AsyncSession) -> tuple[Waiting, dict[str, int]]:
    """The files that wait to be read, and the number of jobs by state: open ones, and those that ended within the hour.

    A job that waits for a server to come back counts, and is as old as its time is past.
    """
    due = func.min(
        func.greatest(IngestionJob.created_at, func.coalesce(IngestionJob.not_before, IngestionJob.created_at))
    )
    of_open = select(IngestionJob.state, func.count(), due).where(jobs.IS_OPEN).group_by(IngestionJob.state)
    counts, waiting = dict.fromkeys(("queued", "started", "finished", "failed", "stopped"), 0), Waiting(0, 0.0)
    for state, number, since in await session.execute(of_open):
        counts[state] = number
        if state == "queued":
            waiting = Waiting(number, _age_s(since))
    ended = select(IngestionJob.state, func.count()).where(IngestionJob.finished_at > now() - ENDED_WITHIN)
    for state, number in await session.execute(ended.group_by(IngestionJob.state)):
        counts[state] = counts.get(state, 0) + number
    return waiting, counts


async def questions(session: AsyncSession) -> Waiting:
    """The questions that wait for a worker."""
    statement = select(func.count(), func.min(AnswerRun.created_at)).where(text("state = 'queued'"))
    number, since = (await session.execute(statement)).one()
    return Waiting(number, _age_s(since))


async def revision(session: AsyncSession) -> str:
    """The revision of the schema."""
    return str(await session.scalar(text("SELECT version_num FROM alembic_version")))


async def most_tokens(session: AsyncSession, day: date) -> Mapping[str, int]:
    """Tier → the tokens of whoever in it took most of them on a day."""
    spent = (
        select(ModelUsage.user_id, func.sum(ModelUsage.input_tokens + ModelUsage.output_tokens).label("tokens"))
        .where(ModelUsage.day == day)
        .group_by(ModelUsage.user_id)
        .subquery()
    )
    statement = select(User.tier, func.max(spent.c.tokens)).join(spent, spent.c.user_id == User.id).group_by(User.tier)
    return {tier: int(tokens) for tier, tokens in await session.execute(statement)}


def _age_s(since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now() - since).total_seconds())
