"""Retention: deletes what is old enough, in small batches, each in a transaction of its own with its event in the audit log."""

from collections import Counter

import structlog

from core.settings import RetentionSettings
from db import audit, retention
from db.session import Database
from ingestion.documents.removal import DocumentRemoval

log = structlog.get_logger(__name__)

AT_ONCE = 200
DOCUMENTS_AT_ONCE = 20


class Retention:
    """Deletes old conversations, and old documents of libraries that say so. What is under a legal hold stays."""

    def __init__(self, database: Database, removal: DocumentRemoval, settings: RetentionSettings) -> None:
        self._database = database
        self._removal = removal
        self._settings = settings

    async def apply(self) -> Counter[str]:
        """Delete what is old enough now; returns how many of each kind. It may be interrupted anywhere."""
        removed: Counter[str] = Counter()
        days = self._settings.conversations_days
        while days and (batch := await self._conversations(days)):
            removed += batch
        while batch := await self._documents():
            removed += batch
        if removed:
            log.info("retention.removed", **removed)
        return removed

    async def _conversations(self, days: int) -> Counter[str]:
        async with self._database.transaction() as session:
            threads = await retention.remove_old_threads(session, days, AT_ONCE)
            runs = await retention.remove_old_runs(session, days, AT_ONCE)
            counts = Counter({"conversations": len(threads), "answers": len(runs)})
            if threads or runs:
                await audit.record(session, None, "retention.removed", None, {**counts, "after_days": days})
        return +counts

    async def _documents(self) -> Counter[str]:
        async with self._database.transaction() as session:
            rows = await retention.remove_old_documents(session, DOCUMENTS_AT_ONCE)
            counts = Counter({"documents": len(rows)})
            if rows:
                await audit.record(session, None, "retention.removed", None, {**counts})
        await self._removal.clear_all([(row, None) for row in rows])
        return +counts
