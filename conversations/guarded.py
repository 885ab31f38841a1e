"""Writes in their own transactions, in the order of the calls, which do not bring back what was just deleted."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar
from uuid import UUID

from conversations.writer import Writer
from conversations.writes import ThreadWrites
from core.access import Principal
from core.errors import NotAuthenticated
from db.session import Database

T = TypeVar("T")
Write = Callable[[Writer], Awaitable[T]]


class DeletedIds:
    """The last ``size`` ids that this process deleted."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._ids: OrderedDict[UUID, None] = OrderedDict()

    def add(self, ids: Iterable[UUID]) -> None:
        """Add deleted ids."""
        for some_id in ids:
            self._ids[some_id] = None
            self._ids.move_to_end(some_id)
        while len(self._ids) > self._size:
            self._ids.popitem(last=False)

    def discard(self, some_id: UUID) -> None:
        """Remove an id."""
        self._ids.pop(some_id, None)

    def __contains__(self, some_id: object) -> bool:
        return some_id in self._ids


class GuardedWrites:
    """Runs each write in its thread's line, for a principal, in a transaction, without writing to what was deleted.

    A write to a deleted thread does nothing. ``write`` may be called more than once.
    """

    def __init__(self, database: Database) -> None:
        self.lines = ThreadWrites()
        self.deleted = DeletedIds()
        self._database = database

    async def do(self, principal: Principal, thread_id: UUID, what: str, write: Write[T]) -> T | None:
        """Write. Raises FootnoteError: refused, or not stored (already logged in both cases)."""
        return await self.lines.run(thread_id, what, lambda: self._transact(principal, thread_id, write))

    async def report(
        self, principal: Principal | None, thread_id: UUID, what: str, write: Write[None], *, begins: bool = False
    ) -> None:
        """Write for a caller that is not awaited: failures are reported, not raised, also when nobody is signed in.

        Args:
            begins: this write creates a deleted thread again.
        """

        async def transact() -> None:
            if begins:
                self.deleted.discard(thread_id)
            await self._transact(principal, thread_id, write)

        await self.lines.try_run(thread_id, what, transact)

    async def remove(self, principal: Principal, thread_id: UUID, what: str, write: Write[list[UUID]]) -> None:
        """Delete; ``write`` returns the deleted ids, which no pending write may bring back. Raises as :meth:`do`."""

        async def transact() -> None:
            self.deleted.add(await self._transact(principal, thread_id, write) or ())

        await self.lines.run(thread_id, what, transact)

    async def _transact(self, principal: Principal | None, thread_id: UUID, write: Write[T]) -> T | None:
        if principal is None:
            raise NotAuthenticated("Sign in first.")
        if thread_id in self.deleted:
            return None
        async with self._database.transaction() as session:
            return await write(Writer(session, principal, self.deleted))
