"""The library page: the documents a person may see, in any order, with the details of each row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, Subquery, case, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.access import Principal, SearchScope, scope_of
from db.documents import is_within
from db.jobs import IS_OPEN
from db.library_order import NEVER, DocumentQuery, cursor_after, place_of
from db.models import AnswerRun, AnswerSource, Document, IngestionJob, Library, User

Row = TypeVarTuple("Row")
MOST_QUESTION = 300  # characters of a question shown in a row
PENDING, FAILED, PARTIAL, READY = 3, 2, 1, 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the principal's whose answer cites a document."""

    text: str
    thread_id: UUID | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class RowDetails:
    """Details of rows besides their documents. Jobs and questions are by document id, names by user or library id; any may be missing."""

    jobs: dict[UUID, IngestionJob] = field(default_factory=dict)
    owners: dict[UUID, str] = field(default_factory=dict)
    libraries: dict[UUID, str] = field(default_factory=dict)
    questions: dict[UUID, Question] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of documents in total and in each state; the states overlap."""

    total: int
    pending: int
    ready: int
    failed: int
    partial: int


async def page(
    session: AsyncSession, principal: Principal, query: DocumentQuery, *, limit: int, cursor: str | None = None
) -> tuple[list[Document], str | None]:
    """One page of the documents the principal may see, and the cursor of the next; None after the last.

    Raises:
        Invalid: the cursor is not valid, or of another order.
    """
    key, joined = _ordered(principal, query)
    place = (key, Document.created_at, Document.id)
    statement = joined.add_columns(key)
    if cursor is not None:
        after = tuple_(*place_of(cursor, query))
        statement = statement.where(tuple_(*place) < after if query.is_descending else tuple_(*place) > after)
    order = [part.desc() if query.is_descending else part.asc() for part in place]
    rows = (await session.execute(statement.order_by(*order).limit(limit + 1))).all()
    documents = [row[0] for row in rows[:limit]]
    return documents, cursor_after(query, rows[limit - 1][1], documents[-1]) if len(rows) > limit else None


async def of_scope(session: AsyncSession, scope: SearchScope) -> list[Document]:
    """All documents within a scope, in no order."""
    return list(await session.scalars(select(Document).where(is_within(scope))))


async def counts(session: AsyncSession, scope: SearchScope, query: DocumentQuery) -> Counts:
    """Numbers of documents in each state; state and order of the query are ignored."""
    is_open, rank = _rank()
    ranked = select(Document.state, rank.label("rank")).outerjoin(is_open, is_open.c.document_id == Document.id)
    rows = _searched(ranked, scope, query).subquery()
    states = (rows.c.rank == PENDING, rows.c.state == "ready", rows.c.state == "failed", rows.c.rank == PARTIAL)
    columns: list[ColumnElement[int]] = [func.count(), *(func.count().filter(state) for state in states)]
    row = (await session.execute(select(*columns).select_from(rows))).one()
    return Counts(*(int(count) for count in row))


async def details(session: AsyncSession, principal: Principal, documents: Sequence[Document]) -> RowDetails:
    """The details of these documents' rows: the newest job, names, and the principal's own last question.

    The documents come from :func:`page` or :func:`of_scope`, which check access.
    """
    if not documents:
        return RowDetails()
    ids = [document.id for document in documents]
    newest = select(IngestionJob).where(IngestionJob.document_id.in_(ids)).ext(distinct_on(IngestionJob.document_id))
    newest = newest.order_by(IngestionJob.document_id, IngestionJob.created_at.desc(), IngestionJob.id.desc())
    name = func.coalesce(User.display_name, User.username)
    owners = select(User.id, name).where(User.id.in_({document.uploaded_by for document in documents}))
    libraries = select(Library.id, Library.name).where(Library.id.in_({row.library_id for row in documents}))
    return RowDetails(
        jobs={job.document_id: job for job in await session.scalars(newest)},
        owners={row[0]: row[1] for row in await session.execute(owners)},
        libraries={row[0]: row[1] for row in await session.execute(libraries)},
        questions=await _questions(session, principal, ids),
    )


async def _questions(session: AsyncSession, principal: Principal, ids: Sequence[UUID]) -> dict[UUID, Question]:
    """The principal's newest question that cites each document. Questions of other people are never shown."""
    statement = (
        select(
            AnswerSource.document_id,
            func.left(AnswerRun.question, MOST_QUESTION),
            AnswerRun.thread_id,
            AnswerRun.created_at,
        )
        .join(AnswerRun, AnswerRun.id == AnswerSource.answer_run_id)
        .where(AnswerSource.document_id.in_(ids), AnswerSource.cited, AnswerRun.user_id == principal.user_id)
        .where(AnswerRun.repeats_run_id.is_(None))
        .ext(distinct_on(AnswerSource.document_id))
        .order_by(AnswerSource.document_id, AnswerRun.created_at.desc())
    )
    return {row[0]: Question(*row[1:]) for row in await session.execute(statement)}


def _searched(statement: Select[*Row], scope: SearchScope, query: DocumentQuery) -> Select[*Row]:
    statement = statement.where(is_within(scope))
    if query.library_id is not None:
        statement = statement.where(Document.library_id == query.library_id)
    words = (query.search or "").split()
    return statement.where(*(Document.title.icontains(word, autoescape=True) for word in words))


def _rank() -> tuple[Subquery, ColumnElement[int]]:
    """The open jobs, to be joined, and a document's rank in the order of states."""
    is_open = select(IngestionJob.document_id).where(IS_OPEN).subquery("open_jobs")
    rank = case(
        (or_(is_open.c.document_id.is_not(None), Document.state == "pending"), PENDING),
        (Document.state == "failed", FAILED),
        (func.jsonb_array_length(Document.warnings) > 0, PARTIAL),
        else_=READY,
    )
    return is_open, rank


def _ordered(principal: Principal, query: DocumentQuery) -> tuple[Any, Select[Any]]:
    """The sort key, and the select of the filtered documents with the joins that the key needs."""
    statement = _searched(select(Document), scope_of(principal), query)
    is_open, rank = _rank()
    if query.sort == "state" or query.state == "pending":
        statement = statement.outerjoin(is_open, is_open.c.document_id == Document.id)
    if query.state == "pending":
        statement = statement.where(rank == PENDING)
    elif query.state == "partial":
        statement = statement.where(Document.state == "ready", func.jsonb_array_length(Document.warnings) > 0)
    elif query.state is not None:
        statement = statement.where(Document.state == query.state)
    if query.sort == "used":
        used = _used(principal)
        statement = statement.outerjoin(used, used.c.document_id == Document.id)
        return func.coalesce(used.c.at, literal(NEVER, DateTime(timezone=True))), statement
    keys: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
        "name": Document.name_key,
        "added": Document.created_at,
        "size": Document.size_bytes,
        "pages": func.coalesce(Document.page_count, 0),
        "state": rank,
    }
    return keys[query.sort], statement


def _used(principal: Principal) -> Subquery:
    """When the principal's own answers last cited each document."""
    return (
        select(AnswerSource.document_id, func.max(AnswerRun.created_at).label("at"))
        .join(AnswerRun, AnswerRun.id == AnswerSource.answer_run_id)
        .where(AnswerRun.user_id == principal.user_id, AnswerRun.repeats_run_id.is_(None), AnswerSource.cited)
        .group_by(AnswerSource.document_id)
        .subquery("used")
    )
