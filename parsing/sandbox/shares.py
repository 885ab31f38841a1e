"""Places at something that few can use at once, shared between people: one person never takes the last free place."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

Person = UUID | None  # None: nobody's, one share for all of it


class Shares:
    """So many places. People who wait take turns: whoever has the fewest places comes first, then whoever was served longest ago.

    Args:
        places: how many may be taken at once. With two and more, one is always left for somebody else.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._most = max(places - 1, 1)
        self._taken: Counter[Person] = Counter()
        self._waiting: dict[Person, deque[asyncio.Future[None]]] = {}
        self._served: dict[Person, int] = {}  # person → number of their last turn; forgotten when all is quiet
        self._turn = 0

    @asynccontextmanager
    async def place(self, person: Person) -> AsyncIterator["Place"]:
        """A place for the block, as soon as it is the person's turn."""
        place = Place(self, person)
        await place.take()
        try:
            yield place
        finally:
            place.give_back()

    def is_wanted_besides(self, person: Person) -> bool:
        """True while somebody else waits for a place."""
        return any(not turn.done() for other, turns in self._waiting.items() if other != person for turn in turns)

    async def _take(self, person: Person) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append(turn)
        self._hand_out()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # cancelled after its turn had come
                self._give_back(person)
            raise

    def _give_back(self, person: Person) -> None:
        self._free += 1
        self._taken[person] -= 1
        self._taken += Counter()  # forgets people without places
        self._hand_out()

    def _hand_out(self) -> None:
        """Give free places to those who wait, in turn."""
        while self._free and (turn := self._next_turn()) is not None:
            turn.set_result(None)
        if not self._waiting and not self._taken:
            self._served.clear()

    def _next_turn(self) -> asyncio.Future[None] | None:
        """Count a place to the person who is next; None when nobody may have one."""
        for person in sorted(self._waiting, key=lambda one: (self._taken[one], self._served.get(one, 0))):
            turns = self._waiting[person]
            while turns and turns[0].done():  # cancelled while they waited
                turns.popleft()
            if not turns:
                del self._waiting[person]
            elif self._taken[person] < self._most:
                self._free -= 1
                self._turn += 1
                self._taken[person] += 1
                self._served[person] = self._turn
                turn = turns.popleft()
                if not turns:
                    del self._waiting[person]
                return turn
        return None


class Place:
    """One place at a time of one person."""

    def __init__(self, shares: Shares, person: Person) -> None:
        self._shares = shares
        self._person = person
        self._is_held = False

    async def take(self) -> None:
        """Wait for the person's turn."""
        await self._shares._take(self._person)
        self._is_held = True

    def give_back(self) -> None:
        """Leave it to the next, if it is held."""
        if self._is_held:
            self._is_held = False
            self._shares._give_back(self._person)

    async def give_way(self) -> None:
        """Let somebody else who waits go first; returns when it is the person's turn again."""
        if self._shares.is_wanted_besides(self._person):
            self.give_back()
            await self.take()
