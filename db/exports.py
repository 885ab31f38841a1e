"""Exports: the rows that say how far one is, and what there is about a person, set by set and page by page.

``DATASETS`` names every table that is about people, and ``LEFT_OUT`` those that are not exported, with the reason; a test fails on a table
that refers to a person and is in neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_own
from db.base import now
from db.conversation import Element, FeedbackRow, Step, Thread
from db.models import (
    AccountExport,
    AnswerRun,
    AnswerSource,
    ApiKey,
    AuthSession,
    ConversationOpening,
    ConversationShare,
    Document,
    DocumentVersion,
    Group,
    GroupMember,
    Identity,
    KeyedRequest,
    Library,
    LibraryMember,
    ModelUsage,
    ReviewItem,
    User,
)

Row = Mapping[str, Any]
LEFT_OUT = {
    "account_exports": "the export itself",
    "audit_events": "belongs to the organisation",
    "audit_erasable": "belongs to the organisation",
    "audit_people": "belongs to the organisation",
    "case_runs": "what admins did to the test set",
    "conversation_facts": "sums over the messages and answers that are there",
    "erasures": "empty for everybody who can ask for an export",
    "job_turns": "who is next in the queue of files",
    "job_turn_changes": "who is next in the queue of files",
    "ingestion_jobs": "how a file was read; the file and its text are there",
    "document_sources": "belongs to the library; the documents that came from it are there",
    "password_links": "secrets, for one use",
    "review_changes": "what admins decided about a question; what its sender is told is with the question",
    "test_cases": "the organisation's test set; the question is with the messages",
    "legal_holds": "set by others, for reasons of others",
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows about a person.

    Attributes:
        name: of the file.
        title: for people.
        table: whose rows they are.
        columns: what is exported; never a secret.
        of: person → the condition of their rows.
        order: columns that identify a row, for paging.
    """

    name: str
    title: str
    table: Any
    columns: tuple[Any, ...]
    of: Any
    order: tuple[Any, ...]


def _own(column: Any) -> Any:
    return lambda user_id: column == user_id


def _of_runs(user_id: UUID) -> ColumnElement[bool]:
    return AnswerSource.answer_run_id.in_(select(AnswerRun.id).where(AnswerRun.user_id == user_id))


def _of_threads(column: Any) -> Any:
    return lambda user_id: column.in_(select(Thread.id).where(Thread.user_id == user_id))


def _columns(table: Any, *but: str) -> tuple[Any, ...]:
    return tuple(column for column in table.__table__.columns if column.name not in but and column.computed is None)


