"""People's conversations, for every door: reading, ordered writes, and storing an exchange with one call."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from uuid import UUID, uuid5

from answers.handle import RunHandle
from answers.transcript import Transcript
from conversations.exchange import ASSISTANT, Exchange, replace_answer
from conversations.guarded import GuardedWrites
from conversations.types import Element, OpenedThread, Step, ThreadPage
from core.access import Principal
from core.errors import NotFound
from db import answer_runs, elements, steps, threads
from db import feedback as ratings
from db.models import AnswerRun
from db.session import Database
from rag.events import AnswerEvent, Done, Failed, Refused, Started

Ask = Callable[[UUID, UUID], AsyncGenerator[AnswerEvent]]


class Conversations:
    """Threads with their steps, elements and ratings.

    Attributes:
        writes: changes threads; ``writes.lines`` counts and reports failures.
    """

    def __init__(self, database: Database) -> None:
        self.writes = GuardedWrites(database)
        self._database = database

    async def record(
        self,
        principal: Principal,
        question: str,
        thread_id: UUID | None,
        ask: Ask,
        handle: RunHandle | None = None,
        *,
        begins: bool = False,
    ) -> AsyncGenerator[AnswerEvent]:
        """The events of an answer, while the exchange is stored: the question once its run exists, the answer at the end, also when it
        is stopped.

        Args:
            thread_id: the conversation to continue; None begins a new one.
            ask: ``(thread id, id of the question's step) → events``, such as ``AnswerService.ask``.
            handle: the answer run, where it is known before; what was released is not stored.
            begins: the conversation need not exist yet.

        Raises:
            NotFound: the conversation is not theirs. Raised at once; ``ask`` is not called.
        """
        if thread_id is not None and not begins:
            await self.require(principal, thread_id)
        handle = handle or RunHandle()
        exchange = Exchange(self.writes, principal, question, thread_id, handle.id)
        return self._recorded(principal, exchange, ask(exchange.thread_id, exchange.question_step_id), handle)

    async def require(self, principal: Principal, thread_id: UUID) -> None:
        """Raise NotFound unless this is a conversation of the principal's."""
        async with self._database.reader() as session:
            await threads.require(session, principal, thread_id)

    async def _recorded(
        self, principal: Principal, exchange: Exchange, events: AsyncGenerator[AnswerEvent], handle: RunHandle
    ) -> AsyncGenerator[AnswerEvent]:
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
            if is_begun and not handle.is_released:
                await exchange.end(answer if is_over else await self.stopped(principal, answer))

    async def go_on(
        self, principal: Principal, answer_run_id: UUID, events: AsyncGenerator[AnswerEvent]
    ) -> AsyncGenerator[AnswerEvent]:
        """The events of an answer that is continued; in its conversation, if it has one, the whole answer takes the place of the cut one,
        unless it fails.

        Raises:
            NotFound: the answer is not theirs.
        """
        async with self._database.reader() as session:
            run = await answer_runs.get_owned(session, principal, answer_run_id)
            rows = await steps.of_thread(session, principal, run.thread_id) if run.thread_id else ()
        step = next((row for row in rows if row.answer_run_id == answer_run_id), None)
        return self._replacing(principal, step, events)

    async def _replacing(
        self, principal: Principal, step: Step | None, events: AsyncGenerator[AnswerEvent]
    ) -> AsyncGenerator[AnswerEvent]:
        answer, is_over = Transcript(), False
        try:
            async with aclosing(events):
                async for event in events:
                    answer = answer.apply(event)
                    is_over = isinstance(event, Done | Refused | Failed)
                    yield event
        finally:
            if step is not None and answer.answer_run_id is not None and not answer.is_error:
                await replace_answer(
                    self.writes, principal, step, answer if is_over else await self.stopped(principal, answer)
                )

    async def stopped(self, principal: Principal, answer: Transcript) -> Transcript:
        """A stopped answer as it was stored: with only the footnotes that passed the check."""
        if answer.answer_run_id is None:
            return answer.stopped()
        try:
            async with self._database.reader() as session:
                run = await answer_runs.get_owned(session, principal, answer.answer_run_id)
                sources = await answer_runs.sources(session, principal, answer.answer_run_id)
        except NotFound:  # deleted since
            return answer.stopped()
        if run.state == "running":  # its end could not be stored
            return answer.stopped()
        return answer.stopped(run.answer, [source.number for source in sources if source.cited])

    async def say_interrupted(self, run: AnswerRun, answer: Transcript) -> None:
        """Store an answer that was cut off by the end of its process, unless its question was deleted or it stands there already."""
        markdown = await asyncio.to_thread(lambda: answer.markdown)
        async with self._database.transaction() as session:
            await steps.add_interrupted(session, run, ASSISTANT, markdown)

    async def page(
        self, principal: Principal, *, limit: int, cursor: str | None, search: str | None, feedback: int | None
    ) -> ThreadPage:
        """A page of the principal's threads, see :func:`db.threads.page`."""
        async with self._database.reader() as session:
            return await threads.page(session, principal, limit=limit, cursor=cursor, search=search, feedback=feedback)

    async def owner(self, thread_id: UUID) -> UUID | None:
        """Id of the thread's owner; None when there is no such thread."""
        async with self._database.reader() as session:
            return await threads.owner(session, thread_id)

    async def open(self, principal: Principal, thread_id: UUID) -> OpenedThread | None:
        """A thread after all pending writes; None when there is no such thread. Raises NotFound for someone else's."""
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

    async def of_session(self, principal: Principal, session_id: str) -> UUID:
        """The conversation that a person names with a text of their own; it may not exist yet. The id of one of theirs names that one."""
        with suppress(ValueError):
            if await self.owner(UUID(session_id)) == principal.user_id:
                return UUID(session_id)
        return uuid5(principal.user_id, session_id)

    async def thread_of_step(self, step_id: UUID) -> UUID | None:
        """Id of a step's thread, of any owner; None when there is no such step."""
        async with self._database.reader() as session:
            return await steps.thread_of(session, step_id)

    async def question_of(self, principal: Principal, answer_run_id: UUID) -> tuple[UUID, UUID]:
        """Ids of an answer's thread and of its question's step.

        Raises:
            NotFound: no such answer of theirs, or it is in no conversation.
        """
        async with self._database.reader() as session:
            run = await answer_runs.get_owned(session, principal, answer_run_id)
        if run.thread_id is None or run.question_step_id is None:
            raise NotFound("There is no such answer.")
        return run.thread_id, run.question_step_id

    async def element(self, principal: Principal, thread_id: UUID, element_id: UUID) -> Element:
        """An element of a thread of the principal. Raises NotFound."""
        async with self._database.reader() as session:
            return await elements.get(session, principal, thread_id, element_id)

    async def favorites(self, principal: Principal) -> Sequence[Step]:
        """Messages that the principal marked as favourites."""
        async with self._database.reader() as session:
            return await steps.favorites(session, principal)
