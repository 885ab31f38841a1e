"""Erasures of people: the row that says how far one is, and the removal of what is theirs, batch by batch."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access import LibraryRole, Role
from core.errors import Conflict
from db import holds
from db.base import Base, now
from db.conversation import Element, FeedbackRow, Step, Thread
from db.models import (
    AccountExport,
    AnswerRun,
    ApiKey,
    AuthSession,
    ChunkRow,
    Document,
    DocumentVersion,
    Erasure,
    ErasureDocument,
    GroupMember,
    Identity,
    IngestionJob,
    Library,
    LibraryGroup,
    LibraryMember,
    ModelUsage,
    ReviewItem,
    User,
)

OPEN = ("queued", "running")
# What goes with the row of the person, in the words of the receipt.
WITH_PERSON: tuple[tuple[str, type[Base]], ...] = (
    ("sign-ins", AuthSession),
    ("API keys", ApiKey),
    ("identities", Identity),
    ("group memberships", GroupMember),
    ("library memberships", LibraryMember),
    ("days of use", ModelUsage),
    ("review items", ReviewItem),
    ("exports", AccountExport),
)


def _going(user_id: UUID) -> Select[UUID]:
    """The libraries that nobody could open any more: the person's own, and those that they have alone."""
    other = aliased(LibraryMember)
    alone = (
        select(LibraryMember.library_id)
        .where(LibraryMember.user_id == user_id)
        .where(~exists().where(other.library_id == LibraryMember.library_id, other.user_id != user_id))
        .where(~exists().where(LibraryGroup.library_id == LibraryMember.library_id))
    )
    return select(Library.id).where(
        or_(Library.personal_of == user_id, (Library.personal_of.is_(None)) & Library.id.in_(alone))
    )


async def objections(session: AsyncSession, user_id: UUID) -> list[str]:
    """Why this person cannot be erased now, and what to do first; empty: nothing speaks against it."""
    return [
        *await _last_admin(session, user_id),
        *await _left_without_owner(session, user_id),
        *await _held(session, user_id),
    ]


async def _last_admin(session: AsyncSession, user_id: UUID) -> list[str]:
    is_admin = (User.role == Role.ADMIN.value) & User.disabled_at.is_(None)
    user = await session.get(User, user_id)
    others = await session.scalar(select(User.id).where(is_admin, User.id != user_id).limit(1))
    if user is None or user.role != Role.ADMIN.value or others is not None:
        return []
    return ["This is the only admin: make somebody else an admin first."]


async def _left_without_owner(session: AsyncSession, user_id: UUID) -> list[str]:
    other, owner = aliased(LibraryMember), LibraryRole.OWNER.value
    owned = (
        select(Library.name)
        .join(LibraryMember, LibraryMember.library_id == Library.id)
        .where(LibraryMember.user_id == user_id, LibraryMember.role == owner, Library.personal_of.is_(None))
        .where(~exists().where(other.library_id == Library.id, other.user_id != user_id, other.role == owner))
        .where(~exists().where(LibraryGroup.library_id == Library.id, LibraryGroup.role == owner))
        .where(Library.id.not_in(_going(user_id)))
        .order_by(Library.name)
        .limit(20)
    )
    return [
        f"The library “{name}” would be left without an owner: make another member an owner of it, or delete it, first."
        for name in await session.scalars(owned)
    ]


async def _held(session: AsyncSession, user_id: UUID) -> list[str]:
    threads = exists().where(Thread.user_id == user_id, holds.is_held_thread(Thread.id))
    libraries = exists().where(Library.id.in_(_going(user_id)), holds.is_held_library(Library.id))
    is_held = await session.scalar(select(or_(holds.is_held_user(user_id), threads, libraries)))
    if not is_held:
        return []
    return [
        "A legal hold says that something of this account must be kept, so it cannot be erased until an admin ends the hold."
    ]


async def begin(
    session: AsyncSession, user_id: UUID, requested_by: UUID | None, ticket_hash: bytes, *, is_own_wish: bool
) -> Erasure:
    """Queue the erasure of a person.

    Raises:
        Conflict: it was asked for before and goes on.
    """
    values = {
        "user_id": user_id,
        "requested_by": requested_by,
        "is_own_wish": is_own_wish,
        "ticket_hash": ticket_hash,
        "created_at": now(),
    }
    statement = (
        insert(Erasure)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["user_id"], index_where=text("state IN ('queued', 'running')"))
    )
    row = (await session.scalars(statement.returning(Erasure))).one_or_none()
    if row is None:
        raise Conflict("This account is being erased already.")
    return row