DATASETS = (
    Dataset("account", "Account", User, _columns(User, "password_hash"), _own(User.id), (User.id,)),
    Dataset(
        "identities", "Sign-in services", Identity, _columns(Identity), _own(Identity.user_id),
        (Identity.issuer, Identity.subject),
    ),
    Dataset("sign-ins", "Sign-ins", AuthSession, _columns(AuthSession, "id_token"), _own(AuthSession.user_id), (AuthSession.id,)),
    Dataset("api-keys", "API keys", ApiKey, _columns(ApiKey, "secret_hash"), _own(ApiKey.user_id), (ApiKey.id,)),
    Dataset(
        "groups", "Groups", GroupMember, (Group.id, Group.name, GroupMember.source), _own(GroupMember.user_id),
        (GroupMember.group_id, GroupMember.source),
    ),
    Dataset(
        "libraries", "Libraries", LibraryMember, (Library.id, Library.name, LibraryMember.role, Library.created_at),
        _own(LibraryMember.user_id), (LibraryMember.library_id,),
    ),
    Dataset(
        "use", "Use of language models", ModelUsage, _columns(ModelUsage), _own(ModelUsage.user_id),
        (ModelUsage.day, ModelUsage.model),
    ),
    Dataset(
        "documents", "Documents that you brought", Document, _columns(Document, "blob_key"), _own(Document.uploaded_by),
        (Document.id,),
    ),
    Dataset(
        "versions", "Versions of documents that you brought", DocumentVersion, _columns(DocumentVersion, "blob_key"),
        _own(DocumentVersion.uploaded_by), (DocumentVersion.document_id, DocumentVersion.number),
    ),
    Dataset("threads", "Conversations", Thread, _columns(Thread), _own(Thread.user_id), (Thread.id,)),
    Dataset("messages", "Messages and steps", Step, _columns(Step), _of_threads(Step.thread_id), (Step.id,)),
    Dataset("attachments", "Attachments", Element, _columns(Element), _of_threads(Element.thread_id), (Element.id,)),
    Dataset("answers", "Answers", AnswerRun, _columns(AnswerRun), _own(AnswerRun.user_id), (AnswerRun.id,)),
    Dataset(
        "sources", "Sources of answers", AnswerSource, _columns(AnswerSource), _of_runs,
        (AnswerSource.answer_run_id, AnswerSource.number),
    ),
    Dataset("ratings", "Ratings and comments", FeedbackRow, _columns(FeedbackRow), _own(FeedbackRow.user_id), (FeedbackRow.id,)),
    Dataset(
        "reviews", "Questions that you sent to the admins", ReviewItem, _columns(ReviewItem), _own(ReviewItem.user_id),
        (ReviewItem.id,),
    ),
    Dataset(
        "openings", "Openings of your conversations by admins", ConversationOpening,
        _columns(ConversationOpening, "opened_by"), _of_threads(ConversationOpening.thread_id), (ConversationOpening.id,),
    ),
    Dataset(
        "links", "Links to your conversations", ConversationShare, _columns(ConversationShare, "snapshot"),
        _own(ConversationShare.user_id), (ConversationShare.id,),
    ),
    Dataset(
        "requests", "Requests with a key of your own", KeyedRequest, _columns(KeyedRequest, "attempt"),
        _own(KeyedRequest.user_id), (KeyedRequest.key,),
    ),
)  # fmt: skip
_JOINS = {
    "groups": lambda query: query.join(Group, Group.id == GroupMember.group_id),
    "libraries": lambda query: query.join(Library, Library.id == LibraryMember.library_id),
}


async def rows(
    session: AsyncSession, dataset: Dataset, user_id: UUID, after: tuple[Any, ...] | None, limit: int
) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """A page of a set: for each row its place (for ``after``) and its columns. For the worker, never for a request."""
    places = [column.label(f"place_{number}") for number, column in enumerate(dataset.order)]
    query: Select[Any] = select(*places, *dataset.columns).select_from(dataset.table)
    query = _JOINS.get(dataset.name, lambda same: same)(query).where(dataset.of(user_id))
    if after is not None:
        query = query.where(_behind(dataset.order, after))
    found = await session.execute(query.order_by(*dataset.order).limit(limit))
    width = len(places)
    names = [column.key for column in dataset.columns]
    return [(tuple(row[:width]), dict(zip(names, row[width:], strict=True))) for row in found]


async def count(session: AsyncSession, dataset: Dataset, user_id: UUID) -> int:
    """How many rows a set has. For the worker, never for a request."""
    return await session.scalar(select(func.count()).select_from(dataset.table).where(dataset.of(user_id))) or 0


def _behind(order: tuple[Any, ...], after: tuple[Any, ...]) -> ColumnElement[bool]:
    """Rows behind a place, also where a part of the place is of a type that PostgreSQL's row comparison would not convert."""
    pairs = list(zip(order, after, strict=True))
    return or_(
        *(
            and_(*(column == value for column, value in pairs[:number]), pairs[number][0] > pairs[number][1])
            for number in range(len(pairs))
        )
    )


async def files(session: AsyncSession, user_id: UUID, after: UUID | None, limit: int) -> list[Document]:
    """Documents of the person's own library, in the order of their ids. For the worker, never for a request."""
    library = select(Library.id).where(Library.personal_of == user_id).scalar_subquery()
    query = select(Document).where(Document.library_id == library)
    if after is not None:
        query = query.where(Document.id > after)
    return list(await session.scalars(query.order_by(Document.id).limit(limit)))


