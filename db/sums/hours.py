"""Sums of hours and days. An hour is always summed as a whole and replaces what was there, so that doing it twice changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import now
from db.models import ActivitySum
from db.sums.histogram import BUCKET_SQL, added, histogram

HOURS_KEPT = timedelta(days=40)  # days are kept for good
OPEN_FOR = timedelta(days=2)  # an hour that was summed later than this after it began is final

COUNTS = (
    *(
        "questions",
        "done",
        "refused",
        "stopped",
        "errors",
        "fallbacks",
        "cached_exact",
        "cached_semantic",
        "unsupported",
    ),
    *("searches", "searches_cached", "embeddings", "embeddings_cached", "thumbs_up", "thumbs_down"),
    *("jobs_finished", "jobs_failed", "jobs_stopped"),
)

_COLUMNS = tuple(column.name for column in ActivitySum.__table__.columns)
_CHANGED = text("""
    SELECT DISTINCT hour FROM (
        SELECT date_trunc('hour', created_at, 'UTC') AS hour FROM answer_runs WHERE finished_at >= :since AND created_at >= :first
        UNION SELECT date_trunc('hour', created_at, 'UTC') FROM feedbacks WHERE updated_at >= :since AND created_at >= :first
        UNION SELECT date_trunc('hour', finished_at, 'UTC') FROM ingestion_jobs WHERE finished_at >= greatest(:since, :first)
    ) AS changed
    WHERE NOT EXISTS (
        SELECT FROM activity_sums AS done
        WHERE done.grain = 'hour' AND done.starts_at = hour AND done.summed_at > hour + :open_for
    )
    ORDER BY hour
""")

_RUNS = text("""
    SELECT date_trunc('hour', created_at, 'UTC') AS hour,
        count(DISTINCT user_id) AS people,
        count(*) AS questions,
        count(*) FILTER (WHERE state = 'done') AS done,
        count(*) FILTER (WHERE state = 'refused') AS refused,
        count(*) FILTER (WHERE state = 'stopped') AS stopped,
        count(*) FILTER (WHERE state = 'error') AS errors,
        count(*) FILTER (WHERE fallback_used) AS fallbacks,
        count(*) FILTER (WHERE cached = 'exact') AS cached_exact,
        count(*) FILTER (WHERE cached = 'semantic') AS cached_semantic,
        count(*) FILTER (WHERE unsupported_sentences > 0) AS unsupported
    FROM answer_runs WHERE created_at >= :start AND created_at < :end AND finished_at IS NOT NULL
        AND repeats_run_id IS NULL
    GROUP BY 1
""")
_CACHES = text("""
    SELECT date_trunc('hour', created_at, 'UTC') AS hour,
        coalesce(sum((details->>'of')::integer) FILTER (WHERE name = 'search_cache'), 0) AS searches,
        coalesce(sum((details->>'known')::integer) FILTER (WHERE name = 'search_cache'), 0) AS searches_cached,
        coalesce(sum((details->>'texts')::integer) FILTER (WHERE name = 'embed' AND details ? 'cached'), 0) AS embeddings,
        coalesce(sum((details->>'cached')::integer) FILTER (WHERE name = 'embed'), 0) AS embeddings_cached
    FROM answer_runs, jsonb_to_recordset(trace) AS stage (name text, details jsonb)
    WHERE created_at >= :start AND created_at < :end AND finished_at IS NOT NULL AND name IN ('search_cache', 'embed')
        AND repeats_run_id IS NULL
    GROUP BY 1
""")
_RATINGS = text("""
    SELECT date_trunc('hour', created_at, 'UTC') AS hour,
        count(*) FILTER (WHERE value = 1) AS thumbs_up, count(*) FILTER (WHERE value = 0) AS thumbs_down
    FROM feedbacks WHERE created_at >= :start AND created_at < :end GROUP BY 1
""")
_JOBS = text("""
    SELECT date_trunc('hour', finished_at, 'UTC') AS hour,
        count(*) FILTER (WHERE state = 'finished') AS jobs_finished,
        count(*) FILTER (WHERE state = 'failed') AS jobs_failed,
        count(*) FILTER (WHERE state = 'stopped') AS jobs_stopped
    FROM ingestion_jobs WHERE finished_at >= :start AND finished_at < :end GROUP BY 1
""")
_MS = "(timings->>'{name}')::double precision"
_DURATIONS = text(f"""
    SELECT date_trunc('hour', created_at, 'UTC') AS hour, 'first_token' AS kind,
        {BUCKET_SQL.format(ms=_MS.format(name="first_token_ms"))} AS bucket, count(*) AS count
    FROM answer_runs
    WHERE created_at >= :start AND created_at < :end AND state IN ('done', 'refused')
        AND repeats_run_id IS NULL AND timings->>'first_token_ms' IS NOT NULL
    GROUP BY 1, 3
    UNION ALL
    SELECT date_trunc('hour', created_at, 'UTC'), 'total', {BUCKET_SQL.format(ms=_MS.format(name="total_ms"))}, count(*)
    FROM answer_runs
    WHERE created_at >= :start AND created_at < :end AND state IN ('done', 'refused')
        AND repeats_run_id IS NULL AND timings->>'total_ms' IS NOT NULL
    GROUP BY 1, 3