async def claim(session: AsyncSession, silence_s: float, without: Collection[UUID] = ()) -> Erasure | None:
    """Take the next erasure that is queued, or whose process gave no sign of life for so long, without these; None when there is none."""
    is_silent = Erasure.heartbeat_at < func.now() - timedelta(seconds=silence_s)
    free = (
        select(Erasure.id)
        .where(or_(Erasure.state == "queued", (Erasure.state == "running") & is_silent), Erasure.id.not_in(without))
        .order_by(Erasure.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = {"state": "running", "heartbeat_at": func.now(), "attempts": Erasure.attempts + 1, "notice": None}
    statement = update(Erasure).where(Erasure.id == free.scalar_subquery()).values(**taken).returning(Erasure)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def advance(
    session: AsyncSession, erasure: Erasure, stage: str, removed: Mapping[str, int] | None = None
) -> bool:
    """Note the stage and what was removed, as a sign of life; False when another process has taken over."""
    counts = Counter({kind: int(number) for kind, number in erasure.counts.items()}) + Counter(removed or {})
    mine = (Erasure.id == erasure.id) & (Erasure.attempts == erasure.attempts) & (Erasure.state == "running")
    statement = update(Erasure).where(mine).values(stage=stage, heartbeat_at=func.now(), counts=dict(counts))
    is_mine = (await session.scalar(statement.returning(Erasure.id))) is not None
    if is_mine:
        erasure.counts = dict(counts)
    return is_mine


async def still_ours(session: AsyncSession, erasure: Erasure) -> bool:
    """Give an erasure a sign of life; False when another process has taken over."""
    mine = (Erasure.id == erasure.id) & (Erasure.attempts == erasure.attempts) & (Erasure.state == "running")
    statement = update(Erasure).where(mine).values(heartbeat_at=func.now()).returning(Erasure.id)
    return (await session.scalar(statement)) is not None


async def end(session: AsyncSession, erasure: Erasure, state: str, notice: str | None = None) -> None:
    """Set what became of it: ``finished``, ``refused``, or ``queued`` again, and why."""
    finished_at = None if state == "queued" else func.now()
    values = {"state": state, "notice": notice, "finished_at": finished_at}
    await session.execute(update(Erasure).where(Erasure.id == erasure.id).values(**values))
    if state == "finished":
        await session.execute(delete(ErasureDocument).where(ErasureDocument.erasure_id == erasure.id))


async def by_ticket(session: AsyncSession, ticket_hash: bytes) -> Erasure | None:
    """The erasure that a link leads to."""
    return (await session.scalars(select(Erasure).where(Erasure.ticket_hash == ticket_hash))).one_or_none()


async def use_ticket(session: AsyncSession, erasure_id: UUID) -> None:
    """Make the link of an erasure useless."""
    await session.execute(update(Erasure).where(Erasure.id == erasure_id).values(ticket_hash=None))


async def drop_tickets(session: AsyncSession, older_than_s: float) -> int:
    """Make the links of erasures that ended so long ago useless."""
    is_old = Erasure.finished_at < func.now() - timedelta(seconds=older_than_s)
    statement = update(Erasure).where(is_old, Erasure.ticket_hash.is_not(None)).values(ticket_hash=None)
    return len((await session.scalars(statement.returning(Erasure.id))).all())


async def stop_answers(session: AsyncSession, user_id: UUID) -> list[UUID]:
    """Stop the person's queued answers at once, and have the running ones stopped; returns those that still run."""
    queued = update(AnswerRun).where(AnswerRun.user_id == user_id, AnswerRun.state == "queued")
    await session.execute(queued.values(state="stopped", finished_at=func.now()))
    running = update(AnswerRun).where(AnswerRun.user_id == user_id, AnswerRun.state == "running")
    return list(await session.scalars(running.values(is_stopping=True).returning(AnswerRun.id)))


async def stop_reading(session: AsyncSession, user_id: UUID) -> list[UUID]:
    """Stop the jobs that read documents which go with the person; returns their ids."""
    inside = select(Document.id).where(Document.library_id.in_(_going(user_id)))
    is_open = IngestionJob.state.in_(("queued", "started"))
    statement = update(IngestionJob).where(is_open, IngestionJob.document_id.in_(inside))
    stopped = statement.values(state="stopped", finished_at=func.now(), not_before=None, notice=None, eta_s=None)
    return list(await session.scalars(stopped.returning(IngestionJob.id)))


async def remove_threads(session: AsyncSession, user_id: UUID, limit: int) -> tuple[list[UUID], Counter[str]]:
    """Delete some conversations of the person; returns the ids of their answer runs, and counts. Zero conversations: none is left."""
    ids = list(await session.scalars(select(Thread.id).where(Thread.user_id == user_id).limit(limit).with_for_update()))
    if not ids:
        return [], Counter()
    of_threads = select(AnswerRun.id).where(AnswerRun.thread_id.in_(ids))
    gone = or_(AnswerRun.id.in_(of_threads), AnswerRun.repeats_run_id.in_(of_threads))
    run_ids = list(await session.scalars(select(AnswerRun.id).where(gone)))
    counts = Counter(
        {
            "conversations": len(ids),
            "messages": await _count(
                session, Step.thread_id.in_(ids) & Step.type.in_(("user_message", "assistant_message"))
            ),
            "attachments": await _count(session, Element.thread_id.in_(ids)),
            "ratings": await _count(session, FeedbackRow.thread_id.in_(ids)),
        }
    )
    counts += await _with_runs(session, run_ids)
    await session.execute(delete(Thread).where(Thread.id.in_(ids)))
    return run_ids, counts


async def remove_runs(session: AsyncSession, user_id: UUID, limit: int) -> tuple[list[UUID], Counter[str]]:
    """Delete some answers of the person that are in no conversation; returns their ids, and counts."""
    is_original = AnswerRun.repeats_run_id.is_(None)  # a repeat goes with what it repeats, uncounted: so it goes before
    some = select(AnswerRun.id).where(AnswerRun.user_id == user_id).order_by(is_original).limit(limit)
    run_ids = list(await session.scalars(some))
    counts = await _with_runs(session, run_ids)
    await session.execute(delete(AnswerRun).where(AnswerRun.id.in_(run_ids)))
    return run_ids, counts


async def _with_runs(session: AsyncSession, run_ids: Sequence[UUID]) -> Counter[str]:
    """What goes with answers: they themselves, and the review items that arose from them by rule."""
    items = await _count(session, ReviewItem.automatic_run_id.in_(run_ids))
    return Counter({"answers": len(run_ids), "review items": items})


async def take_documents(session: AsyncSession, erasure: Erasure, user_id: UUID, limit: int) -> Counter[str]:
    """Delete the rows of some documents that go with the person, and note what has to be cleared; nothing counted: none is left."""
    chosen = select(Document.id, Document.blob_key).where(Document.library_id.in_(_going(user_id)))
    rows = list(await session.execute(chosen.order_by(Document.id).limit(limit).with_for_update()))
    if not rows:
        return Counter()
    ids = [row.id for row in rows]
    sizes = select(func.count(), func.coalesce(func.sum(DocumentVersion.size_bytes), 0))
    files, size_bytes = (await session.execute(sizes.where(DocumentVersion.document_id.in_(ids)))).one()
    counts = Counter(
        {
            "documents": len(ids),
            "files": int(files),
            "bytes of files": int(size_bytes),
            "passages": await _count(session, ChunkRow.document_id.in_(ids)),
        }
    )
    remains = [{"erasure_id": erasure.id, "document_id": row.id, "blob_key": row.blob_key} for row in rows]
    await session.execute(insert(ErasureDocument).values(remains).on_conflict_do_nothing())
    await session.execute(delete(Document).where(Document.id.in_(ids)))
    return counts


async def uncleared(session: AsyncSession, erasure_id: UUID, limit: int) -> list[tuple[UUID, str]]:
    """Documents of an erasure of which something may be left in index and blob store: id and blob key."""
    statement = select(ErasureDocument.document_id, ErasureDocument.blob_key).where(
        ErasureDocument.erasure_id == erasure_id, ~ErasureDocument.is_cleared
    )
    return [(row[0], row[1]) for row in await session.execute(statement.limit(limit))]


async def mark_cleared(
    session: AsyncSession, erasure_id: UUID, document_ids: Sequence[UUID] | None, *, is_cleared: bool
) -> None:
    """Note that documents were cleared, or (None: all of them) that they are to be looked at once more."""
    statement = update(ErasureDocument).where(ErasureDocument.erasure_id == erasure_id)
    if document_ids is not None:
        statement = statement.where(ErasureDocument.document_id.in_(document_ids))
    await session.execute(statement.values(is_cleared=is_cleared))


async def remove_person(session: AsyncSession, user_id: UUID) -> Counter[str]:
    """Delete the libraries that go with the person, and the person with everything that is left of theirs. Lock all users first."""
    counts = Counter(
        {"libraries": await session.scalar(select(func.count()).select_from(_going(user_id).subquery())) or 0}
    )
    for kind, table in WITH_PERSON:
        counts[kind] = await _count(session, table.user_id == user_id)  # type: ignore[attr-defined]
    await session.execute(delete(Library).where(Library.id.in_(_going(user_id))))
    await session.execute(delete(User).where(User.id == user_id))
    return counts + Counter({"accounts": 1})


async def known_runs(session: AsyncSession, run_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these answer runs that exist."""
    return set(await session.scalars(select(AnswerRun.id).where(AnswerRun.id.in_(run_ids))))


async def _count(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).where(condition)) or 0
