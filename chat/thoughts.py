"""What a model thinks before it answers, as a step of the conversation that the page shows folded."""

from uuid import UUID

from chainlit.message import Message
from chainlit.step import Step
from chainlit.utils import utc_now

from answers.linkifier import Linkifier
from answers.transcript import thoughts_linkifier
from conversations.exchange import THOUGHTS
from rag.events import Reasoning


class Thoughts:
    """The step; it is there once the first thought has come.

    Args:
        answer: the message that the thoughts belong to.
    """

    def __init__(self, answer: Message) -> None:
        self._answer = answer
        self._step: Step | None = None
        self._linkifier: Linkifier | None = None

    async def add(self, event: Reasoning, answer_run_id: UUID) -> None:
        """Show a piece; links and numbers in it lead nowhere."""
        if self._step is None or self._linkifier is None:
            self._step = Step(name=THOUGHTS, type="llm", parent_id=self._answer.parent_id, show_input=False)
            self._step.start = utc_now()
            self._linkifier = thoughts_linkifier(answer_run_id)
            await self._step.send()
        text = self._linkifier.feed(event.text)
        if text:
            await self._step.stream_token(text)

    async def finish(self, markdown: str) -> None:
        """Store them, complete; without a text, as they came."""
        if self._step is not None:
            self._step.output, self._step.end = markdown or self._step.output, utc_now()
            await self._step.update()
