"""The sums of the dashboard say what the tables say, whoever makes them and how often."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select, text, update

from answers.sums import SumKeeper
from core.access import Principal
from db.base import now
from db.conversation import FeedbackRow, Thread
from db.models import ActivitySum, AnswerRun, DocumentSum, ModelSum, QuestionRank, User
from db.session import Database
from db.sums import histogram, hours
from tests.filled_console import Size, fill

SIZE = Size(runs=4_000, threads=700, people=40, documents=30, days=5, jobs=200)
DIRECT = """
    SELECT date_trunc('hour', r.created_at, 'UTC') AS hour, count(*) AS questions, count(DISTINCT r.user_id) AS people,
        sum((r.state = 'done')::int) AS done, sum((r.state = 'refused')::int) AS refused, sum((r.state = 'error')::int) AS errors,
        sum((r.state = 'stopped')::int) AS stopped, sum((r.cached = 'exact')::int) AS cached_exact,
        sum((r.cached = 'semantic')::int) AS cached_semantic, sum(r.fallback_used::int) AS fallbacks,
        sum((r.unsupported_sentences > 0)::int) AS unsupported,
        sum((jsonb_path_query_first(r.trace, '$[*] ? (@.name == "search_cache").details.of'))::int) AS searches,
        sum((jsonb_path_query_first(r.trace, '$[*] ? (@.name == "search_cache").details.known'))::int) AS searches_cached,
        sum((jsonb_path_query_first(r.trace, '$[*] ? (@.name == "embed").details.texts'))::int) AS embeddings,
        sum((jsonb_path_query_first(r.trace, '$[*] ? (@.name == "embed").details.cached'))::int) AS embeddings_cached
    FROM answer_runs r WHERE r.state NOT IN ('queued', 'running') GROUP BY 1
