"""Orphans: stored files without a row, left by a process that was killed after it wrote the file.

Never removed: files that a row names, files younger than an upload can take, and all files when most of the store seems orphaned. Then
the database is wrong: an empty one, an older copy, or another installation's.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from db import versions
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.blobs.port import StoredBlob

log = structlog.get_logger(__name__)

FOLDERS = ("documents", "versions", "pages")
KEYS_PER_LOOK = 500
FEW = 20  # always removed: an installation may have only a few files, all deleted
MOST = 0.5  # part of the stored files; if more seem orphaned, nothing is removed


class Orphans:
    """Finds and removes orphans."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    async def remove(self, older_than_s: float) -> int:
        """Remove orphans stored more than ``older_than_s`` seconds ago; returns how many."""
        before = datetime.now(UTC) - timedelta(seconds=older_than_s)
        stored, orphans = 0, list[str]()
        async for some in self._batches():
            stored += len(some)
            orphans += await self._unnamed([one.key for one in some if one.stored_at < before])
        if len(orphans) > max(FEW, stored * MOST):
            log.error("blobs.too_many_orphans", orphans=len(orphans), stored=stored)
            return 0
        for start in range(0, len(orphans), KEYS_PER_LOOK):
            for key in await self._unnamed(orphans[start : start + KEYS_PER_LOOK]):  # checked again
                await self._blobs.delete(key)
        return len(orphans)

    async def _batches(self) -> AsyncIterator[list[StoredBlob]]:
        batch: list[StoredBlob] = []
        for folder in FOLDERS:
            async for one in self._blobs.stored(folder):
                batch.append(one)
                if len(batch) == KEYS_PER_LOOK:
                    yield batch
                    batch = []
        if batch:
            yield batch

    async def _unnamed(self, keys: Sequence[str]) -> list[str]:
        owners = {key: owner for key in keys if (owner := _owner(key)) is not None}
        if not owners:
            return []
        async with self._database.reader() as session:
            rows = await versions.stored(session, set(owners.values()))
        files = {key for _, _, key in rows}
        pictures = tuple(f"pages/{document_id}/{number}/" for document_id, number, _ in rows)
        return [key for key in owners if key not in files and not key.startswith(pictures)]


def _owner(key: str) -> UUID | None:
    """The document of a key; None for keys that Footnote did not make, which are never removed."""
    try:
        return UUID(key.split("/")[1])
    except (IndexError, ValueError):
        return None
