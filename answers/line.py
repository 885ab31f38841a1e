"""The line in which questions wait where many are asked at the same moment: first come, first served.

Finding the sources takes the processor and connections to the database. Where everybody's sources are looked for at once, each waits for
all: the last as long as ever, and the first as long as the last. A few at a time are quick, and nothing else waits for a connection.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

AT_ONCE = 16  # they also wait for a model that understands the question, and for the search server
LOOK_EVERY_S = 0.1
LATE_S = 0.25  # a loop that is so late has enough to do
TELL_EVERY_S = 1.0


@dataclass(eq=False, slots=True)
class Place:
    """A place in the line.

    Attributes:
        turn: done once it is this question's turn.
    """

    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Line:
    """Gives turns, ``at_once`` at most at the same time; while the event loop is late, only one.

    Args:
        at_once: turns at the same time.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._waiting: deque[Place] = deque()
        self._served: set[Place] = set()
        self._late_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """A place at the end of the line, until the block ends or :meth:`leave`."""
        place = Place()
        self._waiting.append(place)
        self._serve()
        try:
            yield place
        finally:
            self.leave(place)

    async def ahead(self, place: Place) -> AsyncGenerator[int]:
        """How many questions are before this one, about once a second while that changes; ends when its turn has come."""
        told = -1
        while not place.turn.done():
            ahead = self._waiting.index(place)
            if ahead != told:
                yield (told := ahead)
            await asyncio.wait({place.turn}, timeout=TELL_EVERY_S)

    def leave(self, place: Place) -> None:
        """The turn is over, or nobody waits any more; may be called again."""
        if place in self._served:
            self._served.discard(place)
        elif place in self._waiting:
            self._waiting.remove(place)
        self._serve()

    def _serve(self) -> None:
        while self._waiting and len(self._served) < self._room:
            place = self._waiting.popleft()
            self._served.add(place)
            place.turn.set_result(None)
        if self._waiting and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LOOK_EVERY_S, self._look, loop.time() + LOOK_EVERY_S)

    @property
    def _room(self) -> int:
        return 1 if self._late_s > LATE_S else self._at_once

    def _look(self, due_s: float) -> None:
        """Notes how late the loop is; nobody looks while nobody waits."""
        self._timer = None
        self._late_s = max(0.0, asyncio.get_running_loop().time() - due_s) if self._waiting else 0.0
        self._serve()