"""


@pytest.fixture
async def filled(database: Database) -> Database:
    await fill(database, SIZE)
    return database


async def _rows(database: Database, statement: str, **values: object) -> list[dict[str, Any]]:
    async with database.reader() as session:
        return [dict(row) for row in (await session.execute(text(statement), values)).mappings()]


async def _sums(database: Database, grain: str) -> dict[datetime, ActivitySum]:
    async with database.reader() as session:
        rows = await session.scalars(select(ActivitySum).where(ActivitySum.grain == grain))
        return {row.starts_at: row for row in rows}


async def _compare(database: Database) -> int:
    """Every hour with what a direct query says; returns how many there are."""
    direct = {row["hour"]: row for row in await _rows(database, DIRECT)}
    sums = await _sums(database, "hour")
    assert {hour for hour, row in sums.items() if row.questions} == set(direct)
    for hour, row in direct.items():
        assert {name: getattr(sums[hour], name) for name in row if name != "hour"} == {
            name: value or 0 for name, value in row.items() if name != "hour"
        }
    return len(direct)


async def test_hours_are_what_the_tables_say(filled: Database) -> None:
    assert await SumKeeper(filled).keep_up()
    assert await _compare(filled) > 90


async def test_days_are_the_sums_of_hours(filled: Database) -> None:
    await SumKeeper(filled).keep_up()
    by_hour, by_day = await _sums(filled, "hour"), await _sums(filled, "day")
    for name in hours.COUNTS:
        for day, row in by_day.items():
            of_day = [getattr(one, name) for hour, one in by_hour.items() if hours.day_of(hour) == day]
            assert getattr(row, name) == sum(of_day), (name, day)
    assert sum(row.jobs_failed for row in by_day.values()) == 8
    assert sum(row.questions for row in by_day.values()) == SIZE.runs
    [ratings] = await _rows(filled, "SELECT sum(value) AS up, count(*) AS all FROM feedbacks")
    assert sum(row.thumbs_up for row in by_day.values()) == ratings["up"]
    assert sum(row.thumbs_up + row.thumbs_down for row in by_day.values()) == ratings["all"]


async def test_people_are_different_people(filled: Database) -> None:
    await SumKeeper(filled).keep_up()
    for day, row in (await _sums(filled, "day")).items():
        for name, days in (("people", 1), ("people_7_days", 7), ("people_30_days", 30), ("people_91_days", 91)):
            end = day + timedelta(days=1)
            [direct] = await _rows(
                filled,
                "SELECT count(DISTINCT user_id) AS people FROM answer_runs WHERE created_at >= :start AND created_at < :end",
                start=end - timedelta(days=days),
                end=end,
            )
            assert getattr(row, name) == direct["people"], (day, name)


async def test_percentiles_of_sums_are_right_within_five_percent(filled: Database) -> None:
    await SumKeeper(filled).keep_up()
    days = await _sums(filled, "day")
    for kind in ("first_token", "total"):
        rows = await _rows(
            filled, f"SELECT (timings->>'{kind}_ms')::float AS ms FROM answer_runs WHERE state IN ('done', 'refused')"
        )
        summed = histogram.added(getattr(day, kind) for day in days.values())
        shares = (0.5, 0.95, 0.99)
        exact = [float(one) for one in np.quantile([row["ms"] for row in rows], shares)]
        assert histogram.percentiles_ms(summed, shares) == pytest.approx(exact, rel=0.05)


async def test_a_second_time_changes_nothing(filled: Database) -> None:
    await SumKeeper(filled).keep_up()
    before = {hour: row.questions for hour, row in (await _sums(filled, "hour")).items()}
    await SumKeeper(filled).keep_up()
    assert {hour: row.questions for hour, row in (await _sums(filled, "hour")).items()} == before
    await _compare(filled)


async def test_two_workers_at_once_count_once(filled: Database) -> None:
    done = await asyncio.gather(*(SumKeeper(filled).keep_up() for _ in range(4)))
    assert any(done)
    await _compare(filled)


async def test_one_that_was_interrupted_goes_on(filled: Database) -> None:
    task = asyncio.create_task(SumKeeper(filled).keep_up())
    while len(await _sums(filled, "hour")) < 30:
        await asyncio.sleep(0.005)
        assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await SumKeeper(filled).keep_up()
    await _compare(filled)


async def test_a_run_that_ends_late_counts_in_the_hour_of_its_question(filled: Database) -> None:
    async with filled.transaction() as session:
        late = (
            await session.scalars(select(AnswerRun).order_by(AnswerRun.created_at.desc()).offset(100).limit(1))
        ).one()
        late_id, ended = late.id, late.finished_at
        late.state, late.finished_at = "running", None
    await SumKeeper(filled).keep_up()
    await _compare(filled)
    async with filled.transaction() as session:
        await session.execute(update(AnswerRun).where(AnswerRun.id == late_id).values(state="done", finished_at=now()))
    assert ended is not None
    await SumKeeper(filled).keep_up()
    await _compare(filled)


async def test_a_rating_that_changes_is_counted_anew(filled: Database) -> None:
    await SumKeeper(filled).keep_up()
    async with filled.transaction() as session:
        await session.execute(update(FeedbackRow).values(value=0, updated_at=now()))
    await SumKeeper(filled).keep_up()
    days = (await _sums(filled, "day")).values()
    assert sum(day.thumbs_up for day in days) == 0
    assert sum(day.thumbs_down for day in days) == SIZE.runs // 20


async def test_what_was_deleted_later_still_counts(filled: Database) -> None:
    """Retention of conversations does not rewrite what is over."""
    await SumKeeper(filled).keep_up()
    async with filled.transaction() as session:
        await session.execute(delete(Thread).where(Thread.created_at < now() - timedelta(days=3)))
    await SumKeeper(filled).keep_up()
    days = (await _sums(filled, "day")).values()
    assert sum(day.questions for day in days) > len(await _rows(filled, "SELECT id FROM answer_runs"))


async def test_models_and_documents(filled: Database) -> None:
    await SumKeeper(filled).keep_up()
    async with filled.reader() as session:
        models = (await session.scalars(select(ModelSum))).all()
        documents = (await session.scalars(select(DocumentSum))).all()
    direct = await _rows(
        filled, "SELECT day, model, sum(input_tokens) AS tokens, sum(cost_usd) AS cost FROM model_usage GROUP BY 1, 2"
    )
    assert {(row.day, row.model): (row.input_tokens, row.cost_usd) for row in models} == {
        (row["day"], row["model"]): (row["tokens"], row["cost"]) for row in direct
    }
    [cited] = await _rows(filled, "SELECT count(*) AS times FROM answer_sources WHERE cited")
    assert sum(row.cited for row in documents) == cited["times"]
    [down] = await _rows(
        filled,
        "SELECT count(*) AS times FROM feedbacks JOIN answer_sources s USING (answer_run_id) WHERE value = 0 AND s.cited",
    )
    assert sum(row.thumbs_down for row in documents) == down["times"] > 0
    assert sum(row.contradicted for row in documents) == 2 * (SIZE.runs // 97)


async def test_questions_are_grouped_whatever_their_case_and_punctuation(database: Database, runs_of: "RunsOf") -> None:
    for name, wording in (("ann", "How many days?"), ("ben", "how many days"), ("cem", " How many  days ?!")):
        await runs_of(name, wording)
    await runs_of("ann", "What is my salary?", times=5)
    for name in ("ann", "ben", "cem"):
        await runs_of(name, "Who is the king?", state="refused")
    await SumKeeper(database).keep_up()
    async with database.reader() as session:
        rows = await session.execute(
            select(QuestionRank, AnswerRun.question)
            .join(AnswerRun, AnswerRun.id == QuestionRank.answer_run_id)
            .where(QuestionRank.days == 7)
        )
        found = {(rank.kind, question.strip(" ?!")): (rank.asked, rank.people, rank.refused) for rank, question in rows}
    assert found == {
        ("asked", "How many  days"): (3, 3, 0),
        ("asked", "What is my salary"): (5, 1, 0),
        ("asked", "Who is the king"): (3, 3, 3),
        ("unanswered", "Who is the king"): (3, 3, 3),
    }


async def test_nothing_of_an_erased_person_is_left(database: Database, runs_of: "RunsOf") -> None:
    """No id and no text is in the sums; the counts stay."""
    for name in ("ann", "ben", "cem"):
        await runs_of(name, "How many days does Ann get?", times=2)
    await SumKeeper(database).keep_up()
    async with database.transaction() as session:
        ids = [str(one) for one in await session.scalars(select(User.id))]
        await session.execute(delete(User))
    left = ""
    for table in ("activity_sums", "model_sums", "document_sums", "question_ranks", "sum_marks"):
        left += str([dict(row) for row in await _rows(database, f"SELECT * FROM {table}")])
    assert not [one for one in ids if one in left or one.replace("-", "") in left]
    assert "Ann" not in left
    assert not await _rows(database, "SELECT * FROM question_ranks")
    assert sum(row.questions for row in (await _sums(database, "day")).values()) == 6


def test_percentiles_of_a_histogram() -> None:
    assert histogram.percentiles_ms([0] * histogram.BUCKETS, [0.5]) is None
    assert histogram.percentiles_ms([], [0.5]) is None
    one = histogram.histogram([(histogram.bucket_of(1000), 1)])
    assert histogram.percentiles_ms(one, [0.5]) == pytest.approx([1000], rel=0.1)
    rng = np.random.default_rng(7)
    many = rng.lognormal(7, 1.2, 20_000)
    counted = histogram.histogram((histogram.bucket_of(ms), 1) for ms in many)
    shares = (0.01, 0.5, 0.95, 0.99)
    assert histogram.percentiles_ms(counted, shares) == pytest.approx(list(np.quantile(many, shares)), rel=0.05)
    assert histogram.bucket_of(0) == 0
    assert histogram.bucket_of(1e12) == histogram.BUCKETS - 1
    assert histogram.added([]) == [0] * histogram.BUCKETS


class RunsOf:
    """Makes runs of a person, who is made when first named."""

    def __init__(self, database: Database, make_user: Any) -> None:
        self._database, self._make_user = database, make_user
        self._people: dict[str, Principal] = {}

    async def __call__(self, name: str, question: str, *, times: int = 1, state: str = "done") -> None:
        if name not in self._people:
            self._people[name] = await self._make_user(name)
        async with self._database.transaction() as session:
            for _ in range(times):
                present = now()
                session.add(
                    AnswerRun(
                        user_id=self._people[name].user_id,
                        question=question,
                        state=state,
                        scope={},
                        created_at=present,
                        finished_at=present,
                    )
                )


@pytest.fixture
async def runs_of(database: Database, make_user: Any) -> RunsOf:
    return RunsOf(database, make_user)
