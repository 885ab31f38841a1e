"""Answer runs with their sources: the history for the model, and the sources that citations open."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Select, Table, case, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import Principal, SearchScope, require_own
from core.errors import NotFound
from db import threads
from db.base import now
from db.conversation import Step
from db.models import AnswerRun, AnswerSource

_RUNS, _SOURCES = cast(Table, AnswerRun.__table__), cast(Table, AnswerSource.__table__)
HISTORY_STATES = ("done", "refused", "stopped")


async def create(
    session: AsyncSession,
    principal: Principal,
    *,
    question: str,
    scope: SearchScope,
    thread_id: UUID | None = None,
    question_step_id: UUID | None = None,
    run_id: UUID | None = None,
    repeats_run_id: UUID | None = None,
) -> AnswerRun:
    """Store a run that begins, and its thread's row if there is none yet.

    Args:
        repeats_run_id: the run whose question an admin asks again.

    Raises:
        NotFound: the thread is someone else's.
    """
    if thread_id is not None:
        await threads.ensure(session, principal, thread_id)
    run = AnswerRun(
        id=run_id or uuid4(),
        user_id=principal.user_id,
        thread_id=thread_id,
        question_step_id=question_step_id,
        question=question,
        scope=scope_json(scope),
        repeats_run_id=repeats_run_id,
        created_at=(present := now()),
        heartbeat_at=present,
    )
    session.add(run)
    await session.flush()
    return run


async def create_ended(
    session: AsyncSession,
    principal: Principal,
    *,
    question: str,
    scope: SearchScope,
    thread_id: UUID | None,
    question_step_id: UUID | None,
    run_id: UUID,
    sources: Sequence[Mapping[str, Any]],
    **columns: Any,
) -> None:
    """Store a run that has already ended; a run with this id that is stored already is overwritten.

    Args:
        sources: columns of :class:`AnswerSource`, the same for each.
        columns: further columns of :class:`AnswerRun`.

    Raises:
        NotFound: the thread is someone else's.
    """
    if thread_id is not None:
        await threads.ensure(session, principal, thread_id)
    present = now()
    values = {
        "id": run_id,
        "user_id": principal.user_id,
        "thread_id": thread_id,
        "question_step_id": question_step_id,
        "question": question,
        "scope": scope_json(scope),
        "created_at": present,
        "finished_at": present,
        **columns,
    }
    # Into the tables, not as objects: a person is waiting, and it takes a third of the time.
    new = postgresql.insert(_RUNS)
    ended = {name: new.excluded[name] for name in values if name not in ("id", "user_id", "created_at")}
    await session.execute(new.on_conflict_do_update(index_elements=["id"], set_=ended), values)
    await session.execute(insert(_SOURCES), [{"answer_run_id": run_id, **source} for source in sources])


def scope_json(scope: SearchScope) -> dict[str, Any]:
    """The column ``scope`` of a run."""
    narrowed = None if scope.document_ids is None else sorted(str(document_id) for document_id in scope.document_ids)
    return {"library_ids": sorted(str(library_id) for library_id in scope.library_ids), "document_ids": narrowed}


async def store_sources(
    session: AsyncSession, run_id: UUID, query: str | None, sources: Sequence[AnswerSource]
) -> None:
    """Store a run's sources and the query that found them, so that a citation opens while the answer streams."""
    for source in sources:
        source.answer_run_id = run_id
    session.add_all(sources)
    await session.flush()
    await session.execute(update(AnswerRun).where(AnswerRun.id == run_id).values(query=query))


async def renumber(session: AsyncSession, run_id: UUID, order: Sequence[int]) -> None:
    """Give a run's sources new numbers: number ``order[n - 1]`` becomes ``n``."""
    new = {old: place for place, old in enumerate(order, start=1) if old != place}
    if not new:
        return
    of_run = AnswerSource.answer_run_id == run_id
    # In two steps, over numbers that nobody has: no two rows may have the same one in between.
    await session.execute(
        update(AnswerSource).where(of_run, AnswerSource.number.in_(new)).values(number=-AnswerSource.number)
    )
    number = case({-old: place for old, place in new.items()}, value=AnswerSource.number)
    await session.execute(update(AnswerSource).where(of_run, AnswerSource.number < 0).values(number=number))


async def mark_cited(
    session: AsyncSession, run_id: UUID, number: int, spans: Sequence[tuple[int, int]], support: float
) -> None:
    """Record that the answer cites source ``number``.

    Args:
        spans: the supporting spans of its section's text, as (start, end).
        support: the support score.
    """
    statement = update(AnswerSource).where(AnswerSource.answer_run_id == run_id, AnswerSource.number == number)
    pairs = [list(span) for span in spans]
    await session.execute(statement.values(cited=True, spans=pairs, support=support))