""")
_PEOPLE = text("""
    SELECT count(DISTINCT user_id) FILTER (WHERE created_at >= :day) AS people,
        count(DISTINCT user_id) FILTER (WHERE created_at >= :day_7) AS people_7_days,
        count(DISTINCT user_id) FILTER (WHERE created_at >= :day_30) AS people_30_days,
        count(DISTINCT user_id) AS people_91_days
    FROM (
        SELECT user_id, max(created_at) AS created_at FROM answer_runs
        WHERE created_at >= :day_91 AND created_at < :end AND repeats_run_id IS NULL GROUP BY user_id
    ) AS latest
""")


async def changed(session: AsyncSession, since: datetime, first: datetime) -> Sequence[datetime]:
    """The hours from ``first`` on in which something was added since a moment, and that are not final; the oldest first."""
    values = {"since": since, "first": first, "open_for": OPEN_FOR}
    return (await session.scalars(_CHANGED, values)).all()


async def sum_hours(session: AsyncSession, hours: Collection[datetime]) -> None:
    """Sum these hours of one day anew, and with them their day."""
    if not hours:
        return
    between = {"start": min(hours), "end": max(hours) + timedelta(hours=1)}
    sums: dict[datetime, dict[str, Any]] = {hour: dict.fromkeys(("people", *COUNTS), 0) for hour in hours}
    for statement in (_RUNS, _CACHES, _RATINGS, _JOBS):
        for row in (await session.execute(statement, between)).mappings():
            if row["hour"] in sums:
                sums[row["hour"]] |= {name: value for name, value in row.items() if name != "hour"}
    durations: dict[tuple[datetime, str], list[tuple[int, int]]] = {}
    for hour, kind, bucket, count in await session.execute(_DURATIONS, between):
        durations.setdefault((hour, kind), []).append((bucket, count))
    for hour, values in sums.items():
        values |= {kind: histogram(durations.get((hour, kind), ())) for kind in ("first_token", "total")}
    await _put(session, "hour", sums)
    await _sum_day(session, min(hours))


async def note_queue(session: AsyncSession, depth: int) -> None:
    """Remember how many jobs and questions wait or run now, for the hour's and the day's highest number."""
    present = now()
    for grain, starts_at in (("hour", hour_of(present)), ("day", day_of(present))):
        await _put(session, grain, {starts_at: {"deepest_queue": depth}}, is_kept=True)


async def sum_people(session: AsyncSession, day: datetime) -> None:
    """Count the different people who asked on a day, and in the 7, 30 and 91 days up to its end."""
    end = day + timedelta(days=1)
    starts = {f"day_{days}": end - timedelta(days=days) for days in (7, 30, 91)}
    row = (await session.execute(_PEOPLE, {"day": day, "end": end, **starts})).mappings().one()
    await _put(session, "day", {day: dict(row)}, is_kept=True)


async def forget_hours(session: AsyncSession) -> None:
    """Remove the sums of hours that no chart shows any more."""
    is_old = (ActivitySum.grain == "hour") & (ActivitySum.starts_at < now() - HOURS_KEPT)
    await session.execute(delete(ActivitySum).where(is_old))


async def _sum_day(session: AsyncSession, moment: datetime) -> None:
    """A day is the sum of its hours; different people are counted by :func:`sum_people`."""
    day = day_of(moment)
    is_within = (ActivitySum.starts_at >= day) & (ActivitySum.starts_at < day + timedelta(days=1))
    rows = (await session.scalars(select(ActivitySum).where(ActivitySum.grain == "hour", is_within))).all()
    values: dict[str, Any] = {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
    values |= {kind: added([getattr(row, kind) for row in rows]) for kind in ("first_token", "total")}
    await _put(session, "day", {day: values}, is_kept=True)


async def _put(
    session: AsyncSession, grain: str, sums: Mapping[datetime, Mapping[str, Any]], *, is_kept: bool = False
) -> None:
    """Write these columns, the same of each row. ``is_kept``: the rows are not final with this, so their time of summing stays."""
    empty: dict[str, Any] = {**dict.fromkeys(_COLUMNS, 0), "first_token": [], "total": []}
    rows = [{**empty, "grain": grain, "starts_at": at, "summed_at": now(), **values} for at, values in sums.items()]
    new = insert(ActivitySum)
    changed: dict[str, Any] = {name: new.excluded[name] for name in next(iter(sums.values()))}
    if not is_kept:
        changed["summed_at"] = new.excluded.summed_at
    if "deepest_queue" in changed:
        changed["deepest_queue"] = func.greatest(ActivitySum.deepest_queue, new.excluded.deepest_queue)
    await session.execute(new.on_conflict_do_update(index_elements=["grain", "starts_at"], set_=changed), rows)


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def day_of(moment: datetime) -> datetime:
    """The beginning of its day, in the zone of the moment (UTC throughout)."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
