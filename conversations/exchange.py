"""Stores a question and its answer as Chainlit's steps: ``user_message`` ← ``run`` ← ``assistant_message`` (child to the right).

What the model thought is a step of its own beside the answer.
"""

import asyncio
from typing import Any
from uuid import UUID, uuid4, uuid5

from answers.transcript import Transcript
from conversations.guarded import GuardedWrites
from conversations.types import Step
from conversations.writer import Writer
from core.access import Principal
from db.base import now

ASSISTANT = "Footnote"
THOUGHTS = "Thoughts"  # a step that the page shows folded
RUN = "on_message"  # Chainlit knows the step by this name, and shows only its children


class Exchange:
    """One question and its answer. The same run has the same steps, so that a second attempt takes the place of the first.

    Args:
        thread_id: the conversation to continue; None begins a new one.
        run_id: the answer run; None for one that is not known yet.
    """

    def __init__(
        self,
        writes: GuardedWrites,
        principal: Principal,
        question: str,
        thread_id: UUID | None,
        run_id: UUID | None = None,
    ) -> None:
        self._writes = writes
        self._principal = principal
        self._question = question
        self._run_id = run_id or uuid4()
        self.thread_id = thread_id or uuid4()
        self.question_step_id = question_step_of(self._run_id)
        self._run_step_id = uuid5(self._run_id, "run")
        self._started_at = now()

    async def begin(self) -> None:
        """Store the question; the first one names the conversation."""
        question = self._step(self.question_step_id, "user_message", self._principal.username, output=self._question)
        run = {"parent_id": self.question_step_id, "input": self._question, "start_at": self._started_at}

        async def write(writer: Writer) -> None:
            await writer.create_step(question)
            await writer.create_step(self._step(self._run_step_id, "run", RUN, **run))

        await self._writes.do(self._principal, self.thread_id, "exchange.begin", write)

    async def end(self, answer: Transcript) -> None:
        """Store the answer, complete or not, as the chat would show it. A deleted thread stays deleted."""
        markdown, thoughts = await asyncio.to_thread(
            lambda: (answer.markdown, answer.thoughts)
        )  # that may take a while
        thought = self._step(
            uuid5(self._run_id, "thoughts"), "llm", THOUGHTS, parent_id=self._run_step_id, output=thoughts, end_at=now()
        )
        message = self._step(
            uuid5(self._run_id, "answer"),
            "assistant_message",
            ASSISTANT,
            parent_id=self._run_step_id,
            output=markdown,
            answer_run_id=answer.answer_run_id,
            is_error=answer.is_error,
            end_at=now(),
        )

        async def write(writer: Writer) -> None:
            if await writer.has_thread(self.thread_id):
                if thoughts:
                    await writer.put_step(thought)
                await writer.put_step(message)
                await writer.put_step(self._step(self._run_step_id, "run", RUN, end_at=now()))

        await self._writes.do(self._principal, self.thread_id, "exchange.end", write)

    def _step(self, step_id: UUID, kind: str, name: str, **more: Any) -> dict[str, Any]:
        step = {"id": step_id, "thread_id": self.thread_id, "type": kind, "name": name, "created_at": now()}
        return step | more


def question_step_of(run_id: UUID) -> UUID:
    """Id of the step with the question of a run."""
    return uuid5(run_id, "question")


async def replace_answer(writes: GuardedWrites, principal: Principal, step: Step, answer: Transcript) -> None:
    """Store an answer in the place of an earlier one, in the same message. A deleted thread stays deleted."""
    markdown = await asyncio.to_thread(lambda: answer.markdown)
    changed = {
        "id": step.id,
        "thread_id": step.thread_id,
        "type": step.type,
        "name": step.name,
        "created_at": step.created_at,
        "output": markdown,
        "answer_run_id": answer.answer_run_id,
        "meta": {**step.meta, "answer_run_id": str(answer.answer_run_id)},
        "is_error": answer.is_error,
        "end_at": now(),
    }

    async def write(writer: Writer) -> None:
        if await writer.has_thread(step.thread_id):
            await writer.put_step(changed)

    await writes.do(principal, step.thread_id, "exchange.continue", write)