async def finish(session: AsyncSession, run_id: UUID, *, state: str, answer: str, **details: Any) -> bool:
    """Store how a run ended.

    Args:
        state: ``done | refused | stopped | error``.
        answer: canonical text (``rag.events``), partial when the run was stopped or failed.
        details: further columns of :class:`AnswerRun`: mode, model, nearest, timings, input_tokens…

    Returns:
        False when the run had ended already or was deleted: nothing was stored.
    """
    statement = (
        update(AnswerRun)
        .where(AnswerRun.id == run_id, AnswerRun.state == "running")
        .values(state=state, answer=answer, finished_at=func.now(), **details)
        .returning(AnswerRun.id)
    )
    return (await session.scalar(statement)) is not None


async def get_owned(session: AsyncSession, principal: Principal, run_id: UUID) -> AnswerRun:
    """A run of the principal's.

    Raises:
        NotFound: not there, or someone else's.
    """
    run = await session.get(AnswerRun, run_id)
    require_own(principal, run.user_id if run else None, "answer")
    assert run is not None
    return run


async def sources(session: AsyncSession, principal: Principal, run_id: UUID) -> list[AnswerSource]:
    """The sources of a run of the principal's, by number.

    Raises:
        NotFound: the run is not there, or someone else's.
    """
    await get_owned(session, principal, run_id)
    statement = select(AnswerSource).where(AnswerSource.answer_run_id == run_id).order_by(AnswerSource.number)
    return list(await session.scalars(statement))


async def source(session: AsyncSession, principal: Principal, run_id: UUID, number: int) -> AnswerSource:
    """One source of a run of the principal's. The caller checks whether its document may still be seen.

    Raises:
        NotFound: the run is not there or someone else's, or has no such source.
    """
    await get_owned(session, principal, run_id)
    row = await session.get(AnswerSource, (run_id, number))
    if row is None:
        raise NotFound("There is no such source.")
    return row


async def source_of_chunk(session: AsyncSession, principal: Principal, chunk_id: UUID, version: int) -> AnswerSource:
    """The source with a chunk of a version of a document, from the principal's newest answer that has it.

    The caller checks whether its document may still be seen.

    Raises:
        NotFound: there is none.
    """
    statement = (
        select(AnswerSource)
        .join(AnswerRun, AnswerRun.id == AnswerSource.answer_run_id)
        .where(AnswerRun.user_id == principal.user_id)
        .where(AnswerSource.chunk_id == chunk_id, AnswerSource.version == version)
        .order_by(AnswerRun.created_at.desc())
        .limit(1)
    )
    source = (await session.scalars(statement)).one_or_none()
    if source is None:
        raise NotFound("There is no such passage.")
    return source


async def history(
    session: AsyncSession,
    principal: Principal,
    thread_id: UUID,
    *,
    limit: int,
    before_step_id: UUID | None = None,
) -> list[AnswerRun]:
    """The last ``limit`` answered questions of the principal's thread, oldest first.

    Questions that were deleted, or edited and asked again, are left out: only the newest run of each question step
    counts, and only while the step exists. Runs without a step (asked over HTTP) always count.

    Args:
        before_step_id: the step that is being answered now; its earlier runs are left out.
    """
    statement = _newest(select(AnswerRun), principal, thread_id, limit, before_step_id)
    return list(await session.scalars(statement))[::-1]


async def history_ids(
    session: AsyncSession,
    principal: Principal,
    thread_id: UUID,
    *,
    limit: int,
    before_step_id: UUID | None = None,
) -> list[UUID]:
    """As :func:`history`, only the ids of the runs. A run that has ended never changes."""
    statement = _newest(select(AnswerRun.id), principal, thread_id, limit, before_step_id)
    return list(await session.scalars(statement))[::-1]


async def turns(session: AsyncSession, principal: Principal, run_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Question and answer of runs of the principal's; those of others are left out."""
    columns = select(AnswerRun.id, AnswerRun.question, AnswerRun.answer)
    rows = await session.execute(columns.where(AnswerRun.id.in_(run_ids), AnswerRun.user_id == principal.user_id))
    return {row.id: (row.question, row.answer) for row in rows}


def _newest(
    columns: Select[Any], principal: Principal, thread_id: UUID, limit: int, before_step_id: UUID | None
) -> Select[Any]:
    """The newest runs of a thread that count, newest first."""
    newer = aliased(AnswerRun)
    step_exists = select(Step.id).where(Step.id == AnswerRun.question_step_id, Step.thread_id == thread_id).exists()
    has_newer_run = (
        select(newer.id)
        .where(
            newer.thread_id == thread_id,  # step ids are chosen by browsers: never look beyond the thread
            newer.question_step_id == AnswerRun.question_step_id,
            newer.created_at > AnswerRun.created_at,
        )
        .exists()
    )
    statement = (
        columns.where(
            AnswerRun.thread_id == thread_id,
            AnswerRun.user_id == principal.user_id,
            AnswerRun.state.in_(HISTORY_STATES),
            or_(AnswerRun.question_step_id.is_(None), step_exists & ~has_newer_run),
        )
        .order_by(AnswerRun.created_at.desc(), AnswerRun.id.desc())
        .limit(limit)
    )
    if before_step_id is not None:
        statement = statement.where(AnswerRun.question_step_id.is_distinct_from(before_step_id))
    return statement
