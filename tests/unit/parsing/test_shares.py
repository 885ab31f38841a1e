"""Who gets a place when there are few: never more than there are, never all of them one person's, in turn."""

import asyncio
import contextlib
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsing.sandbox.shares import Shares

ALICE, BOB, CAROL = (UUID(int=number) for number in (1, 2, 3))


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


class Users:
    """Tasks that take a place and keep it until they are let go."""

    def __init__(self, places: int) -> None:
        self.shares = Shares(places)
        self.inside: list[tuple[UUID | None, str]] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._over: dict[str, asyncio.Event] = {}

    async def _use(self, person: UUID | None, name: str) -> None:
        async with self.shares.place(person):
            self.inside.append((person, name))
            try:
                await self._over[name].wait()
            finally:
                self.inside.remove((person, name))

    async def come(self, person: UUID | None, *names: str) -> None:
        """Ask for places."""
        for name in names:
            self._over[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._use(person, name))
            await settled()

    async def go(self, name: str) -> None:
        """Give a place back."""
        self._over[name].set()
        await settled()

    @property
    def names(self) -> list[str]:
        """Who has a place, in the order they got it."""
        return [name for _, name in self.inside]


async def test_one_person_leaves_a_place_for_another() -> None:
    users = Users(2)
    await users.come(ALICE, "a1", "a2", "a3")
    assert users.names == ["a1"]
    await users.come(BOB, "b1", "b2")
    assert users.names == ["a1", "b1"]
    await users.go("a1")
    assert users.names == ["b1", "a2"]
    for name in ("b1", "a2", "b2", "a3"):
        await users.go(name)
    assert users.names == []


async def test_people_take_turns_for_the_only_place() -> None:
    users, order = Users(1), []
    await users.come(ALICE, "a1", "a2", "a3")
    await users.come(BOB, "b1", "b2")
    await users.come(None, "n1")
    while users.names:
        order += users.names
        await users.go(users.names[0])
    assert order == ["a1", "b1", "n1", "a2", "b2", "a3"]


async def test_who_comes_again_and_again_does_not_keep_others_waiting() -> None:
    users = Users(1)
    await users.come(ALICE, "a1", "a2")
    for turn in range(4):
        await users.come(BOB, f"b{turn}")
    await users.go("a1")
    await users.go("b0")
    assert users.names == ["a2"]


async def test_a_place_is_not_lost_with_those_who_are_cancelled() -> None:
    users = Users(2)
    await users.come(ALICE, "a1", "a2")
    await users.come(BOB, "b1")
    await users.come(CAROL, "c1", "c2")
    users.tasks["c1"].cancel()  # while it waits
    users.tasks["b1"].cancel()  # while it has a place
    await settled()
    assert users.names == ["a1", "c2"]
    await users.go("c2")
    await users.go("a1")
    assert users.names == ["a2"]


async def test_a_place_is_not_lost_when_its_turn_and_a_cancellation_come_together() -> None:
    shares = Shares(1)
    held = asyncio.Event()

    async def use(person: UUID) -> None:
        async with shares.place(person):
            await held.wait()

    first = asyncio.create_task(use(ALICE))
    await settled()
    second = asyncio.create_task(use(BOB))
    await settled()
    held.set()
    first.cancel()
    await asyncio.wait({first})
    second.cancel()  # its turn has come, and it does not know yet
    with contextlib.suppress(asyncio.CancelledError):
        await second
    async with asyncio.timeout(1), shares.place(CAROL):
        pass


ACTS = st.lists(
    st.tuples(st.sampled_from(["come", "go", "cancel"]), st.integers(0, 2), st.integers(0, 20)), max_size=60
)


@pytest.mark.parametrize("locators", [1, 2, 3])
@given(acts=ACTS)
def test_nobody_waits_for_a_place_that_is_free(locators: int, acts: list[tuple[str, int, int]]) -> None:
    async def play() -> None:
        users, most = Users(locators), max(locators - 1, 1)
        people = [ALICE, BOB, None]
        for number, (act, person, which) in enumerate(acts):
            if act == "come":
                await users.come(people[person], f"{person}-{number}")
            elif act == "go" and users.names:
                await users.go(users.names[which % len(users.names)])
            elif act == "cancel" and users.tasks:
                list(users.tasks.values())[which % len(users.tasks)].cancel()
                await settled()
            taken = Counter(person for person, _ in users.inside)
            assert taken.total() <= locators
            assert max(taken.values(), default=0) <= most
            open_tasks = {name for name, task in users.tasks.items() if not task.done()} - set(users.names)
            waiting = {people[int(name[0])] for name in open_tasks}
            assert taken.total() == locators or all(taken[person] == most for person in waiting)
        for task in users.tasks.values():
            task.cancel()
        await asyncio.gather(*users.tasks.values(), return_exceptions=True)

    asyncio.run(play())


async def test_somebody_who_gives_way_waits_for_the_others_turn() -> None:
    shares, order = Shares(1), []

    async def read_scan() -> None:
        async with shares.place(ALICE) as place:
            for page in range(4):
                await place.give_way()
                order.append((ALICE, page))
                await settled()

    async def read_line() -> None:
        async with shares.place(BOB):
            order.append((BOB, 0))

    async with asyncio.TaskGroup() as group:
        group.create_task(read_scan())
        await settled()
        group.create_task(read_line())
    assert order.index((BOB, 0)) < order.index((ALICE, 2))
    assert [entry for entry in order if entry[0] == ALICE] == [(ALICE, page) for page in range(4)]


async def test_nobody_gives_way_to_themselves() -> None:
    shares = Shares(1)
    async with shares.place(ALICE) as place:
        waiting = asyncio.create_task(shares.place(ALICE).__aenter__())
        await settled()
        async with asyncio.timeout(1):
            await place.give_way()
        assert not waiting.done()
    await waiting


async def test_who_stops_while_giving_way_holds_no_place() -> None:
    shares = Shares(1)

    async def give_way() -> None:
        async with shares.place(ALICE) as place:
            await settled()
            await place.give_way()

    stopped = asyncio.create_task(give_way())
    await asyncio.sleep(0)
    async with shares.place(BOB):
        await settled()
        stopped.cancel()
        await settled()
    async with asyncio.timeout(1), shares.place(ALICE), asyncio.timeout(1):
        pass
    assert shares._free == 1
