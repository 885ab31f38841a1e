"""Writes the journals of this process's runs: in the background, many at once, in as few round trips as Redis needs."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from answers.journal import Entry, Journal

log = structlog.get_logger(__name__)

PACE_S = 0.1  # between two round trips: readers elsewhere see text that is a tenth of a second older
AGAIN_S = 1.0
MOST_FAILURES = 60  # in a row; then the journals are given up


class Written(Protocol):
    """A run with entries to be written."""

    entries: list[Entry]

    @property
    def id(self) -> UUID:
        """Its id."""


class JournalWriter:
    """Nobody waits for it: readers in this process have the events already."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._dirty: dict[UUID, Written] = {}
        self._written: dict[UUID, int] = {}  # how many entries of a run stand in its journal
        self._anew: set[UUID] = set()
        self._task: asyncio.Task[None] | None = None

    def note(self, run: Written) -> None:
        """Say that a run has new entries."""
        self._dirty[run.id] = run
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all(), name="journals of answers")

    async def drain(self) -> None:
        """Wait until everything is written, or given up."""
        while self._task is not None and not self._task.done():
            await asyncio.wait({self._task})

    async def _write_all(self) -> None:
        failures = 0
        while self._dirty:
            if failures > MOST_FAILURES:
                self._dirty.clear()
                return
            if await self._write():
                failures = 0
                await asyncio.sleep(PACE_S)
            else:
                failures += 1
                await asyncio.sleep(AGAIN_S)

    async def _write(self) -> bool:
        runs, self._dirty = self._dirty, {}
        batches = {run_id: self._unwritten(run) for run_id, run in runs.items()}
        batches = {run_id: entries for run_id, entries in batches.items() if entries}
        try:
            await self._journal.append(batches, frozenset(self._anew & batches.keys()))
        except (RedisError, OSError) as error:
            log.warning("journal.not_written", runs=len(batches), error=repr(error))
            for run_id in batches:  # some of it may stand there: it is written anew, from its beginning
                self._written[run_id] = 0
                self._anew.add(run_id)
            self._dirty = runs | self._dirty
            return False
        for run_id, entries in batches.items():
            self._anew.discard(run_id)
            self._written[run_id] = self._written.get(run_id, 0) + len(entries)
            if entries[-1].is_last:
                del self._written[run_id]
        return True

    def _unwritten(self, run: Written) -> Sequence[Entry]:
        return run.entries[self._written.get(run.id, 0) :]
