"""Reads the events of a run that another process answers, or that has ended: from its journal, and from its rows where Redis forgot it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from answers.journal import Entry, Journal
from answers.stored_run import stored_entries
from core.access import Principal
from core.errors import Invalid
from db import answer_runs
from db.models import AnswerRun
from db.session import Database
from rag.pipeline import RagPipeline

log = structlog.get_logger(__name__)

WAIT_S = 1.0  # for the next event; then the row is asked whether there will be one
LOOK_EVERY_S = 0.1
OPEN = ("queued", "running")


class RunReader:
    """Reads runs by their rows and journals."""

    def __init__(self, database: Database, journal: Journal, pipeline: RagPipeline) -> None:
        self._database = database
        self._journal = journal
        self._pipeline = pipeline

    async def row(self, principal: Principal, run_id: UUID) -> AnswerRun:
        """The row of a run. Raises NotFound unless it is one of the principal's."""
        async with self._database.reader() as session:
            return await answer_runs.get_owned(session, principal, run_id)

    async def require_number(self, run: AnswerRun, after: int) -> None:
        """Raise Invalid for a number that no event of the run has. A number that nobody knows any more is taken."""
        newest = max(run.last_event, await self._newest(run.id))
        if after > newest and (newest or run.state == "queued"):
            raise Invalid(f"This answer has no event {after} yet.")

    async def follow(self, principal: Principal, run_id: UUID, after: int) -> AsyncIterator[Entry]:
        """The entries behind this number, as they come, to the end of the answer."""
        is_whole = True
        while True:
            entries = await self._next(run_id, after) if is_whole else await _nothing()
            for entry in entries:
                is_whole = entry.number == after + 1 or entry.kind == "started"
                if not is_whole:
                    break
                yield entry
                after = entry.number
                if entry.is_last:
                    return
            if not (entries and is_whole) and (await self.row(principal, run_id)).state not in OPEN:
                break
        for entry in await self.stored(principal, run_id, after):
            yield entry

    async def stored(self, principal: Principal, run_id: UUID, after: int = 0) -> list[Entry]:
        """The entries of a run that has ended behind this number, rebuilt from its rows."""
        return await stored_entries(self._database, principal, run_id, self._pipeline.index_version, after)

    async def end(self, principal: Principal, run_id: UUID) -> None:
        """Wait until a run has ended."""
        while True:
            if (await self.row(principal, run_id)).state not in OPEN:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _next(self, run_id: UUID, after: int) -> list[Entry]:
        try:
            return await self._journal.read(run_id, after, WAIT_S)
        except (RedisError, OSError) as error:
            log.warning("journal.not_read", answer_run_id=str(run_id), error=repr(error))
            return await _nothing()

    async def _newest(self, run_id: UUID) -> int:
        try:
            return await self._journal.newest(run_id)
        except (RedisError, OSError):
            return 0


async def _nothing() -> list[Entry]:
    await asyncio.sleep(WAIT_S)
    return []
