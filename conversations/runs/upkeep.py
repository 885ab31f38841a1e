"""Keeps the answer runs of this process alive, hears who wants one stopped, and ends those whose process died.

Heartbeats are in PostgreSQL, one statement for all runs of a process, as those of ingestion jobs are: a Redis that forgets ends no answer.
"""

import asyncio
import time
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from answers.journal import Entry, Journal
from answers.service import AnswerService
from answers.transcript import Transcript
from conversations.runs.announcement import announce
from conversations.runs.live import LiveRuns
from conversations.runs.service import STOPS
from conversations.service import Conversations
from core.retry import forever, whenever
from core.telemetry import series
from db import answer_queue
from db.lookout import NET_S, Lookout
from db.models import AnswerRun
from db.session import Database
from ingestion.jobs.queue import JobQueue

log = structlog.get_logger(__name__)

BEAT_EVERY_S = 3.0
UNSURE_S = 5.0  # so long after its own last heartbeat a process does not judge others
SILENCE_S = 8.0  # without a heartbeat; with the time between two looks, and the one below, it stays below 20 seconds
# a heartbeat and a bit: after a database that hung, nobody could have sent one, and those who live do so now
SECOND_LOOK_S = 4.0
MOST_ATTEMPTS = 3  # of a question in the background
LISTENS_FOR_S = 60.0
LISTEN_AGAIN_S = 1.0


class RunUpkeep:
    """The loops. Every process runs all of them."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        answers: AnswerService,
        conversations: Conversations,
        live: LiveRuns,
        queue: JobQueue,
    ) -> None:
        self._database = database
        self._redis = redis
        self._answers = answers
        self._conversations = conversations
        self._live = live
        self._queue = queue
        self._journal = Journal(redis)
        self._beaten_at = time.monotonic()

    async def beat_always(self) -> None:
        """Send heartbeats until cancelled."""
        await forever("answers.no_heartbeat", self.beat, BEAT_EVERY_S, 1.0)

    async def listen(self) -> None:
        """Hear stops until cancelled."""
        await forever("answers.stops_not_heard", self._listen, LISTEN_AGAIN_S)

    async def sweep_always(self, lookout: Lookout) -> None:
        """Sweep until cancelled, whenever there is something to sweep."""
        silent = asyncio.Event()
        lookout.when(answer_queue.some_silent(SILENCE_S), silent.set)
        await whenever("answers.not_swept", self._sweep_at_second_look, silent, NET_S, LISTEN_AGAIN_S)

    async def _sweep_at_second_look(self) -> None:
        await asyncio.sleep(SECOND_LOOK_S)
        await self.sweep()

    async def beat(self) -> None:
        """Give the runs of this process a sign of life; end those that a person wants stopped."""
        running = self._running
        if running:
            async with self._database.transaction() as session:
                stopping = await answer_queue.beat(session, running)
            for run_id in stopping:
                self._live.cancel(run_id)
        self._beaten_at = time.monotonic()

    async def sweep(self, silence_s: float = SILENCE_S) -> int:
        """End the runs whose process died, or queue those of the background again; returns how many there were.

        A process that could not send its own heartbeats does not judge others by theirs.
        """
        if time.monotonic() - self._beaten_at > UNSURE_S:
            return 0
        async with self._database.transaction() as session:
            silent = await answer_queue.take_silent(session, silence_s, self._running)
        for run in silent:
            series.LEASES_LOST.add("answer")
            await self._take_over(run)
        return len(silent)

    @property
    def _running(self) -> set[UUID]:
        return self._answers.running | set(self._live.running)

    async def _take_over(self, run: AnswerRun) -> None:
        if run.request is not None and run.attempts < MOST_ATTEMPTS and not run.is_stopping:
            async with self._database.transaction() as session:
                is_queued = await answer_queue.put_back(session, run.id)
            if is_queued:
                log.warning("answer.queued_again", answer_run_id=str(run.id), attempts=run.attempts)
                await announce(self._queue, [run.id], run.attempts)
            return
        entries = _newest_attempt(await self._written(run.id))
        events = [entry.event for entry in entries]
        ending = await self._answers.endings.interrupt(run, events)
        answer = Transcript(answer_run_id=run.id)
        for event in (*events, *ending):
            answer = answer.apply(event)
        await self._conversations.say_interrupted(run, answer)
        first = entries[-1].number if entries else 0
        last = [Entry.of(number, event) for number, event in enumerate(ending, start=first + 1)]
        await self._end_journal(run.id, last)

    async def _written(self, run_id: UUID) -> list[Entry]:
        try:
            return await self._journal.whole(run_id)
        except (RedisError, OSError) as error:
            log.warning("journal.not_read", answer_run_id=str(run_id), error=repr(error))
            return []

    async def _end_journal(self, run_id: UUID, last: list[Entry]) -> None:
        async with self._database.transaction() as session:
            await answer_queue.set_last_event(session, run_id, last[-1].number)
        try:
            await self._journal.append({run_id: last})
        except (RedisError, OSError) as error:  # readers take the end from the row
            log.warning("journal.not_written", answer_run_id=str(run_id), error=repr(error))

    async def _listen(self) -> None:
        async with self._redis.pubsub() as channel:
            await channel.subscribe(STOPS)
            while True:
                message = await channel.get_message(ignore_subscribe_messages=True, timeout=LISTENS_FOR_S)
                if message:
                    self._live.cancel(UUID(message["data"].decode()))


def _newest_attempt(entries: list[Entry]) -> list[Entry]:
    """The entries from the last ``started`` on, without an end."""
    begins = max((place for place, entry in enumerate(entries) if entry.kind == "started"), default=0)
    return [entry for entry in entries[begins:] if not entry.is_last]
