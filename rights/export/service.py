"""Exports: asked for by a person, written by a worker, kept for some days, fetched by that person alone."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID

import structlog

from core.access import Principal, require_scope
from core.errors import Conflict, FootnoteError, NotFound
from core.retry import is_transient, sentence_of
from core.settings import RetentionSettings
from core.values import Frozen
from db import audit, exports, users
from db.base import now
from db.models import AccountExport
from db.session import Database
from ingestion.blobs import BlobStore
from rights.export.archive import Archive
from rights.export.keys import key_of
from rights.lease import SILENCE_S, TakenOver, beating

log = structlog.get_logger(__name__)

SHOWN = 10
MOST_ATTEMPTS = 5
ROWS_LAST_DAYS = 90
BROKEN = "Something went wrong while your data was put together. Please try again later."
ExportState = Literal["queued", "running", "ready", "failed", "expired"]


class ExportView(Frozen):
    """An export of one's own data.

    Attributes:
        items_done, items_total: rows and files written, of all; None before it has begun.
        expires_at: when its file is deleted.
        error: why it failed.
        url: where its file is; None until it is ready.
    """

    export_id: UUID
    state: ExportState
    items_done: int
    items_total: int | None
    size_bytes: int | None
    created_at: datetime
    expires_at: datetime | None
    error: str | None
    url: str | None


class Exports:
    """Takes wishes, writes the files, and opens them for their person."""

    def __init__(self, database: Database, blobs: BlobStore, settings: RetentionSettings) -> None:
        self._database = database
        self._blobs = blobs
        self._settings = settings

    async def request(self, principal: Principal) -> ExportView:
        """Have everything about the principal put together; one export of a person is made at a time. Not for API keys."""
        require_scope(principal)
        async with self._database.transaction() as session:
            row = await exports.begin(session, principal)
            await audit.record(session, principal, "user.export_requested", audit.Target("export", row.id))
        return _view(row)

    async def get(self, principal: Principal, export_id: UUID) -> ExportView:
        """An export of the principal's. Raises NotFound."""
        require_scope(principal)
        async with self._database.reader() as session:
            return _view(await exports.get(session, principal, export_id))

    async def latest(self, principal: Principal) -> list[ExportView]:
        """The principal's last exports, newest first."""
        async with self._database.reader() as session:
            return [_view(row) for row in await exports.latest(session, principal, SHOWN)]

    async def open(self, principal: Principal, export_id: UUID) -> tuple[AsyncIterator[bytes], int]:
        """The bytes of an export and their number.

        Raises:
            NotFound: there is no such export of theirs, or its time is over.
            Conflict: it is not ready yet.
        """
        require_scope(principal)
        async with self._database.transaction() as session:
            row = await exports.get(session, principal, export_id)
            if row.state == "expired" or (row.expires_at is not None and row.expires_at < now()):
                raise NotFound("This file was deleted because its time is over. Ask for a new one.")
            if row.state != "ready" or row.size_bytes is None:
                raise Conflict("Your data is still being put together.")
            await audit.record(session, principal, "user.export_downloaded", audit.Target("export", row.id))
        return self._blobs.stream(key_of(principal.user_id, export_id)), row.size_bytes

    async def do_next(self) -> bool:
        """Write an export that waits or was left by a killed process; False when there is none."""
        async with self._database.transaction() as session:
            export = await exports.claim(session, SILENCE_S)
        if export is None:
            return False
        await self._do(export)
        return True

    async def drop_expired(self) -> int:
        """Delete the files of exports whose time is over; returns how many."""
        count = 0
        while True:
            async with self._database.transaction() as session:
                rows = await exports.expired(session, limit=100)
                for row in rows:
                    await self._blobs.delete(key_of(row.user_id, row.id))
                    await exports.expire(session, row)
                await exports.forget_old(session, ROWS_LAST_DAYS)
            count += len(rows)
            if not rows:
                return count

    async def _do(self, export: AccountExport) -> None:
        async def beat() -> bool:
            return await self._change(export)

        try:
            async with beating(beat):
                await self._write(export)
        except TakenOver:
            log.info("export.taken_over", export_id=str(export.id))
            await self._blobs.delete(key_of(export.user_id, export.id))
        except BaseException as error:
            await self._failed(export, error)
            if not isinstance(error, Exception):
                raise

    async def _write(self, export: AccountExport) -> None:
        async with self._database.reader() as session:
            user = await users.get(session, export.user_id)
            total = sum([await exports.count(session, dataset, export.user_id) for dataset in exports.DATASETS])
        if user is None:
            raise TakenOver
        last_told = 0

        async def told(done: int) -> None:
            nonlocal last_told
            if done - last_told >= 500:
                last_told = done
                if not await self._change(export, items_done=done, items_total=max(total, done)):
                    raise TakenOver

        await self._change(export, items_total=total)
        archive = Archive(self._database, self._blobs, export.user_id, user.username, told)
        size_bytes = await self._blobs.put(key_of(export.user_id, export.id), archive.stream())
        expires_at = now() + timedelta(hours=self._settings.exports_hours)
        ended = {"state": "ready", "size_bytes": size_bytes, "finished_at": now(), "expires_at": expires_at}
        if not await self._change(export, items_done=total, **ended):
            raise TakenOver
        log.info("export.ready", export_id=str(export.id), size_bytes=size_bytes)

    async def _failed(self, export: AccountExport, error: BaseException) -> None:
        """Have it tried again, or, after many attempts or an error that stays, say that it failed."""
        is_passing = not isinstance(error, Exception) or is_transient(error)
        log.warning("export.broke_off", export_id=str(export.id), error=repr(error), exc_info=not is_passing)
        if is_passing and export.attempts < MOST_ATTEMPTS:
            await self._change(export, state="queued")
            return
        said = error.message if isinstance(error, FootnoteError) else sentence_of(error) if is_passing else BROKEN
        await self._change(export, state="failed", error=said, finished_at=now())

    async def _change(self, export: AccountExport, **values: object) -> bool:
        async with self._database.transaction() as session:
            return await exports.change(session, export, **values)


def _view(row: AccountExport) -> ExportView:
    return ExportView(
        export_id=row.id,
        state=cast(ExportState, row.state),
        items_done=row.items_done,
        items_total=row.items_total,
        size_bytes=row.size_bytes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        error=row.error,
        url=f"/api/account/exports/{row.id}/file" if row.state == "ready" else None,
    )
