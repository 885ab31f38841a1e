"""The lists of the questions that were asked most, and of those that nobody could answer.

Questions are the same when their letters and digits are, whatever their case, spaces and punctuation. A follow-up counts in its
stand-alone form, in which it was searched.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import QuestionRank

MOST = 20  # questions of a list
FEWEST_PEOPLE = 3  # who asked a question before an admin may see it without opening a conversation
_KEY_SQL = r"md5(lower(btrim(regexp_replace(left(coalesce(nullif(query, ''), question), 1000), '[[:space:][:punct:]]+', ' ', 'g'))))"

_RANK = text(f"""
    INSERT INTO question_ranks (days, kind, answer_run_id, asked, people, refused, last_asked_at)
    WITH of_person AS (
        SELECT {_KEY_SQL} AS key, user_id, count(*) AS asked, count(*) FILTER (WHERE state = 'refused') AS refused,
            max(created_at) AS last_asked_at
        FROM answer_runs WHERE created_at >= :since AND state IN ('done', 'refused') AND repeats_run_id IS NULL GROUP BY 1, user_id
    ),
    sums AS (
        SELECT key, sum(asked) AS asked, count(*) AS people, sum(refused) AS refused, max(last_asked_at) AS last_asked_at
        FROM of_person GROUP BY key
    ),
    listed AS (
        SELECT 'asked' AS kind, sums.* FROM sums UNION ALL SELECT 'unanswered', sums.* FROM sums WHERE asked = refused
    ),
    ranked AS (
        SELECT listed.*, row_number() OVER (PARTITION BY kind ORDER BY asked DESC, last_asked_at DESC) AS place,
            row_number() OVER (PARTITION BY kind, people >= {FEWEST_PEOPLE} ORDER BY asked DESC, last_asked_at DESC) AS place_among
        FROM listed
    )
    SELECT :days, kind, run.id, asked, people, refused, last_asked_at
    FROM ranked CROSS JOIN LATERAL (
        SELECT id FROM answer_runs
        WHERE created_at = last_asked_at AND state IN ('done', 'refused') AND repeats_run_id IS NULL AND {_KEY_SQL} = key LIMIT 1
    ) AS run
    WHERE place <= {MOST} OR people >= {FEWEST_PEOPLE} AND place_among <= {MOST}
""")


async def rank(session: AsyncSession, days: int, until: datetime) -> None:
    """Make the lists of the last ``days`` days anew."""
    await session.execute(delete(QuestionRank).where(QuestionRank.days == days))
    await session.execute(_RANK, {"days": days, "since": until - timedelta(days=days)})
