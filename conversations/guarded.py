"""Writes in a transaction of their own, for whoever called, in the order of the calls."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.gone import Gone
from conversations.writes import ThreadWrites
from core.access import Principal
from core.context import require_principal
from db.session import Database

T = TypeVar("T")
Write = Callable[[AsyncSession, Principal], Awaitable[T]]


class GuardedWrites:
    """What a write needs: its place in line, the principal of the calling context, a transaction, and what was deleted meanwhile.

    A write to a deleted thread does nothing.
    """

    def __init__(self, database: Database) -> None:
        self.lines = ThreadWrites()
        self.gone = Gone()
        self._database = database

    async def do(self, thread_id: UUID, what: str, write: Write[T]) -> T | None:
        """Write. Raises FootnoteError: refused, or not stored (both are logged already)."""
        return await self.lines.run(thread_id, what, lambda: self._transact(thread_id, write))

    async def report(self, thread_id: UUID, what: str, write: Write[None], *, begins: bool = False) -> None:
        """Write for a caller that nobody waits for: what fails is reported, not raised.

        Args:
            begins: a thread that was deleted begins anew with this write.
        """

        async def transact() -> None:
            if begins:
                self.gone.discard(thread_id)
            await self._transact(thread_id, write)

        await self.lines.try_run(thread_id, what, transact)

    async def remove(self, thread_id: UUID, what: str, write: Write[list[UUID]]) -> None:
        """Delete; ``write`` returns the ids that no write under way may bring back. Raises as :meth:`do`."""

        async def transact() -> None:
            self.gone.add(await self._transact(thread_id, write) or ())

        await self.lines.run(thread_id, what, transact)

    async def _transact(self, thread_id: UUID, write: Write[T]) -> T | None:
        """Runs in a task that carries the caller's context, and with it the principal."""
        if thread_id in self.gone:
            return None
        async with self._database.transaction() as session:
            return await write(session, require_principal())
