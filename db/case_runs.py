"""Runs over test cases: ``(queued →) running → done | stopped | failed``. A running run whose heartbeat is old is taken over."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, get_args
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from core.errors import Conflict, NotFound
from db import cursors
from db.base import now
from db.models import CaseResult, CaseRow, CaseRun, User

OPEN = ("queued", "running")
Source = Literal["console", "command"]
NO_RUN = "There is no such run."
KEPT_RUNS = 200  # with their results; older ones are deleted
_LOCK = 1402  # of the database: one run at a time is started


async def start(
    session: AsyncSession,
    principal: Principal | None,
    *,
    source: Source,
    tag: str | None = None,
    case_ids: Collection[UUID] | None = None,
) -> CaseRun:
    """Store a queued run over the enabled cases as they are now, and delete the oldest ones beyond ``KEPT_RUNS``.

    Args:
        principal: None: the command line.
        tag: only cases with this tag.
        case_ids: only these cases.

    Raises:
        NotPermitted: the principal is no admin.
        Conflict: another run has not ended, or there is no case to run.
    """
    if principal is not None:
        require_admin(principal)
    assert source in get_args(Source)
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if await session.scalar(select(CaseRun.id).where(CaseRun.state.in_(OPEN)).limit(1)):
        raise Conflict("Another run is not over yet. Wait for it, or stop it.")
    run = CaseRun(
        id=uuid4(),
        started_by=principal.user_id if principal else None,
        source=source,
        tag=tag,
        is_whole=tag is None and case_ids is None,
        created_at=now(),
    )
    session.add(run)
    await session.flush()
    run.total = await _choose(session, run.id, tag, case_ids)
    if not run.total:
        raise Conflict("There is no test case to run.")
    await session.flush()
    await _prune(session)
    return run


async def _choose(session: AsyncSession, run_id: UUID, tag: str | None, case_ids: Collection[UUID] | None) -> int:
    """Put the cases of a run down as waiting; returns how many there are."""
    columns = (literal(run_id), CaseRow.id, CaseRow.version, literal("waiting"), literal(False), literal(""))
    chosen = select(*columns, func.jsonb_build_array(), func.jsonb_build_array()).where(
        CaseRow.id.in_(case_ids) if case_ids is not None else CaseRow.is_enabled
    )
    if tag is not None:
        chosen = chosen.where(CaseRow.tags.contains([tag]))
    names = ["run_id", "case_id", "case_version", "state", "is_refused", "answer", "failures", "citations"]
    inserted = await session.execute(insert(CaseResult).from_select(names, chosen).returning(CaseResult.case_id))
    return len(inserted.all())


async def _prune(session: AsyncSession) -> None:
    newest = select(CaseRun.id).order_by(CaseRun.created_at.desc(), CaseRun.id.desc()).limit(KEPT_RUNS)
    await session.execute(delete(CaseRun).where(CaseRun.id.not_in(newest), CaseRun.state.not_in(OPEN)))


def some_free(silence_s: float) -> ColumnElement[bool]:
    """True when :func:`claim` finds something."""
    return select(CaseRun.id).where(_is_free(silence_s)).exists()


def _is_free(silence_s: float) -> ColumnElement[bool]:
    silent = (CaseRun.state == "running") & (CaseRun.heartbeat_at <= func.now() - timedelta(seconds=silence_s))
    return (CaseRun.state == "queued") | silent


async def claim(session: AsyncSession, silence_s: float, run_id: UUID | None = None) -> CaseRun | None:
    """Take the oldest run that is queued, or whose process has given no sign of life for so long; None when there is none.

    Args:
        run_id: this run and no other.
    """
    free = select(CaseRun.id).where(_is_free(silence_s))
    if run_id is not None:
        free = free.where(CaseRun.id == run_id)
    found = await session.scalar(free.order_by(CaseRun.created_at).limit(1).with_for_update(skip_locked=True))
    if found is None:
        return None
    taken = {
        "state": "running",
        "heartbeat_at": func.now(),
        "attempts": CaseRun.attempts + 1,
        "started_at": func.coalesce(CaseRun.started_at, func.now()),
    }
    return (await session.scalars(update(CaseRun).where(CaseRun.id == found).values(**taken).returning(CaseRun))).one()


async def describe(session: AsyncSession, run_id: UUID, columns: Mapping[str, Any]) -> None:
    """Record what answers a run: index version, models, prompts."""
    await session.execute(update(CaseRun).where(CaseRun.id == run_id).values(**columns))


async def waiting(session: AsyncSession, run_id: UUID) -> Sequence[CaseRow]:
    """The cases of a run that have no result yet, oldest first."""
    statement = (
        select(CaseRow)
        .join(CaseResult, CaseResult.case_id == CaseRow.id)
        .where(CaseResult.run_id == run_id, CaseResult.state == "waiting")
        .order_by(CaseRow.created_at, CaseRow.id)
    )
    return (await session.scalars(statement)).all()


async def put_result(
    session: AsyncSession, run_id: UUID, case_id: UUID, columns: Mapping[str, Any], spent: Mapping[str, Any]
) -> bool:
    """Store the result of a case and count it; nothing when it has one already. True when it was stored.

    Args:
        columns: of :class:`CaseResult`.
        spent: tokens and cost, added to those of the run.
    """
    statement = (
        update(CaseResult)
        .where(CaseResult.run_id == run_id, CaseResult.case_id == case_id, CaseResult.state == "waiting")
        .values(**columns, finished_at=func.now())
        .returning(CaseResult.state)
    )
    state = await session.scalar(statement)
    if state is None:
        return False
    counted = CaseRun.passed if state == "passed" else CaseRun.failed
    sums = {counted.key: counted + 1, "heartbeat_at": func.now()}
    sums |= {name: getattr(CaseRun, name) + value for name, value in spent.items()}
    await session.execute(update(CaseRun).where(CaseRun.id == run_id).values(**sums))
    return True


async def beat(session: AsyncSession, run: CaseRun) -> bool:
    """Give a claimed run a sign of life; False when it is to be stopped, or another process has taken it."""
    statement = update(CaseRun).where(_is_still(run)).values(heartbeat_at=func.now()).returning(CaseRun.is_stopping)
    is_stopping = await session.scalar(statement)
    return is_stopping is False


async def put_back(session: AsyncSession, run: CaseRun) -> None:
    """Queue a claimed run again, for another process."""
    await session.execute(update(CaseRun).where(_is_still(run)).values(state="queued"))


async def finish(session: AsyncSession, run: CaseRun, state: str, error: str | None = None) -> None:
    """End a claimed run. Cases that were deleted meanwhile no longer count."""
    total = select(func.count()).where(CaseResult.run_id == run.id).scalar_subquery()
    values = {"state": state, "error": error, "finished_at": func.now(), "total": total}
    await session.execute(update(CaseRun).where(_is_still(run)).values(**values))


async def stop(session: AsyncSession, principal: Principal | None, run_id: UUID) -> CaseRun:
    """End a queued run at once; have a running one stopped by its process.

    Args:
        principal: None: the command line.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such run.
    """
    if principal is not None:
        require_admin(principal)
    run = await session.get(CaseRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotFound(NO_RUN)
    if run.state == "queued":
        run.state, run.finished_at = "stopped", now()
    elif run.state == "running":
        run.is_stopping = True
    await session.flush()
    return run


async def get(session: AsyncSession, principal: Principal | None, run_id: UUID) -> tuple[CaseRun, str | None]:
    """A run, and the name of who started it.

    Args:
        principal: None: the command line.

    Raises:
        NotPermitted: the principal is no admin.
        NotFound: there is no such run.
    """
    if principal is not None:
        require_admin(principal)
    statement = select(CaseRun, _name()).outerjoin(User, User.id == CaseRun.started_by).where(CaseRun.id == run_id)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NotFound(NO_RUN)
    return found[0], found[1]


async def page(
    session: AsyncSession, principal: Principal, *, limit: int, cursor: str | None = None
) -> tuple[list[tuple[CaseRun, str | None]], str | None]:
    """Runs with the names of who started them, newest first, and the cursor of the next page.

    Raises:
        NotPermitted: the principal is no admin.
        Invalid: the cursor is not valid.
    """
    require_admin(principal)
    statement = (
        select(CaseRun, _name())
        .outerjoin(User, User.id == CaseRun.started_by)
        .order_by(CaseRun.created_at.desc(), CaseRun.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        statement = statement.where(tuple_(CaseRun.created_at, CaseRun.id) < tuple_(*cursors.decode(cursor)))
    rows = [(run, name) for run, name in await session.execute(statement)]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return rows[:limit], cursors.encode(last.created_at, last.id) if last else None


async def trend(session: AsyncSession, principal: Principal, limit: int) -> list[CaseRun]:
    """The newest complete runs over all cases, oldest first.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    whole = select(CaseRun).where(CaseRun.is_whole, CaseRun.state == "done")
    newest = await session.scalars(whole.order_by(CaseRun.created_at.desc(), CaseRun.id.desc()).limit(limit))
    return list(newest)[::-1]


