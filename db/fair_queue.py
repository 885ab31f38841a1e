"""Fair scheduling of jobs: a thousand files of one person do not keep another's single file waiting.

The person with the fewest running jobs comes first, then the one whose last job started longest ago; then that person's oldest job
that is due. Jobs without a person (deleted since) come last. The cost does not grow with the number of people waiting, nor of jobs.

``job_turns`` has a row for each person with queued jobs, in this order along an index. Whatever changes a job, the trigger of the table
notes in ``job_turn_changes`` whose turn changed; a claim first works out these turns anew. So those who bring or end jobs wait for nobody,
and a row that is behind is made right by the next claim. A row that is behind because a job of the person was just claimed is recognised
by the time of the person's last start, and passed over.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ScalarSelect,
    Select,
    Uuid,
    column,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db import jobs
from db.models import IngestionJob

FOLDING = 0x466F6F75  # with a number below 256 by the person: who has this lock works out the turns of these people
AT_ONCE = 100  # changes, in a claim: after a change of thousands of people's jobs the next claims share the work
MORE_AT_ONCE = 5000  # while nothing is found
ROUNDS = 50  # of one claim

# Written as in the partial index, so that PostgreSQL uses it.
IS_QUEUED: ColumnElement[bool] = literal_column("state = 'queued'", Boolean)

# Whose turns changed, and whether they are worked out here; a lock that another claim has is not waited for.
CHANGED = text("""
    SELECT user_id, pg_try_advisory_xact_lock(:folding, hashtext(user_id::text) & 255) AS is_ours
    FROM (SELECT DISTINCT user_id FROM (SELECT user_id FROM job_turn_changes LIMIT :most) AS first OFFSET 0) AS changed
""")

# The notes that this statement sees go; the changes that they are about it sees, too.
FOLD = text("""
    WITH person AS MATERIALIZED (
        SELECT id FROM users WHERE id = ANY(:people) FOR KEY SHARE SKIP LOCKED
    ),
    folded AS (
        DELETE FROM job_turn_changes WHERE user_id IN (SELECT id FROM person)
    ),
    busy AS (
        SELECT user_id, count(*) AS jobs FROM ingestion_jobs
        WHERE state = 'started' AND user_id IN (SELECT id FROM person) GROUP BY user_id
    ),
    turn AS MATERIALIZED (
        SELECT person.id AS user_id, coalesce(busy.jobs, 0) AS running,
            (SELECT max(started_at) FROM ingestion_jobs AS past WHERE past.user_id = person.id) AS served_at,
            coalesce(
                (SELECT to_timestamp(0) FROM ingestion_jobs AS due
                 WHERE due.state = 'queued' AND due.user_id = person.id AND due.not_before IS NULL ORDER BY created_at, id LIMIT 1),
                (SELECT min(not_before) FROM ingestion_jobs AS later WHERE later.state = 'queued' AND later.user_id = person.id)
            ) AS due_at
        FROM person LEFT JOIN busy ON busy.user_id = person.id
    ),
    over AS (
        DELETE FROM job_turns WHERE user_id IN (SELECT user_id FROM turn WHERE due_at IS NULL)
    )
    INSERT INTO job_turns (user_id, running, served_at, due_at)
    SELECT user_id, running, served_at, due_at FROM turn WHERE due_at IS NOT NULL
    ON CONFLICT (user_id) DO UPDATE SET running = excluded.running, served_at = excluded.served_at, due_at = excluded.due_at
""")

# Goes along the index until a person has a job that no other worker is taking.
NEXT = text("""
    SELECT job.id FROM (
        SELECT user_id FROM job_turns AS one
        WHERE due_at <= now() AND user_id <> ALL(:without) AND (:even_behind OR coalesce(
            (SELECT max(started_at) FROM ingestion_jobs AS past WHERE past.user_id = one.user_id), '-infinity'
        ) <= coalesce(served_at, '-infinity'))
        ORDER BY running, served_at NULLS FIRST, user_id
    ) AS turn
    CROSS JOIN LATERAL (
        SELECT id FROM ingestion_jobs AS queued
        WHERE queued.state = 'queued' AND queued.user_id = turn.user_id AND (not_before IS NULL OR not_before <= now())
        ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS job
    LIMIT 1
""").columns(column("id", Uuid))


async def claim_next(
    session: AsyncSession, lease_s: float, without: Collection[UUID | None] = ()
) -> IngestionJob | None:
    """Take the job that is next in turn, as ``jobs.claim`` does; None when there is none.

    Args:
        without: people to skip; None among them skips the jobs without a person.
    """
    people = [user_id for user_id in without if user_id is not None]
    for most in (AT_ONCE, *[MORE_AT_ONCE] * ROUNDS):
        ours, others = await fold(session, most)
        job = await jobs.claim(session, _next(people), lease_s)
        if job is not None:
            return job
        if not ours:
            break
    job = await jobs.claim(session, _next(people, even_behind=True), lease_s)
    if job is None and others:  # other claims work out turns at this moment: whoever waits longest, rather than nobody
        job = await jobs.claim(session, _oldest(people).scalar_subquery(), lease_s)
    if job is None and None not in without:
        job = await jobs.claim(session, first_of(None).scalar_subquery(), lease_s)
    return job


def some_due() -> ColumnElement[bool]:
    """True when a job waits that may be claimed."""
    return select(IngestionJob.id).where(IS_QUEUED, _is_due()).exists()


async def fold(session: AsyncSession, most: int = MORE_AT_ONCE) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """Work out the turns of people that changed, as far as no other transaction does.

    Args:
        most: changes that are looked at.

    Returns:
        people whose turns are right now, and people whose turns others work out.
    """
    rows = (await session.execute(CHANGED, {"folding": FOLDING, "most": most})).all()
    ours, others = [row.user_id for row in rows if row.is_ours], [row.user_id for row in rows if not row.is_ours]
    if ours:
        await session.execute(FOLD, {"people": ours})
    return ours, others


def _next(without: Sequence[UUID], *, even_behind: bool = False) -> ScalarSelect[UUID]:
    return NEXT.bindparams(without=without, even_behind=even_behind).scalar_subquery()


def first_of(user_id: UUID | None) -> Select[UUID]:
    """The id of a person's oldest job that is due; rows locked by another worker are skipped."""
    return (
        select(IngestionJob.id)
        .where(IS_QUEUED, IngestionJob.user_id == user_id, _is_due())
        .order_by(IngestionJob.created_at, IngestionJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _oldest(without: Sequence[UUID]) -> Select[UUID]:
    """The id of the oldest job that is due, of anybody but these people and nobody."""
    others = IngestionJob.user_id.not_in(without)
    return (
        select(IngestionJob.id)
        .where(IngestionJob.state == "queued", others, _is_due())
        .order_by(IngestionJob.created_at, IngestionJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _is_due() -> ColumnElement[bool]:
    return or_(IngestionJob.not_before.is_(None), IngestionJob.not_before <= func.now())
