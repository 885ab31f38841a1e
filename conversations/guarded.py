"""Writes in a transaction of their own, in the order of the calls; what was deleted a moment ago is not brought back by one of them."""

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


class Gone:
    """The last ``size`` ids that were deleted by this process."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._ids: OrderedDict[UUID, None] = OrderedDict()

    def add(self, ids: Iterable[UUID]) -> None:
        """Remember ids as deleted."""
        for gone in ids:
            self._ids[gone] = None
            self._ids.move_to_end(gone)
        while len(self._ids) > self._size:
            self._ids.popitem(last=False)

    def discard(self, some_id: UUID) -> None:
        """Forget that it was deleted."""
        self._ids.pop(some_id, None)

    def __contains__(self, some_id: object) -> bool:
        return some_id in self._ids


class GuardedWrites:
    """What a write needs: its place in line, whose it is, a transaction, and what was deleted meanwhile.

    A write to a deleted thread does nothing. ``write`` may be called more than once.
    """

    def __init__(self, database: Database) -> None:
        self.lines = ThreadWrites()
        self.gone = Gone()
        self._database = database

    async def do(self, principal: Principal, thread_id: UUID, what: str, write: Write[T]) -> T | None:
        """Write. Raises FootnoteError: refused, or not stored (both are logged already)."""
        return await self.lines.run(thread_id, what, lambda: self._transact(principal, thread_id, write))

    async def report(
        self, principal: Principal | None, thread_id: UUID, what: str, write: Write[None], *, begins: bool = False
    ) -> None:
        """Write for a caller that nobody waits for: what fails is reported, not raised; also that nobody is signed in.

        Args:
            begins: a thread that was deleted begins anew with this write.
        """

        async def transact() -> None:
            if begins:
                self.gone.discard(thread_id)
            await self._transact(principal, thread_id, write)

        await self.lines.try_run(thread_id, what, transact)

    async def remove(self, principal: Principal, thread_id: UUID, what: str, write: Write[list[UUID]]) -> None:
        """Delete; ``write`` returns the ids that no write under way may bring back. Raises as :meth:`do`."""

        async def transact() -> None:
            self.gone.add(await self._transact(principal, thread_id, write) or ())

        await self.lines.run(thread_id, what, transact)

    async def _transact(self, principal: Principal | None, thread_id: UUID, write: Write[T]) -> T | None:
        if principal is None:
            raise NotAuthenticated("Sign in first.")
        if thread_id in self.gone:
            return None
        async with self._database.transaction() as session:
            return await write(Writer(session, principal, self.gone))
