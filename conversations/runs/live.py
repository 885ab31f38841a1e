"""The answer runs of this process: each a task, apart from the connections that read it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

import structlog

from answers.handle import RunHandle
from answers.journal_writer import JournalWriter
from answers.live_run import LiveRun
from answers.service import SOMETHING_WRONG, AnswerService
from conversations.runs.types import RunRequest
from conversations.service import Conversations
from core.access import Principal, require_own
from core.background import Background
from core.errors import Conflict, FootnoteError, UpstreamUnavailable
from core.retry import known
from core.telemetry import spans
from db import answer_queue, answer_runs
from db.session import Database
from rag.events import AnswerEvent, Done, Failed, Refused, Stopped

log = structlog.get_logger(__name__)

KEPT_S = 10.0  # in memory after the end, for readers that come just then
DRAINS_WITHIN_S = 5.0
MOST_OF_ONE = 100  # runs of one person


class LiveRuns:
    """Starts runs, and ends them early."""

    def __init__(
        self, database: Database, answers: AnswerService, conversations: Conversations, writer: JournalWriter
    ) -> None:
        self._database = database
        self._answers = answers
        self._conversations = conversations
        self._writer = writer
        self._runs: dict[UUID, LiveRun] = {}
        self._background = Background()
        self._is_closing = False

    def start(
        self, principal: Principal, request: RunRequest, handle: RunHandle | None = None, first: int = 0
    ) -> LiveRun:
        """Start answering in this process; the answer goes on whoever follows it.

        Args:
            handle: of a run that exists already.
            first: number before its first event.

        Raises:
            UpstreamUnavailable: the server is shutting down.
            Conflict: this person has too many running.
        """
        if self._is_closing:
            raise UpstreamUnavailable("Footnote is restarting. Ask again in a moment.", retry_after_s=5)
        running = [
            live for live in self._runs.values() if live.principal.user_id == principal.user_id and not live.is_over
        ]
        if len(running) >= MOST_OF_ONE:
            raise Conflict("Too many of your questions are being answered. Wait for some of them.")
        live = LiveRun(handle or RunHandle(), principal, self._writer, first)
        self._runs[live.id] = live
        live.task = asyncio.create_task(self._run(live, request), name=f"answer run {live.id}")
        live.task.add_done_callback(lambda _: self._forget_later(live))
        return live

    def own(self, principal: Principal, run_id: UUID) -> LiveRun | None:
        """A run of this process, until a little after its end; None when it is another's. Raises NotFound for someone else's."""
        live = self._runs.get(run_id)
        if live is not None:
            require_own(principal, live.principal.user_id, "answer")
        return live

    def cancel(self, run_id: UUID) -> None:
        """End a run of this process, if it is one and not about to end."""
        live = self._runs.get(run_id)
        if live is not None and live.task is not None and not live.is_ending:
            live.task.cancel()

    def stop_session(self, session_id: UUID) -> None:
        """End the runs that a sign-in started in this process."""
        for live in list(self._runs.values()):
            if live.principal.session_id == session_id:
                self.cancel(live.id)

    @property
    def running(self) -> list[UUID]:
        """Ids of the runs of this process that have not ended."""
        return [live.id for live in self._runs.values() if not live.is_over]

    @property
    def is_answering(self) -> bool:
        """Whether this process answers somebody now; what the background does is another's to finish."""
        return any(not live.is_over and not live.handle.is_queued for live in self._runs.values())

    async def release(self, run_id: UUID) -> bool:
        """Give a run of the background back to the queue, so that another worker begins it anew; False when it has ended. One that is
        about to end is waited for: its conversation is still being stored."""
        live = self._runs.get(run_id)
        if live is None or live.task is None:
            return False
        if live.is_ending:
            await asyncio.wait({live.task}, timeout=DRAINS_WITHIN_S)
            return False
        live.handle.is_released = True
        live.task.cancel()
        await asyncio.wait({live.task})
        async with self._database.transaction() as session:
            return await answer_queue.put_back(session, run_id)

    async def drain(self, timeout_s: float) -> None:
        """Start no more, and stop what is unfinished after ``timeout_s`` seconds; runs of the background are left to their worker."""
        self._is_closing = True
        for wait_s in (timeout_s, DRAINS_WITHIN_S):
            tasks = {live.id: live.task for live in self._runs.values() if live.task and not live.handle.is_queued}
            tasks = {run_id: task for run_id, task in tasks.items() if not task.done()}
            if tasks:
                await asyncio.wait(tasks.values(), timeout=wait_s)
            for run_id in tasks:
                self.cancel(run_id)
        await self.flush()

    async def flush(self) -> None:
        """Wait until what has ended is written."""
        await self._background.drain()
        await self._writer.drain()

    async def _run(self, live: LiveRun, request: RunRequest) -> None:
        with spans.root("answer", "internal", {"footnote.answer_run_id": str(live.id)}):
            await self._run_traced(live, request)

    async def _run_traced(self, live: LiveRun, request: RunRequest) -> None:
        try:
            ends = await self._answer(live, request)
        except asyncio.CancelledError:
            if live.handle.is_released:
                live.end()
                return
            ends = [*filter(None, [live.handle.check]), Stopped()]
        except Exception as error:
            if not live.entries and not live.handle.is_queued:
                live.break_off(error)
                return
            ends = [_failed(error, live.id)]
            if live.handle.is_queued:
                await self._fail(live.id, ends[0])
        last = live.end(*ends)
        self._background.start(self._note(live.id, last))

    async def _answer(self, live: LiveRun, request: RunRequest) -> list[AnswerEvent]:
        """Answer; returns the last event, which is told when everything is stored."""
        end: list[AnswerEvent] = []
        async with aclosing(await self._events(live, request)) as events:
            async for event in events:
                if isinstance(event, Done | Refused | Failed):
                    live.is_ending = True
                    end = [event]
                else:
                    live.add(event)
        return end

    async def _events(self, live: LiveRun, request: RunRequest) -> AsyncGenerator[AnswerEvent]:
        principal, handle = live.principal, live.handle

        def ask(thread_id: UUID | None, question_step_id: UUID | None) -> AsyncGenerator[AnswerEvent]:
            return self._answers.ask(
                principal,
                request.question,
                thread_id=thread_id,
                question_step_id=question_step_id,
                document_ids=request.document_ids,
                library_ids=request.library_ids,
                attached=request.attached,
                kind=request.kind,
                fresh=request.fresh,
                alone=request.alone,
                history=request.history,
                handle=handle,
            )

        if request.continues is not None:
            events = self._answers.go_on(principal, request.continues, handle)
            if request.question_step_id is not None:
                return events
            return await self._conversations.go_on(principal, request.continues, events)
        if not request.is_recorded:
            return ask(request.thread_id, request.question_step_id)
        return await self._conversations.record(
            principal, request.question, request.thread_id, ask, handle, begins=request.begins_thread
        )

    async def _fail(self, run_id: UUID, failed: AnswerEvent) -> None:
        """Store that a run of the background could not begin."""
        assert isinstance(failed, Failed)
        async with self._database.transaction() as session:
            details = {"error": failed.message, "reference": failed.reference}
            await answer_runs.finish(session, run_id, state="error", answer="", **details)

    async def _note(self, run_id: UUID, last: int) -> None:
        try:
            async with self._database.transaction() as session:
                await answer_queue.set_last_event(session, run_id, last)
        except Exception as error:  # it is then not known how many events there were
            log.warning("journal.end_not_noted", answer_run_id=str(run_id), error=repr(error))

    def _forget_later(self, live: LiveRun) -> None:
        asyncio.get_running_loop().call_later(KEPT_S, self._forget, live)

    def _forget(self, live: LiveRun) -> None:
        if self._runs.get(live.id) is live:
            del self._runs[live.id]


def _failed(error: Exception, run_id: UUID) -> Failed:
    fact = known(error) or FootnoteError(SOMETHING_WRONG)
    if fact is not error:
        log.error("answer.broke_off", answer_run_id=str(run_id), reference=fact.reference, exc_info=error)
    return Failed(message=fact.message, reference=fact.reference, retry_after_s=fact.retry_after_s)
