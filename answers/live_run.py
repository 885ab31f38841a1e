"""An answer run of this process: its numbered events in memory for readers here, and on their way to its journal for those elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from answers.handle import RunHandle
from answers.journal import Entry
from answers.journal_writer import JournalWriter
from core.access import Principal
from core.errors import Invalid
from rag.events import AnswerEvent, Reasoning, Token

IDLE_S = 0.04
SLOWEST_S = 0.5
PATIENCE = 4.0


class LiveRun:
    """Numbers events as they come. Pieces of text are joined: about every 40 ms while the server is idle, less often when the loop is late.

    Args:
        principal: who asked.
        first: number before the first event.

    Attributes:
        task: what answers it.
        error: why it failed before anything could be said.
        entries: numbers ``first + 1`` to ``last``.
        is_ending: the answer is complete, and is being stored.
    """

    def __init__(self, handle: RunHandle, principal: Principal, writer: JournalWriter, first: int = 0) -> None:
        self.handle = handle
        self.principal = principal
        self.task: asyncio.Task[None] | None = None
        self.error: Exception | None = None
        self.entries: list[Entry] = []
        self.is_ending = False
        self.is_over = False
        self._first = first
        self._writer = writer
        self._changed = asyncio.Event()
        self._pending: Token | Reasoning | None = None
        self._interval_s = IDLE_S
        self._timer: asyncio.TimerHandle | None = None

    @property
    def id(self) -> UUID:
        """Id of the run."""
        return self.handle.id

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._first + len(self.entries)

    def add(self, event: AnswerEvent) -> None:
        """Add an event; a piece of text may wait a moment for the next."""
        if not isinstance(event, Token | Reasoning):
            self._flush()
            self._publish(event)
        elif self._timer is None:
            self._publish(event)
            self._wait()
        else:
            joined = _joined(self._pending, event)
            if joined is None:
                self._flush()
            self._pending = joined or event

    def end(self, *events: AnswerEvent) -> int:
        """Add the last events, and close the run; returns the number of the last one."""
        if self._timer is not None:
            self._timer.cancel()
        for event in events:
            self.add(event)
        self._flush()
        self.is_over = True
        self._wake()
        return self.last

    def break_off(self, error: Exception) -> None:
        """Close a run that could not begin: its readers get the error."""
        self.error = error
        self.end()

    def require(self, after: int) -> None:
        """Raise Invalid for a number that no event has."""
        if after > self.last:
            raise Invalid(f"This answer has no event {after} yet.")

    async def follow(self, after: int = 0) -> AsyncIterator[Entry]:
        """The entries behind this number, as they come, to the end."""
        place = max(0, after - self._first)
        while True:
            changed = self._changed
            while place < len(self.entries):
                place += 1
                yield self.entries[place - 1]
            if self.is_over:
                break
            await changed.wait()
        if self.error is not None:
            raise self.error

    async def over(self) -> None:
        """Wait until it is over."""
        while not self.is_over:
            await self._changed.wait()

    def _publish(self, event: AnswerEvent) -> None:
        self.entries.append(Entry.of(self.last + 1, event))
        self._writer.note(self)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._interval_s, self._due, loop.time() + self._interval_s)

    def _due(self, due: float) -> None:
        late_s = asyncio.get_running_loop().time() - due
        self._interval_s = min(SLOWEST_S, IDLE_S + PATIENCE * max(0.0, late_s))
        self._timer = None
        if self._flush():
            self._wait()

    def _flush(self) -> bool:
        event, self._pending = self._pending, None
        if event is not None:
            self._publish(event)
        return event is not None


def _joined(first: Token | Reasoning | None, second: Token | Reasoning) -> Token | Reasoning | None:
    """Two pieces of the same text as one; None where they are none."""
    if isinstance(first, Token) and isinstance(second, Token):
        return Token(text=first.text + second.text)
    if isinstance(first, Reasoning) and isinstance(second, Reasoning) and not second.retracts:
        return Reasoning(text=first.text + second.text, retracts=first.retracts)
    return None
