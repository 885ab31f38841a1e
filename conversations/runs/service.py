"""Answer runs that live apart from the connection that asked: every door starts, follows and stops them here, in any process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from uuid import UUID, uuid4

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from answers.journal import Entry, Journal
from answers.journal_writer import JournalWriter
from answers.live_run import LiveRun
from answers.question import checked
from answers.service import AnswerService
from conversations.exchange import question_step_of
from conversations.runs.announcement import announce
from conversations.runs.live import LiveRuns
from conversations.runs.reading import RunReader
from conversations.runs.types import JobState, RunRequest, RunStatus, status_of
from conversations.service import Conversations
from core.access import Principal, scope_of
from db import answer_queue
from db.session import Database
from ingestion.jobs.queue import JobQueue
from rag.events import AnswerEvent

log = structlog.get_logger(__name__)

STOPS = "footnote:answer-runs:stops"  # a channel; a message is the id of a run
STOPS_WITHIN_S = 8.0


class Runs:
    """Starts, follows and stops answer runs.

    Args:
        reader: of runs in other processes, and of those that have ended.
        queue: wakes workers.

    Attributes:
        live: the runs of this process.
    """

    def __init__(
        self,
        database: Database,
        redis: Redis,
        answers: AnswerService,
        conversations: Conversations,
        queue: JobQueue,
        reader: RunReader,
    ) -> None:
        self._database = database
        self._redis = redis
        self._answers = answers
        self._conversations = conversations
        self._queue = queue
        self._reader = reader
        self.live = LiveRuns(database, answers, conversations, JournalWriter(Journal(redis)))

    def start(self, principal: Principal, request: RunRequest) -> UUID:
        """Start answering in this process; returns the id of the run. The answer goes on whoever follows it.

        Raises:
            UpstreamUnavailable: the server is shutting down.
            Conflict: this person has too many running.
        """
        return self.live.start(principal, request).id

    async def enqueue(self, principal: Principal, request: RunRequest) -> UUID:
        """Have a worker answer; returns the id of the run.

        Raises:
            Invalid, LimitExceeded, NotFound: nothing is stored.
        """
        run_id = uuid4()
        if request.continues is not None:
            question = (await self._reader.row(principal, request.continues)).question
        else:
            question = checked(request.question)
            if request.thread_id is not None and not request.begins_thread:
                await self._conversations.require(principal, request.thread_id)
        await self._answers.admit(principal)
        if request.is_recorded and request.thread_id is None and request.continues is None:
            request = request.model_copy(update={"thread_id": uuid4(), "begins_thread": True})
        async with self._database.transaction() as session:
            await answer_queue.enqueue(
                session,
                principal,
                run_id=run_id,
                question=question,
                scope=scope_of(principal, request.document_ids, request.library_ids),
                thread_id=request.thread_id,
                question_step_id=question_step_of(run_id) if request.is_recorded else request.question_step_id,
                request=request.model_dump(mode="json"),
            )
        await announce(self._queue, [run_id])
        return run_id

    async def follow(self, principal: Principal, run_id: UUID, after: int = 0) -> AsyncIterator[Entry]:
        """The entries of a run's journal behind this number, as they come, from any process; the last is ``done``, ``refused``, ``error``
        or ``stopped``. A run that could not begin raises why.

        Raises:
            NotFound: no such run, or someone else's. Raised at once, as is the next.
            Invalid: it has no event of this number.
        """
        live = self.live.own(principal, run_id)
        if live is not None:
            live.require(after)
        else:
            await self._reader.require_number(await self._reader.row(principal, run_id), after)
        return self._entries(principal, run_id, live, after)

    async def events(self, principal: Principal, run_id: UUID) -> list[AnswerEvent]:
        """All events of a run, once it has ended. Raises NotFound, or why it could not begin."""
        return [entry.event async for entry in await self.follow(principal, run_id)]

    async def status(self, principal: Principal, run_id: UUID) -> RunStatus:
        """The state of a run. Raises NotFound: no such run, or someone else's."""
        live = self.live.own(principal, run_id)
        if live is not None and not live.is_over and not live.handle.is_queued:
            return RunStatus(job_id=run_id, status=JobState.STARTED)
        return status_of(await self._reader.row(principal, run_id))

    async def stop(self, principal: Principal, run_id: UUID) -> None:
        """End a run, whichever process answers it, and wait a few seconds until it has ended; nothing to do for one that has.

        Raises:
            NotFound: no such run, or someone else's.
        """
        live = self.live.own(principal, run_id)
        if live is not None:
            self.live.cancel(live.id)
            await _within(live.over())
            return
        async with self._database.transaction() as session:
            state = await answer_queue.stop(session, principal, run_id)
        if state == "running":
            await self._tell(run_id)
            await _within(self._reader.end(principal, run_id))

    async def of_thread(self, principal: Principal, thread_id: UUID) -> Sequence[UUID]:
        """Ids of the runs of a conversation that have not ended, in any process, oldest first; none of other people's."""
        async with self._database.reader() as session:
            return await answer_queue.of_thread(session, principal, thread_id)

    async def _entries(
        self, principal: Principal, run_id: UUID, live: LiveRun | None, after: int
    ) -> AsyncIterator[Entry]:
        if live is not None:
            async for entry in live.follow(after):
                yield entry
                after = entry.number
            if not live.handle.is_released:
                return
        async for entry in self._reader.follow(principal, run_id, after):
            yield entry

    async def _tell(self, run_id: UUID) -> None:
        """Tell the process that answers; without Redis it hears of it with its next heartbeat."""
        try:
            await self._redis.publish(STOPS, str(run_id))
        except (RedisError, OSError) as error:
            log.warning("answer.stop_not_told", answer_run_id=str(run_id), error=repr(error))


async def _within(ending: Awaitable[None]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOPS_WITHIN_S):
            await ending
