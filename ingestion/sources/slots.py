"""Reads the sources that are due, several at the same time, in any number of processes. Rows in PostgreSQL are the truth."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from core.access import Principal, may_write
from core.errors import FootnoteError, NotPermitted
from core.retry import is_transient, log_failure
from core.settings import LinkSettings
from db import sources, users
from db.base import now
from db.models import DocumentSource
from db.session import Database
from ingestion.service import IngestionService
from ingestion.sources.fetching import Fetcher
from ingestion.sources.folders import read_folder
from ingestion.sources.sync import SourceSync, is_worth_another_try
from ingestion.sources.types import LinkKind

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0
LEASE_S = 120.0
BEAT_EVERY_S = 30.0
FIRST_AGAIN_S = 600.0  # after a site did not answer; then twice as long each time
NOBODY = "The person who added this link is no longer here. Have it read again to go on with it."
NO_LONGER = "The person who added this link may no longer change this library. Have it read again to go on with it."
UNKNOWN = "Something went wrong while this link was read."

PrincipalOf = Callable[[str], Awaitable[Principal]]


class SourceSlots:
    """Takes and reads sources until cancelled; it does nothing where links are turned off.

    Args:
        principal_of: name of a user → who they are and what they may do now.
    """

    def __init__(
        self,
        database: Database,
        ingestion: IngestionService,
        settings: LinkSettings,
        principal_of: PrincipalOf,
        fetcher: Fetcher | None = None,
    ) -> None:
        self._database = database
        self._ingestion = ingestion
        self._settings = settings
        self._principal_of = principal_of
        self._fetcher = fetcher
        self._running: dict[asyncio.Task[None], DocumentSource] = {}
        self._woken = asyncio.Event()

    @property
    def is_enabled(self) -> bool:
        """False where links are turned off."""
        return self._settings.enabled

    def wake(self) -> None:
        """Look for a source that is due."""
        self._woken.set()

    async def run(self, look_every_s: float = LOOK_EVERY_S) -> None:
        """Keep the slots filled. When cancelled, it gives the sources back that are not read to the end."""
        if not self._settings.enabled:
            return
        try:
            while True:
                self._woken.clear()
                await self._fill()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(look_every_s):
                        await self._woken.wait()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def read_due(self) -> int:
        """Read all that are due now, one after the other; returns how many."""
        count = 0
        while self._settings.enabled and (source := await self._claim()) is not None:
            await self._read(source)
            count += 1
        return count

    async def _fill(self) -> None:
        while len(self._running) < self._settings.at_once:
            try:
                source = await self._claim()
            except Exception as error:
                log_failure("links.not_claimed", error)
                return
            if source is None:
                return
            task = asyncio.create_task(self._read(source), name=f"link {source.id}")
            self._running[task] = source
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failure("link.broke_off", error) if isinstance(error, Exception) else None

    async def _claim(self) -> DocumentSource | None:
        most = max(1, self._settings.at_once // 2)
        counts = Counter(source.added_by for source in self._running.values() if source.added_by)
        async with self._database.transaction() as session:
            return await sources.claim(session, LEASE_S, {user for user, count in counts.items() if count >= most})

    async def _read(self, source: DocumentSource) -> None:
        keeper = asyncio.create_task(self._keep(source.id, asyncio.current_task()))
        try:
            try:
                notice = await self._sync(source)
            finally:
                keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)
        except asyncio.CancelledError:
            await self._give_back(source.id)
            raise
        except Exception as error:
            await self._fail(source, error)
        else:
            log.info("link.read", source_id=str(source.id), kind=source.kind)
            await self._finish(source, self._settings.every_s, None, notice)

    async def _sync(self, source: DocumentSource) -> str | None:
        principal = await self._principal(source.added_by)
        if not may_write(principal, source.library_id):
            raise NotPermitted(NO_LONGER)
        if source.kind == LinkKind.FOLDER:
            return await read_folder(self._ingestion, self._settings, source, principal)
        self._fetcher = self._fetcher or Fetcher(self._settings)
        reading = SourceSync(self._database, self._ingestion, self._fetcher, self._settings, source, principal)
        return await reading.run()

    async def _principal(self, user_id: UUID | None) -> Principal:
        """Who added it, with what they may do now. Raises NotPermitted."""
        user = None
        if user_id is not None:
            async with self._database.reader() as session:
                user = await users.get(session, user_id)
        if user is None or user.disabled_at is not None:
            raise NotPermitted(NOBODY)
        return await self._principal_of(user.username)

    async def _keep(self, source_id: UUID, reading: asyncio.Task[None] | None) -> None:
        """Keep the claim while it is read; end the reading of a source that was removed."""
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            try:
                async with self._database.transaction() as session:
                    is_there = await sources.beat(session, source_id, LEASE_S)
            except Exception as error:
                log_failure("link.no_heartbeat", error)
                continue
            if not is_there and reading is not None:
                reading.cancel()
                return

    async def _fail(self, source: DocumentSource, error: Exception) -> None:
        if is_transient(error) and not is_worth_another_try(error):  # of our own parts: nothing is said about the link
            log_failure("link.postponed", error, source_id=str(source.id))
            await self._give_back(source.id, FIRST_AGAIN_S / 10)
            return
        if not isinstance(error, FootnoteError):
            log.exception("link.failed", source_id=str(source.id), exc_info=error)
        sentence = error.message if isinstance(error, FootnoteError) else UNKNOWN
        again_s: float | None = self._settings.every_s
        if is_worth_another_try(error):
            again_s = min(self._settings.every_s, FIRST_AGAIN_S * 2.0 ** min(source.failures, 10))
        elif isinstance(error, NotPermitted):
            again_s = None
        log.info("link.not_read", source_id=str(source.id), error=sentence)
        await self._finish(source, again_s, sentence, None)

    async def _finish(
        self, source: DocumentSource, again_s: float | None, error: str | None, notice: str | None
    ) -> None:
        next_at = None if again_s is None else now() + timedelta(seconds=again_s)
        async with self._database.transaction() as session:
            await sources.finish(session, source.id, next_at=next_at, error=error, notice=notice)

    async def _give_back(self, source_id: UUID, wait_s: float = 0) -> None:
        try:
            async with self._database.transaction() as session:
                await sources.release(session, source_id, now() + timedelta(seconds=wait_s))
        except Exception as error:  # its claim ends by itself
            log_failure("link.not_given_back", error)