async def threads(
    session: AsyncSession, user_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[Thread]:
    """Conversations of the person, oldest first. For the worker, never for a request."""
    query = select(Thread).where(Thread.user_id == user_id)
    if after is not None:
        query = query.where(_behind((Thread.created_at, Thread.id), after))
    return list(await session.scalars(query.order_by(Thread.created_at, Thread.id).limit(limit)))


async def messages(
    session: AsyncSession, thread_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[Step, FeedbackRow | None]]:
    """Questions and answers of a conversation in their order, with their ratings. For the worker, never for a request."""
    spoken = Step.type.in_(("user_message", "assistant_message"))
    query = select(Step, FeedbackRow).outerjoin(FeedbackRow, FeedbackRow.step_id == Step.id)
    query = query.where(Step.thread_id == thread_id, spoken)
    if after is not None:
        query = query.where(_behind((Step.created_at, Step.id), after))
    return [(row[0], row[1]) for row in await session.execute(query.order_by(Step.created_at, Step.id).limit(limit))]


async def begin(session: AsyncSession, principal: Principal) -> AccountExport:
    """Queue an export of what is the principal's, or return the one that is queued or running."""
    statement = insert(AccountExport).values(user_id=principal.user_id, created_at=now())
    statement = statement.on_conflict_do_nothing(
        index_elements=["user_id"], index_where=text("state IN ('queued', 'running')")
    )
    row = (await session.scalars(statement.returning(AccountExport))).one_or_none()
    if row is None:
        is_open = AccountExport.state.in_(("queued", "running"))
        row = await session.scalar(select(AccountExport).where(AccountExport.user_id == principal.user_id, is_open))
    return row or await begin(session, principal)  # the open one ended between the two statements


async def get(session: AsyncSession, principal: Principal, export_id: UUID) -> AccountExport:
    """An export of the principal's. Raises NotFound."""
    row = await session.get(AccountExport, export_id)
    require_own(principal, row.user_id if row else None, "export")
    assert row is not None
    return row


async def latest(session: AsyncSession, principal: Principal, limit: int) -> list[AccountExport]:
    """The principal's exports, newest first."""
    query = select(AccountExport).where(AccountExport.user_id == principal.user_id)
    return list(await session.scalars(query.order_by(AccountExport.created_at.desc(), AccountExport.id).limit(limit)))


async def claim(session: AsyncSession, silence_s: float) -> AccountExport | None:
    """Take the next export that is queued, or whose process gave no sign of life for so long; None when there is none."""
    is_silent = AccountExport.heartbeat_at < func.now() - timedelta(seconds=silence_s)
    free = (
        select(AccountExport.id)
        .where(or_(AccountExport.state == "queued", (AccountExport.state == "running") & is_silent))
        .order_by(AccountExport.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = {"state": "running", "heartbeat_at": func.now(), "attempts": AccountExport.attempts + 1, "items_done": 0}
    statement = update(AccountExport).where(AccountExport.id == free.scalar_subquery()).values(**taken)
    return (await session.scalars(statement.returning(AccountExport))).one_or_none()


async def change(session: AsyncSession, export: AccountExport, **values: Any) -> bool:
    """Note how far an export is, or how it ended, as a sign of life; False when it is another process's, or its person is gone."""
    mine = (AccountExport.id == export.id) & (AccountExport.attempts == export.attempts)
    statement = update(AccountExport).where(mine, AccountExport.state == "running")
    changed = statement.values(heartbeat_at=func.now(), **values).returning(AccountExport.id)
    return (await session.scalar(changed)) is not None


async def expired(session: AsyncSession, limit: int) -> list[AccountExport]:
    """Exports whose time is over, and whose files are to be deleted."""
    query = select(AccountExport).where(AccountExport.state == "ready", AccountExport.expires_at < func.now())
    return list(await session.scalars(query.limit(limit).with_for_update(skip_locked=True)))


async def expire(session: AsyncSession, export: AccountExport) -> None:
    """The file of an export is gone."""
    statement = update(AccountExport).where(AccountExport.id == export.id)
    await session.execute(statement.values(state="expired", size_bytes=None))


async def forget_old(session: AsyncSession, days: int) -> None:
    """Delete the rows of exports that ended so many days ago."""
    is_old = AccountExport.created_at < func.now() - timedelta(days=days)
    await session.execute(delete(AccountExport).where(is_old, AccountExport.state.in_(("expired", "failed"))))
