"""What is old enough to be deleted: conversations, and documents of libraries that say so. Never what is under a legal hold."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from core.errors import NotFound
from db import holds
from db.conversation import Thread
from db.models import AnswerRun, Document, DocumentVersion, IngestionJob, Library


async def remove_old_threads(session: AsyncSession, days: int, limit: int) -> list[UUID]:
    """Delete some conversations that were not used for so many days; returns their ids."""
    is_open = AnswerRun.state.in_(("queued", "running"))
    old = (
        select(Thread.id)
        .where(Thread.last_activity_at < func.now() - timedelta(days=days), ~holds.is_held_thread(Thread.id))
        .where(~exists().where(AnswerRun.thread_id == Thread.id, is_open))
        .order_by(Thread.last_activity_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(await session.scalars(old))
    await session.execute(delete(Thread).where(Thread.id.in_(ids)))
    return ids


async def remove_old_runs(session: AsyncSession, days: int, limit: int) -> list[UUID]:
    """Delete some answers outside conversations that are so many days old; returns their ids."""
    is_ended = AnswerRun.state.not_in(("queued", "running"))
    is_old = AnswerRun.created_at < func.now() - timedelta(days=days)
    old = select(AnswerRun.id).where(AnswerRun.thread_id.is_(None), is_old, is_ended)
    free = old.where(~holds.is_held_user(AnswerRun.user_id)).limit(limit).with_for_update(skip_locked=True)
    return list(await session.scalars(delete(AnswerRun).where(AnswerRun.id.in_(free)).returning(AnswerRun.id)))


async def remove_old_documents(session: AsyncSession, limit: int) -> list[Document]:
    """Delete some documents that their library keeps no longer; returns the deleted rows, whose files and chunks are to be cleared."""
    is_open = IngestionJob.state.in_(("queued", "started"))
    old = (
        select(Document)
        .join(Library, Library.id == Document.library_id)
        .join(
            DocumentVersion,
            (DocumentVersion.document_id == Document.id) & (DocumentVersion.number == Document.version),
        )
        .where(Library.keep_days.is_not(None))
        .where(DocumentVersion.created_at < func.now() - func.make_interval(0, 0, 0, Library.keep_days))
        .where(~holds.is_held_library(Library.id))
        .where(~exists().where(IngestionJob.document_id == Document.id, is_open))
        .order_by(DocumentVersion.created_at)
        .limit(limit)
        .with_for_update(of=Document, skip_locked=True)
    )
    rows = list(await session.scalars(old))
    for row in rows:
        session.expunge(row)
    await session.execute(delete(Document).where(Document.id.in_([row.id for row in rows])))
    epochs = update(Library).where(Library.id.in_({row.library_id for row in rows}))
    await session.execute(epochs.values(epoch=Library.epoch + 1))
    return rows


async def keep_for(session: AsyncSession, principal: Principal, library_id: UUID, days: int | None) -> None:
    """Set how many days a library keeps documents after their last file came; None: for good. Raises NotPermitted, NotFound."""
    require_admin(principal)
    statement = update(Library).where(Library.id == library_id, Library.personal_of.is_(None)).values(keep_days=days)
    if await session.scalar(statement.returning(Library.id)) is None:
        raise NotFound("There is no such shared library.")


async def with_limits(session: AsyncSession, principal: Principal) -> list[Library]:
    """The libraries that keep documents for a time only, by name. Raises NotPermitted."""
    require_admin(principal)
    statement = select(Library).where(Library.keep_days.is_not(None)).order_by(Library.name, Library.id)
    return list(await session.scalars(statement.limit(1000)))
