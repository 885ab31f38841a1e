"""Fair scheduling of jobs: a thousand files of one person do not keep another's single file waiting.

The person with the fewest running jobs comes first, then the one whose last job started longest ago; then that person's oldest job
that is due. Jobs without a person (deleted since) come last. The cost grows with the number of people waiting, not of jobs.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, func, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db import jobs
from db.models import IngestionJob

# Written as in the partial index, so that PostgreSQL uses it.
IS_QUEUED: ColumnElement[bool] = literal_column("state = 'queued'", Boolean)

# Skips from one person to the next along the index, in which the jobs of a person are adjacent.
TURNS = text("""
    WITH RECURSIVE waiting (user_id) AS (
        (SELECT user_id FROM ingestion_jobs WHERE state = 'queued' ORDER BY user_id LIMIT 1)
        UNION ALL
        SELECT (
            SELECT next.user_id FROM ingestion_jobs AS next
            WHERE next.state = 'queued' AND next.user_id > waiting.user_id ORDER BY next.user_id LIMIT 1
        ) FROM waiting WHERE waiting.user_id IS NOT NULL
    ),
    running AS (
        SELECT user_id, count(*) AS jobs FROM ingestion_jobs WHERE state = 'started' GROUP BY user_id
    ),
    served AS (
        SELECT user_id, (SELECT max(started_at) FROM ingestion_jobs AS past WHERE past.user_id = waiting.user_id) AS at
        FROM waiting WHERE user_id IS NOT NULL
    )
    SELECT user_id FROM served LEFT JOIN running USING (user_id)
    ORDER BY coalesce(running.jobs, 0), served.at NULLS FIRST, user_id
""")


async def claim_next(
    session: AsyncSession, lease_s: float, without: Collection[UUID | None] = ()
) -> IngestionJob | None:
    """Take the job that is next in turn, as ``jobs.claim`` does; None when there is none.

    Args:
        without: people to skip; None among them skips the jobs without a person.
    """
    for user_id in [*(await session.scalars(TURNS)), None]:
        first = None if user_id in without else await session.scalar(first_of(user_id))
        job = await jobs.claim(session, first, lease_s) if first else None
        if job is not None:
            return job
    return None


def first_of(user_id: UUID | None) -> Select[UUID]:
    """The id of a person's oldest job that is due; rows locked by another worker are skipped."""
    is_due = or_(IngestionJob.not_before.is_(None), IngestionJob.not_before <= func.now())
    return (
        select(IngestionJob.id)
        .where(IS_QUEUED, IngestionJob.user_id == user_id, is_due)
        .order_by(IngestionJob.created_at, IngestionJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
