"""An assistant message that is shown while it is written."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chainlit.context import context
from chainlit.message import Message

from answers.linkifier import Linkifier
from chat.language import words
from chat.thoughts import Thoughts
from rag.events import Reasoning


class LiveMessage:
    """A message that shows a status, then text as it arrives, then its final text, which is stored.

    Args:
        message: a stored one that is written anew; None begins one.
    """

    def __init__(self, message: Message | None = None) -> None:
        self._message = message or Message("", metadata={})
        self._is_known = message is not None
        self._thoughts = Thoughts(self._message)
        self._answer_run_id: UUID | None = None
        self._numbers: frozenset[int] | None = None
        self._linkifier: Linkifier | None = None
        self._has_text = False

    def snapshot(self) -> dict[str, Any] | None:
        """The step as written so far, for a page that reconnects; None before anything was shown."""
        return dict(self._message.to_dict()) if self._message.streaming else None

    def set_answer_run(self, answer_run_id: UUID) -> None:
        """Set the answer run, which citations and feedback refer to."""
        self._message.metadata = {"answer_run_id": str(answer_run_id)}
        self._answer_run_id = answer_run_id
        self._linkifier = Linkifier(answer_run_id, self._numbers, words=words())

    def set_citable(self, numbers: Iterable[int]) -> None:
        """Set the sources' numbers: while the text streams, only these become links."""
        self._numbers = frozenset(numbers)
        if self._linkifier:
            self._linkifier.numbers = self._numbers

    async def status(self, text: str) -> None:
        """Show what is being done, unless there is text; text replaces it."""
        if not self._has_text and not self._is_known:
            await self._message.stream_token(text, is_sequence=True)

    async def think(self, event: Reasoning) -> None:
        """Add to what the model thinks, which is shown folded above the answer."""
        if self._answer_run_id is None:
            return
        if event.retracts:
            self._has_text = False
            self._linkifier = Linkifier(self._answer_run_id, self._numbers, words=words())
        if not self._has_text:
            await self._hide()  # the page shows steps in the order in which they come
        await self._thoughts.add(event, self._answer_run_id)

    async def _hide(self) -> None:
        if self._message.streaming and not self._is_known:
            await context.emitter.delete_step(self._message.to_dict())
            self._message.streaming = False

    async def write(self, text: str) -> None:
        """Add a piece of canonical text."""
        shown = self._linkifier.feed(text) if self._linkifier else text
        if shown:
            is_first, self._has_text = not self._has_text, True
            await self._message.stream_token(shown, is_sequence=is_first)

    async def show(self, markdown: str) -> None:
        """Show the final text without storing it."""
        self._message.content = markdown
        self._message.streaming = False
        await context.emitter.update_step(self._message.to_dict())

    async def finish(self, markdown: str, *, thoughts: str = "", is_error: bool = False) -> None:
        """Show and store the final text, and what the model thought."""
        await self._thoughts.finish(thoughts)
        self._message.content = markdown
        self._message.is_error = is_error
        await (self._message.update() if self._is_known else self._message.send())
