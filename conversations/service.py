"""Conversations of people, for every door: read, written in order, an exchange stored with one call."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from uuid import UUID

from answers.transcript import Transcript
from conversations.exchange import ASSISTANT, Exchange
from conversations.guarded import GuardedWrites
from conversations.types import Element, OpenedThread, Step, ThreadPage
from core.access import Principal
from core.errors import NotFound
from db import answer_runs, elements, steps, threads
from db import feedback as ratings
from db.session import Database
from rag.events import AnswerEvent, Done, Failed, Refused, Started

Ask = Callable[[UUID, UUID], AsyncGenerator[AnswerEvent]]

LONGEST_ANSWER_S = 3600.0
INTERRUPTED = "*This answer was cut off because the server stopped while it was written. Ask again for all of it.*"


class Conversations:
    """Threads with their steps, elements and ratings.

    Attributes:
        writes: how doors change threads; ``writes.lines`` counts what failed and tells of it.
    """

    def __init__(self, database: Database) -> None:
        self.writes = GuardedWrites(database)
        self._database = database

    async def record(
        self, principal: Principal, question: str, thread_id: UUID | None, ask: Ask
    ) -> AsyncIterator[AnswerEvent]:
        """The events of an answer; meanwhile the exchange is stored: the question once its run exists, the answer at the end, also
        when that comes early.

        Args:
            thread_id: the conversation to go on with; None begins a new one.
            ask: ``(thread id, id of the question's step) → events``, such as ``AnswerService.ask``.

        Raises:
            NotFound: the conversation is not theirs. Raised at once; nothing is asked.
        """
        if thread_id is not None:
            async with self._database.reader() as session:
                await threads.require(session, principal, thread_id)
        exchange = Exchange(self.writes, principal, question, thread_id)
        return self._recorded(principal, exchange, ask(exchange.thread_id, exchange.question_step_id))

    async def _recorded(
        self, principal: Principal, exchange: Exchange, events: AsyncGenerator[AnswerEvent]
    ) -> AsyncIterator[AnswerEvent]:
        answer, is_begun, is_over = Transcript(), False, False
        try:
            async with aclosing(events):
                async for event in events:
                    answer = answer.apply(event)
                    is_over = isinstance(event, Done | Refused | Failed)
                    if isinstance(event, Started):
                        await exchange.begin()
                        is_begun = True
                    yield event
        finally:
            if is_begun:
                await exchange.end(answer if is_over else await self.stopped(principal, answer))

    async def stopped(self, principal: Principal, answer: Transcript) -> Transcript:
        """An answer that ended early, as it was stored: only footnotes that passed the check are shown."""
        if answer.answer_run_id is None:
            return answer.stopped()
        try:
            async with self._database.reader() as session:
                run = await answer_runs.get_owned(session, principal, answer.answer_run_id)
                sources = await answer_runs.sources(session, principal, answer.answer_run_id)
        except NotFound:  # deleted meanwhile
            return answer.stopped()
        if run.state == "running":  # its end could not be stored
            return answer.stopped()
        return answer.stopped(run.answer, [source.number for source in sources if source.cited])

    async def close_interrupted(self, *, is_shared: bool) -> None:
        """Say below each question that a killed process was answering that its answer was cut off. For the start of a process.

        Args:
            is_shared: other processes may be answering; only answers that are too old for that are taken for interrupted.
        """
        async with self._database.transaction() as session:
            for run in await answer_runs.finish_abandoned(session, LONGEST_ANSWER_S if is_shared else 0.0):
                await steps.add_interrupted(session, run, ASSISTANT, INTERRUPTED)

    async def page(
        self, principal: Principal, *, limit: int, cursor: str | None, search: str | None, feedback: int | None
    ) -> ThreadPage:
        """A page of the principal's threads, see :func:`db.threads.page`."""
        async with self._database.reader() as session:
            return await threads.page(session, principal, limit=limit, cursor=cursor, search=search, feedback=feedback)

    async def owner(self, thread_id: UUID) -> UUID | None:
        """Id of the person whose thread it is; None when there is none."""
        async with self._database.reader() as session:
            return await threads.owner(session, thread_id)

    async def open(self, principal: Principal, thread_id: UUID) -> OpenedThread | None:
        """A thread as of the last write; None when there is none. Raises NotFound for someone else's."""
        await self.writes.lines.flush(thread_id)
        async with self._database.reader() as session:
            if await threads.owner(session, thread_id) is None:
                return None
            return OpenedThread(
                await threads.require(session, principal, thread_id),
                await steps.of_thread(session, principal, thread_id),
                await elements.of_thread(session, principal, thread_id),
                await ratings.of_thread(session, principal, thread_id),
            )

    async def thread_of_step(self, step_id: UUID) -> UUID | None:
        """Id of the thread that a step stands in, whoever's; None when there is no such step."""
        async with self._database.reader() as session:
            return await steps.thread_of(session, step_id)

    async def question_of(self, principal: Principal, answer_run_id: UUID) -> tuple[UUID, UUID]:
        """Ids of the thread and of the question's step of an answer.

        Raises:
            NotFound: no such answer of theirs, or it stands in no conversation.
        """
        async with self._database.reader() as session:
            run = await answer_runs.get_owned(session, principal, answer_run_id)
        if run.thread_id is None or run.question_step_id is None:
            raise NotFound("There is no such answer.")
        return run.thread_id, run.question_step_id

    async def element(self, principal: Principal, thread_id: UUID, element_id: UUID) -> Element:
        """An element of a thread of theirs. Raises NotFound."""
        async with self._database.reader() as session:
            return await elements.get(session, principal, thread_id, element_id)

    async def favorites(self, principal: Principal) -> Sequence[Step]:
        """Messages that the principal marked as favourites."""
        async with self._database.reader() as session:
            return await steps.favorites(session, principal)
