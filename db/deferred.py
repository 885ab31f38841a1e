"""Backups hold the deletion of files off: while one shows signs of life, what is to be deleted is noted here, and deleted afterwards."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import now
from db.models import DeferredDeletion, RunningBackup

SILENCE_S = 60.0  # a backup without a sign of life for so long has died


async def is_backing_up(session: AsyncSession) -> bool:
    """True while a backup shows signs of life."""
    is_alive = RunningBackup.seen_at > func.now() - timedelta(seconds=SILENCE_S)
    return bool(await session.scalar(select(select(RunningBackup.id).where(is_alive).exists())))


async def beat(session: AsyncSession, backup_id: UUID) -> None:
    """Give a running backup a sign of life; the first begins it."""
    statement = insert(RunningBackup).values(id=backup_id, seen_at=func.now())
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"seen_at": func.now()}))


async def end_backup(session: AsyncSession, backup_id: UUID) -> None:
    """The backup is over, and those that died long ago are forgotten."""
    is_dead = RunningBackup.seen_at < func.now() - timedelta(seconds=2 * SILENCE_S)
    await session.execute(delete(RunningBackup).where((RunningBackup.id == backup_id) | is_dead))


async def add(session: AsyncSession, key: str, *, is_folder: bool) -> None:
    """Note a file or folder to be deleted later."""
    statement = insert(DeferredDeletion).values(key=key, is_folder=is_folder, created_at=now())
    await session.execute(statement.on_conflict_do_nothing())


async def has_any(session: AsyncSession) -> bool:
    """True when files wait to be deleted."""
    return bool(await session.scalar(select(select(DeferredDeletion.key).exists())))


async def some(session: AsyncSession, limit: int) -> list[tuple[str, bool]]:
    """Files and folders that wait, each with whether it is a folder."""
    rows = await session.execute(select(DeferredDeletion.key, DeferredDeletion.is_folder).limit(limit))
    return [(row[0], row[1]) for row in rows]


async def remove(session: AsyncSession, done: Collection[tuple[str, bool]]) -> None:
    """These were deleted."""
    place = tuple_(DeferredDeletion.key, DeferredDeletion.is_folder)
    await session.execute(delete(DeferredDeletion).where(place.in_(done)))
