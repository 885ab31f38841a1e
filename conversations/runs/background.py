"""Answers queued questions in a worker, several at the same time. A free slot takes the oldest; a person gets half of the slots at most."""

import asyncio
from collections import Counter
from uuid import UUID

import structlog

from accounts.service import Accounts
from answers.handle import RunHandle
from answers.journal import ATTEMPT
from conversations.runs.announcement import announce
from conversations.runs.live import LiveRuns
from conversations.runs.types import RunRequest
from core.access import Principal
from core.errors import FootnoteError, NotAuthenticated
from core.retry import log_failure
from core.telemetry.origin import Origin
from db import answer_queue, answer_runs, users
from db.models import AnswerRun
from db.session import Database
from ingestion.jobs.queue import JobQueue

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0  # without being woken: Redis may lose a message, or a busy worker may get it
GONE = "The person who asked may not sign in any more."


class AnswerSlots:
    """Takes and answers queued questions until cancelled.

    Args:
        most: the number of slots.
    """

    def __init__(self, database: Database, live: LiveRuns, accounts: Accounts, queue: JobQueue, most: int) -> None:
        self._database = database
        self._live = live
        self._accounts = accounts
        self._queue = queue
        self._most = most
        self._running: dict[asyncio.Task[None], AnswerRun] = {}
        self._woken = asyncio.Event()

    @property
    def running(self) -> list[UUID]:
        """Ids of the runs that are answered here now."""
        return [run.id for run in self._running.values()]

    def wake(self) -> None:
        """Look for questions, because there may be one or a slot is free."""
        self._woken.set()

    async def run(self, look_every_s: float = LOOK_EVERY_S) -> None:
        """Keep the slots filled. When cancelled, it gives the unfinished questions back to the queue."""
        try:
            while True:
                self._woken.clear()
                await self._fill()
                await self._wait(look_every_s)
        finally:
            await asyncio.gather(*map(self._give_back, list(self._running.values())), return_exceptions=True)

    async def _fill(self) -> None:
        while len(self._running) < self._most:
            try:
                async with self._database.transaction() as session:
                    run = await answer_queue.claim_next(session, self._at_their_limit())
                if run is None:
                    return
                await self._begin(run)
            except Exception as error:
                log_failure("answers.not_claimed", error)
                return

    def _at_their_limit(self) -> set[UUID]:
        most = max(1, self._most // 2)
        counts = Counter(run.user_id for run in self._running.values())
        return {user_id for user_id, runs in counts.items() if runs >= most}

    async def _begin(self, run: AnswerRun) -> None:
        try:
            principal = await self._principal(run.user_id)
        except FootnoteError as error:
            await self._refuse(run.id, error)
            return
        request, handle = RunRequest(**run.request or {}), RunHandle(run.id, is_queued=True)
        with Origin(run.request_id, run.traceparent).resumed():  # the task that answers takes it along
            log.info("answer.taken", answer_run_id=str(run.id), attempt=run.attempts)
            live = self._live.start(principal, request, handle, first=ATTEMPT * (run.attempts - 1))
        assert live.task is not None
        self._running[live.task] = run
        live.task.add_done_callback(self._ended)

    async def _principal(self, user_id: UUID) -> Principal:
        """Who asked, with what they may see now. Raises NotAuthenticated."""
        async with self._database.reader() as session:
            user = await users.get(session, user_id)
        if user is None or user.disabled_at is not None:
            raise NotAuthenticated(GONE)
        return await self._accounts.principal_of_user(user.username)

    async def _refuse(self, run_id: UUID, error: FootnoteError) -> None:
        log.warning("answer.refused", answer_run_id=str(run_id), reference=error.reference, error=error.message)
        async with self._database.transaction() as session:
            details = {"error": error.message, "reference": error.reference}
            await answer_runs.finish(session, run_id, state="error", answer="", **details)

    async def _give_back(self, run: AnswerRun) -> None:
        if await self._live.release(run.id):
            await announce(self._queue, [run.id], run.attempts)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self.wake()

    async def _wait(self, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._woken.wait()
        except TimeoutError:
            return
