"""Keeps the sums of the dashboard up, in one process at a time; see ADR 0051."""

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from core.retry import whenever
from db import activity
from db.base import now
from db.lookout import Lookout
from db.session import Database
from db.sums import days, hours, marks, questions

log = structlog.get_logger(__name__)

EVERY_S = 30.0  # while something happens
RARELY_S = 300.0  # while nothing does
LATELY_S = 900.0  # longer than OVERLAP
LOCK = 0x466F6F7514  # one process at a time
OVERLAP = timedelta(minutes=10)  # rows with a slightly earlier time may be committed later
REACH = timedelta(days=400)  # how far back the first sums go
RANGES_DAYS = (1, 7, 30, 91)
RARELY = (
    100  # lists of questions and counts of people are made at most every RARELY times as long as making them takes…
)
LEAST_S = 60.0  # … and not more often than this


class SumKeeper:
    """Sums what changed since the last time. It may be interrupted anywhere, and done twice: hours and days are replaced as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_always(self, lookout: Lookout) -> None:
        """Sum what changed until cancelled."""
        busy = asyncio.Event()
        lookout.when(activity.lately(LATELY_S), busy.set)

        async def keep() -> None:
            await self.keep_up()
            await asyncio.sleep(EVERY_S)

        await whenever("sums.not_kept", keep, busy, RARELY_S, EVERY_S)

    async def keep_up(self) -> bool:
        """Sum what changed; False when another process does."""
        async with self._database.advisory_lock(LOCK) as is_alone:
            if not is_alone:
                return False
            await self._sum_hours()
            await self._rank_if_due()
        return True

    async def _sum_hours(self) -> None:
        began, clock = now(), time.monotonic()
        async with self._database.transaction() as session:
            done = await marks.mark(session, "hours")
            since = done.at - OVERLAP if done else began - REACH
            await hours.note_queue(session, await activity.queue_depth(session))
            await days.sum_models(session, (since - timedelta(days=1)).date())
            changed = await hours.changed(session, since, began - REACH)
        for day, of_day in _by_day(changed):
            async with self._database.transaction() as session:
                await hours.sum_hours(session, of_day)
                await days.sum_documents(session, day)
            await asyncio.sleep(0)
        ended = {hours.day_of(hour) for hour in changed} | ({hours.day_of(done.at)} if done else set())
        await self._count_people(ended - {hours.day_of(began)})
        async with self._database.transaction() as session:
            await hours.forget_hours(session)
            if not done or await marks.mark(session, "hours"):  # else somebody wants everything summed anew
                await marks.set_mark(session, "hours", began, time.monotonic() - clock)
        log.debug("sums.kept", hours=len(changed))

    async def _count_people(self, ended: Iterable[datetime]) -> None:
        for day in sorted(ended):
            async with self._database.transaction() as session:
                await hours.sum_people(session, day)

    async def _rank_if_due(self) -> None:
        """Make what has to look at every run of a quarter, at a bounded part of the time."""
        began, clock = now(), time.monotonic()
        async with self._database.reader() as session:
            done = await marks.mark(session, "questions")
        if done and (began - done.at).total_seconds() < max(LEAST_S, RARELY * done.took_s):
            return
        async with self._database.transaction() as session:
            await hours.sum_people(session, hours.day_of(began))
            for range_days in RANGES_DAYS:
                await questions.rank(session, range_days, began)
            await marks.set_mark(session, "questions", began, time.monotonic() - clock)


def _by_day(changed: Iterable[datetime]) -> Iterable[tuple[datetime, list[datetime]]]:
    """Hours, in their order, by day."""
    return ((day, list(of_day)) for day, of_day in groupby(changed, key=hours.day_of))
