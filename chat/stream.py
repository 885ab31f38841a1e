"""One assistant message that is written while people watch."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chainlit.message import Message

from answers.linkifier import Linkifier

_IDLE_S = 0.04
_SLOWEST_S = 0.5
_PATIENCE = 4.0


class LiveMessage:
    """A message that shows a status, then text as it comes, then its final form, which is what is stored.

    Pieces are sent together: about every 40 ms while the server is idle, less often when the event loop falls behind.
    """

    def __init__(self) -> None:
        self._message = Message("", metadata={})
        self._linkifier: Linkifier | None = None
        self._pending = ""
        self._has_text = False
        self._interval_s = _IDLE_S
        self._flushing: asyncio.Task[None] | None = None

    def snapshot(self) -> dict[str, Any] | None:
        """The step as it stands, for a page that reconnects; None while nothing was shown."""
        return dict(self._message.to_dict()) if self._message.streaming else None

    def belongs_to(self, answer_run_id: UUID) -> None:
        """Name the answer run: citations link to it, and feedback finds it."""
        self._message.metadata = {"answer_run_id": str(answer_run_id)}
        self._linkifier = Linkifier(answer_run_id)

    def may_cite(self, numbers: Iterable[int]) -> None:
        """The sources' numbers: while the text streams, no other becomes a link."""
        if self._linkifier:
            self._linkifier.numbers = frozenset(numbers)

    async def status(self, text: str) -> None:
        """Say what is being done; gone when the text begins."""
        if not self._has_text:
            await self._message.stream_token(text, is_sequence=True)

    async def write(self, text: str) -> None:
        """Add a piece of canonical text."""
        self._pending += self._linkifier.feed(text) if self._linkifier else text
        if self._pending and not self._has_text:
            await self._flush()
        elif self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_soon())

    async def _flush_soon(self) -> None:
        due = time.monotonic() + self._interval_s
        await asyncio.sleep(self._interval_s)
        late_s = time.monotonic() - due
        self._interval_s = min(_SLOWEST_S, _IDLE_S + _PATIENCE * max(0.0, late_s))
        await self._flush()

    async def _flush(self) -> None:
        text, self._pending = self._pending, ""
        if text:
            is_first, self._has_text = not self._has_text, True
            await self._message.stream_token(text, is_sequence=is_first)

    async def finish(self, markdown: str, *, is_error: bool = False) -> None:
        """Show and store the final text."""
        if self._flushing:
            self._flushing.cancel()
        self._message.content = markdown
        self._message.is_error = is_error
        await self._message.send()
