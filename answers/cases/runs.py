"""Runs over the test cases for the admins and the command line: start, watch, stop, compare."""

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from answers.cases.comparison import Comparison, compared
from answers.cases.rows import result_view_of, run_view_of
from answers.cases.types import ResultView, RunView
from core.access import Principal
from core.retry import log_failure
from core.values import Frozen
from db import audit, case_runs
from db.session import Database

TREND_RUNS = 40


class RunPage(Frozen):
    """A page of runs, newest first."""

    runs: tuple[RunView, ...]
    next_cursor: str | None


class CaseRuns:
    """The runs. Every method raises NotPermitted for people who are no admins; the principal None is the command line.

    Args:
        announce: tells a worker that a run waits.
    """

    def __init__(self, database: Database, announce: Callable[[UUID], Awaitable[None]]) -> None:
        self._database = database
        self._announce = announce

    async def start(
        self, principal: Principal | None, tag: str | None = None, case_ids: Collection[UUID] | None = None
    ) -> UUID:
        """Have the enabled cases run; the id of the run. Who starts it from the command line runs it, or calls :meth:`announce`.

        Args:
            tag: only cases with this tag.
            case_ids: only these cases.

        Raises:
            Conflict: another run has not ended, or there is no case to run.
        """
        source: case_runs.Source = "command" if principal is None else "console"
        async with self._database.transaction() as session:
            run = await case_runs.start(session, principal, source=source, tag=tag, case_ids=case_ids)
            target = audit.Target("case_run", run.id)
            await audit.record(session, principal, "case_run.started", target, {"cases": run.total})
        if principal is not None:
            await self.announce(run.id)
        return run.id

    async def announce(self, run_id: UUID) -> None:
        """Tell a worker that a run waits. A message that is lost delays it by seconds."""
        try:
            await self._announce(run_id)
        except Exception as error:
            log_failure("cases.not_announced", error, run_id=str(run_id))

    async def stop(self, principal: Principal | None, run_id: UUID) -> None:
        """Stop a run; cases that have a result keep it. Raises NotFound."""
        async with self._database.transaction() as session:
            await case_runs.stop(session, principal, run_id)
            await audit.record(session, principal, "case_run.stopped", audit.Target("case_run", run_id))

    async def get(self, principal: Principal | None, run_id: UUID) -> RunView:
        """A run. Raises NotFound."""
        async with self._database.reader() as session:
            row, name = await case_runs.get(session, principal, run_id)
        return run_view_of(row, name)

    async def results(self, principal: Principal | None, run_id: UUID) -> list[ResultView]:
        """The results of a run: failed ones first."""
        async with self._database.reader() as session:
            rows = await case_runs.results(session, principal, run_id)
        return [result_view_of(result, case) for result, case in rows]

    async def page(self, principal: Principal, *, limit: int, cursor: str | None = None) -> RunPage:
        """A page of runs. Raises Invalid: not a cursor of this list."""
        async with self._database.reader() as session:
            rows, next_cursor = await case_runs.page(session, principal, limit=limit, cursor=cursor)
        return RunPage(runs=tuple(run_view_of(row, name) for row, name in rows), next_cursor=next_cursor)

    async def trend(self, principal: Principal) -> list[RunView]:
        """The newest complete runs over all cases, oldest first."""
        async with self._database.reader() as session:
            return [run_view_of(row, None) for row in await case_runs.trend(session, principal, TREND_RUNS)]

    async def compare(self, principal: Principal, left_id: UUID, right_id: UUID) -> Comparison:
        """Two runs side by side, the earlier one on the left. Raises NotFound."""
        left, right = await self.get(principal, left_id), await self.get(principal, right_id)
        if right.created_at < left.created_at:
            left, right = right, left
        return compared(left, await self.results(principal, left.id), right, await self.results(principal, right.id))
