"""Runs the test cases: several at the same time, each result stored when it is there, so that a killed process loses none.

A run is taken from PostgreSQL and kept alive by heartbeats; one whose process died is taken over with the cases that have no result yet.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog

from answers.cases.asking import CaseAsker
from answers.cases.judging import Answered
from answers.cases.places import author_of, place_of
from answers.cases.rows import content_of
from core.access import Principal
from core.retry import log_failure, when_there_is_room
from core.settings import LLMSettings
from db import case_runs, cases
from db.models import CaseRow, CaseRun
from db.session import Database
from rag.index.live import LiveIndex
from rag.pipeline import RagPipeline
from rag.prompts import wording

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0  # without being woken: Redis may lose a message
BEAT_EVERY_S = 3.0
SILENCE_S = 15.0  # without a heartbeat, after which another process takes the run
MOST_ATTEMPTS = 5
BROKE_OFF = "It broke off several times; see the log."
VERSION_DIGITS = 12


class CaseRunner:
    """Takes runs and runs them, one after the other.

    Args:
        several: cases that are asked at the same time.
    """

    def __init__(
        self, database: Database, pipeline: RagPipeline, live: LiveIndex, llm: LLMSettings, several: int
    ) -> None:
        self._database = database
        self._asker = CaseAsker(database, pipeline)
        self._live = live
        self._llm = llm
        self._several = several
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for a run."""
        self._woken.set()

    async def run(self, look_every_s: float = LOOK_EVERY_S) -> None:
        """Take and perform runs until cancelled; an unfinished one then goes back into the queue."""
        while True:
            self._woken.clear()
            try:
                while await self.take() is not None:
                    pass
            except Exception as error:
                log_failure("cases.not_run", error)
            await self._wait(look_every_s)

    async def take(self, run_id: UUID | None = None, on_progress: Callable[[], None] | None = None) -> UUID | None:
        """Take a run that waits or was left, and perform it to its end; its id, or None when there is none.

        Args:
            run_id: this run and no other.
            on_progress: called after each case.
        """
        async with self._database.transaction() as session:
            run = await case_runs.claim(session, SILENCE_S, run_id)
            if run is not None and run.attempts > MOST_ATTEMPTS:
                await case_runs.finish(session, run, "failed", BROKE_OFF)
        if run is None or run.attempts > MOST_ATTEMPTS:
            return None if run is None else run.id
        try:
            await self._perform(run, on_progress or (lambda: None))
        except asyncio.CancelledError:
            await asyncio.shield(self._put_back(run))
            raise
        return run.id

    async def _perform(self, run: CaseRun, on_progress: Callable[[], None]) -> None:
        log.info("cases.running", run_id=str(run.id), total=run.total, attempt=run.attempts)
        async with self._live.use(), self._database.transaction() as session:
            await case_runs.describe(session, run.id, self._described())
            rows = await case_runs.waiting(session, run.id)
        waiting = iter(rows)
        async with self._alive(run) as stopping, asyncio.TaskGroup() as group:
            for _ in range(min(self._several, len(rows))):
                group.create_task(self._some(run.id, waiting, stopping, on_progress))
        async with self._database.transaction() as session:
            await case_runs.finish(session, run, "stopped" if stopping.is_set() else "done")
        log.info("cases.ended", run_id=str(run.id), is_stopped=stopping.is_set())

    async def _some(
        self, run_id: UUID, waiting: Iterator[CaseRow], stopping: asyncio.Event, on_progress: Callable[[], None]
    ) -> None:
        """Run cases, one after the other, until there are no more or the run is stopped."""
        authors: dict[UUID | None, Principal | None] = {}
        for row in waiting:
            if stopping.is_set():
                return
            await self._one(run_id, row, authors)
            on_progress()

    async def _one(self, run_id: UUID, row: CaseRow, authors: dict[UUID | None, Principal | None]) -> None:
        """Run a case and store its result."""
        content = content_of(row)
        async with self._database.reader() as session:
            if row.author_id not in authors:
                authors[row.author_id] = await author_of(session, row.author_id)
            place = await place_of(session, authors[row.author_id], content)
        answered, failures = await self._asker.judged(content, place)
        columns = {
            "state": "failed" if failures else "passed",
            "is_refused": answered.is_refused,
            "failures": [one.model_dump(mode="json") for one in failures],
            "answer": answered.text,
            "citations": [one.model_dump(mode="json") for one in answered.quotes],
            "took_ms": answered.took_ms,
        }
        await when_there_is_room(lambda: self._store(run_id, row.id, columns, answered))

    async def _store(self, run_id: UUID, case_id: UUID, columns: dict[str, Any], answered: Answered) -> None:
        usage = answered.usage
        spent = {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cost_usd": Decimal(str(usage.cost_usd)),
        }
        async with self._database.transaction() as session:
            if await case_runs.put_result(session, run_id, case_id, columns, spent):
                await cases.set_last(session, case_id, columns["state"])

    def _described(self) -> dict[str, Any]:
        """What answers: index version, models, prompts."""
        current = self._live.current
        return {
            "index_version": current.number if current else None,
            "embedding_model": current.embeddings.name if current else None,
            "language_model": ", ".join(model.name for model in self._llm.models()) or None,
            "prompt_version": sha256(wording().encode()).hexdigest()[:VERSION_DIGITS],
        }

    @asynccontextmanager
    async def _alive(self, run: CaseRun) -> AsyncIterator[asyncio.Event]:
        """Heartbeats while the block runs; the event is set once the run is to be stopped."""
        stopping = asyncio.Event()

        async def beat() -> None:
            while not stopping.is_set():
                await asyncio.sleep(BEAT_EVERY_S)
                try:
                    async with self._database.transaction() as session:
                        if not await case_runs.beat(session, run):
                            stopping.set()
                except Exception as error:
                    log_failure("cases.no_heartbeat", error)

        task = asyncio.create_task(beat(), name=f"heartbeat of case run {run.id}")
        try:
            yield stopping
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _put_back(self, run: CaseRun) -> None:
        async with self._database.transaction() as session:
            await case_runs.put_back(session, run)

    async def _wait(self, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._woken.wait()
        except TimeoutError:
            return
