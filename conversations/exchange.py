"""A question asked over HTTP as a part of a conversation that also stands in the chat's sidebar.

Its steps are those that the chat makes of an exchange: ``user_message`` ← ``run`` ← ``assistant_message``.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import UUID, uuid4

from answers.transcript import Transcript
from core.access import Principal
from db import steps, threads
from db.base import now
from db.session import Database
from rag.events import AnswerEvent, Done, Failed, Refused, Started

ASSISTANT = "Footnote"


class Exchange:
    """One question and its answer in a thread.

    Args:
        thread_id: the conversation to go on with; None begins a new one.
    """

    def __init__(self, database: Database, principal: Principal, question: str, thread_id: UUID | None) -> None:
        self._database = database
        self._principal = principal
        self._question = question
        self._is_new = thread_id is None
        self.thread_id = thread_id or uuid4()
        self.question_step_id = uuid4()
        self._run_step_id = uuid4()
        self._started_at = now()

    async def check(self) -> None:
        """Raise NotFound when it is to go on with a conversation that is not theirs."""
        if self._is_new:
            return
        async with self._database.reader() as session:
            await threads.require(session, self._principal, self.thread_id)

    async def begin(self) -> None:
        """Store the question; the first one names the conversation."""
        run = {"parent_id": self.question_step_id, "input": self._question, "start_at": self._started_at}
        async with self._database.transaction() as session:
            await steps.create(session, self._principal, self._step(self.question_step_id, "user_message"))
            await steps.create(session, self._principal, self._step(self._run_step_id, "run") | run)
            await threads.name_once(session, self._principal, self.thread_id, self._question)

    async def end(self, answer: Transcript) -> None:
        """Store what was answered, however far it came, as the chat would show it."""
        outcome = {
            "parent_id": self._run_step_id,
            "output": answer.markdown,
            "answer_run_id": answer.answer_run_id,
            "is_error": answer.is_error,
            "end_at": now(),
        }
        finished_run = self._step(self._run_step_id, "run") | {"end_at": now()}
        async with self._database.transaction() as session:
            if await threads.owner(session, self.thread_id) is None:
                return  # deleted meanwhile; a late answer must not bring it back
            await steps.create(session, self._principal, self._step(uuid4(), "assistant_message") | outcome)
            await steps.upsert(session, self._principal, finished_run)

    def _step(self, step_id: UUID, kind: str) -> dict[str, Any]:
        names = {"user_message": self._principal.username, "run": "on_message", "assistant_message": ASSISTANT}
        step = {"id": step_id, "thread_id": self.thread_id, "type": kind, "name": names[kind], "created_at": now()}
        return step | {"output": self._question} if kind == "user_message" else step


async def recorded(events: AsyncGenerator[AnswerEvent], exchange: Exchange) -> AsyncIterator[AnswerEvent]:
    """The events as they are; meanwhile the exchange is stored: the question once the run exists, the answer at the end,
    also when that comes early."""
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
            await exchange.end(answer if is_over else answer.stopped())
