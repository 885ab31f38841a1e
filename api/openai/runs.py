"""How an answer is run for these interfaces: begun, waited for, stopped. The only module of theirs that knows.

A :class:`Run` is stopped when its connection is closed, because nobody else waits for it; those in the background are queued for a worker.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from answers.journal import Entry
from answers.ledger import Ledger
from answers.stored import StoredAnswer
from conversations.runs.service import Runs
from conversations.runs.types import RunRequest
from core.access import Principal
from core.errors import NotFound, UpstreamUnavailable
from rag.events import Failed


class Run:
    """An answer that is being written.

    Attributes:
        run_id: of its answer run.
        is_over: it has ended.
    """

    def __init__(self, run_id: UUID, entries: AsyncIterator[Entry], principal: Principal, ledger: Ledger) -> None:
        self.run_id = run_id
        self.is_over = False
        self._entries = entries
        self._principal = principal
        self._ledger = ledger

    async def over(self) -> Failed | None:
        """Wait until it has ended; returns its failure, if it failed."""
        failed: Failed | None = None
        async for entry in self._entries:
            failed = entry.event if isinstance(entry.event, Failed) else None
        self.is_over = True
        return failed

    async def end(self) -> StoredAnswer:
        """The answer, once it has ended.

        Raises:
            UpstreamUnavailable: it failed.
        """
        if failed := await self.over():
            error = UpstreamUnavailable(failed.message, retry_after_s=failed.retry_after_s)
            error.reference = failed.reference
            raise error
        return await self._ledger.answer(self._principal, self.run_id)


@asynccontextmanager
async def running(request: RunRequest, runs: Runs, principal: Principal, ledger: Ledger) -> AsyncIterator[Run]:
    """An answer that has begun; leaving the block before its end stops it. Raises why it could not begin."""
    run_id = runs.start(principal, request)
    is_over = True
    try:
        entries = await runs.follow(principal, run_id)
        is_over = False
        await anext(entries)
        run = Run(run_id, entries, principal, ledger)
        yield run
        is_over = run.is_over
    finally:
        if not is_over:
            with suppress(NotFound):  # it could not begin
                await asyncio.shield(runs.stop(principal, run_id))


async def ended(answer: StoredAnswer, runs: Runs, principal: Principal, ledger: Ledger) -> StoredAnswer:
    """The answer, once it has ended, whichever process writes it. Raises NotFound."""
    if answer.is_over:
        return answer
    async for _ in await runs.follow(principal, answer.run_id):
        pass
    return await ledger.answer(principal, answer.run_id)