async def results(session: AsyncSession, principal: Principal | None, run_id: UUID) -> list[tuple[CaseResult, CaseRow]]:
    """The results of a run with their cases as they are now: failed ones first, then by the time of the case.

    Args:
        principal: None: the command line.

    Raises:
        NotPermitted: the principal is no admin.
    """
    if principal is not None:
        require_admin(principal)
    statement = (
        select(CaseResult, CaseRow)
        .join(CaseRow, CaseRow.id == CaseResult.case_id)
        .where(CaseResult.run_id == run_id)
        .order_by(CaseResult.state == "passed", CaseResult.state == "waiting", CaseRow.created_at, CaseRow.id)
    )
    return [(result, case) for result, case in await session.execute(statement)]


async def of_case(session: AsyncSession, principal: Principal, case_id: UUID, limit: int) -> list[CaseResult]:
    """The newest results of a case.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    statement = select(CaseResult).where(CaseResult.case_id == case_id, CaseResult.finished_at.is_not(None))
    return list(await session.scalars(statement.order_by(CaseResult.finished_at.desc()).limit(limit)))


def _is_still(run: CaseRun) -> ColumnElement[bool]:
    """The run as it was claimed: nobody else has taken it since."""
    return (CaseRun.id == run.id) & (CaseRun.state == "running") & (CaseRun.attempts == run.attempts)


def _name() -> ColumnElement[str | None]:
    return func.coalesce(User.display_name, User.username)
