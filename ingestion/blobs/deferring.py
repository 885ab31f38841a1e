"""Wraps a blob store so that nothing is deleted while a backup is made: it is noted, and deleted afterwards.

A backup reads the database first and the files after it. A file whose row it has must therefore stay; ``db/deferred.py`` says how.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import structlog

from core.retry import is_transient
from db import deferred
from db.session import Database
from ingestion.blobs.port import BlobStore, StoredBlob

log = structlog.get_logger(__name__)

AT_ONCE = 200


class DeferringBlobStore:
    """A BlobStore whose deletions wait for running backups."""

    def __init__(self, store: BlobStore, database: Database) -> None:
        self._store = store
        self._database = database

    async def check(self) -> None:
        """See BlobStore."""
        await self._store.check()

    async def ping(self) -> None:
        """See BlobStore."""
        await self._store.ping()

    async def put(self, key: str, stream: AsyncIterator[bytes]) -> int:
        """See BlobStore."""
        return await self._store.put(key, stream)

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """See BlobStore."""
        return self._store.stream(key, start, stop)

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """See BlobStore."""
        return self._store.local_copy(key)

    async def delete(self, key: str) -> None:
        """See BlobStore."""
        if not await self._is_deferred(key, is_folder=False):
            await self._store.delete(key)

    async def delete_all(self, prefix: str) -> None:
        """See BlobStore."""
        if not await self._is_deferred(prefix, is_folder=True):
            await self._store.delete_all(prefix)

    async def exists(self, key: str) -> bool:
        """See BlobStore."""
        return await self._store.exists(key)

    def stored(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """See BlobStore."""
        return self._store.stored(prefix)

    async def require_room(self, size_bytes: int) -> None:
        """See BlobStore."""
        await self._store.require_room(size_bytes)

    async def tidy(self, older_than_s: float) -> int:
        """See BlobStore."""
        return await self._store.tidy(older_than_s)

    async def delete_deferred(self) -> int:
        """Delete what waited for backups, unless one is running; returns how many files and folders."""
        count = 0
        while True:
            async with self._database.reader() as session:
                waiting = [] if await deferred.is_backing_up(session) else await deferred.some(session, AT_ONCE)
            if not waiting:
                return count
            for key, is_folder in waiting:
                await (self._store.delete_all(key) if is_folder else self._store.delete(key))
            async with self._database.transaction() as session:
                await deferred.remove(session, waiting)
            count += len(waiting)

    async def _is_deferred(self, key: str, *, is_folder: bool) -> bool:
        """True when the deletion was noted for later. A database that does not answer lets it happen: a backup then misses the file."""
        try:
            async with self._database.reader() as session:
                is_backing_up = await deferred.is_backing_up(session)
            if is_backing_up:
                async with self._database.transaction() as session:
                    await deferred.add(session, key, is_folder=is_folder)
            return is_backing_up
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("blobs.backup_unknown", error=repr(error))
            return False
