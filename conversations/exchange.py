"""A question and its answer as steps of a thread, as Chainlit makes them: ``user_message`` ← ``run`` ← ``assistant_message``."""

from typing import Any
from uuid import UUID, uuid4

from answers.transcript import Transcript
from conversations.guarded import GuardedWrites
from conversations.writer import Writer
from core.access import Principal
from db.base import now

ASSISTANT = "Footnote"
RUN = "on_message"  # Chainlit knows the step by this name, and shows nothing of it but what stands below


class Exchange:
    """One question and its answer.

    Args:
        thread_id: the conversation to go on with; None begins a new one.
    """

    def __init__(self, writes: GuardedWrites, principal: Principal, question: str, thread_id: UUID | None) -> None:
        self._writes = writes
        self._principal = principal
        self._question = question
        self.thread_id = thread_id or uuid4()
        self.question_step_id = uuid4()
        self._run_step_id = uuid4()
        self._started_at = now()

    async def begin(self) -> None:
        """Store the question; the first one names the conversation."""
        asked = self._step(self.question_step_id, "user_message", self._principal.username, output=self._question)
        above = {"parent_id": self.question_step_id, "input": self._question, "start_at": self._started_at}

        async def write(writer: Writer) -> None:
            await writer.create_step(asked)
            await writer.create_step(self._step(self._run_step_id, "run", RUN, **above))

        await self._writes.do(self._principal, self.thread_id, "exchange.begin", write)

    async def end(self, answer: Transcript) -> None:
        """Store what was answered, however far it came, as the chat would show it. A thread that was deleted stays deleted."""
        told = self._step(
            uuid4(),
            "assistant_message",
            ASSISTANT,
            parent_id=self._run_step_id,
            output=answer.markdown,
            answer_run_id=answer.answer_run_id,
            is_error=answer.is_error,
            end_at=now(),
        )

        async def write(writer: Writer) -> None:
            if await writer.has_thread(self.thread_id):
                await writer.create_step(told)
                await writer.put_step(self._step(self._run_step_id, "run", RUN, end_at=now()))

        await self._writes.do(self._principal, self.thread_id, "exchange.end", write)

    def _step(self, step_id: UUID, kind: str, name: str, **more: Any) -> dict[str, Any]:
        step = {"id": step_id, "thread_id": self.thread_id, "type": kind, "name": name, "created_at": now()}
        return step | more
