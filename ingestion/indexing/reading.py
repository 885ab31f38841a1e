"""Reads a stored file into staged section rows. The published sections stay as they are."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from core.disk_space import DiskSpace
from db import sections, versions
from db.models import Document, DocumentVersion
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents.rows import section_row
from ingestion.indexing.write_behind import WriteBehind
from ingestion.jobs.lease import Lease, LeaseLost
from ingestion.types import DocumentWarning, JobStage
from parsing.sandbox.sandbox import Sandbox
from parsing.types import Section

SECTIONS_PER_WRITE = 20
PARTS_PER_WRITE = 20_000  # words and blocks: what is written at once holds the event loop in proportion
MOST_WARNINGS, MOST_HIDDEN = 100, 20  # shown per document; more add nothing


@dataclass(slots=True)
class Reading:
    """The result of reading a file, besides its text, which is staged (see ``db/sections.py``).

    Attributes:
        page_count: None for formats without pages.
        warnings: about parts that could not be read, and parts with hidden text.
    """

    page_count: int | None = None
    warnings: list[DocumentWarning] = field(default_factory=list)

    def add(self, section: Section) -> None:
        """Add the page and warnings of one more section."""
        if section.page:
            self.page_count = max(self.page_count or 0, section.page)
        if section.warning and self._count("unread") < MOST_WARNINGS:
            self.warnings.append(DocumentWarning(page=section.page, message=section.warning))
        if section.hidden and self._count("hidden") < MOST_HIDDEN:
            self.warnings.append(DocumentWarning(page=section.page, message=section.hidden, kind="hidden"))

    def _count(self, kind: str) -> int:
        return sum(warning.kind == kind for warning in self.warnings)


class DocumentReader:
    """Parses files in the sandbox and stores their sections while it does."""

    def __init__(self, database: Database, blobs: BlobStore, sandbox: Sandbox, disk: DiskSpace) -> None:
        self._database = database
        self._blobs = blobs
        self._sandbox = sandbox
        self._disk = disk

    async def read(self, lease: Lease, document: Document, user_id: UUID | None) -> Reading:
        """Read the whole file of the lease's version of a document.

        Args:
            user_id: who uploaded it; None when that person was deleted.

        Raises:
            DocumentUnreadable: no text can be read from it.
            StorageFull: the disk is almost full.
            LeaseLost: raised by the lease, which gets the progress of every page; or the version was deleted meanwhile.
        """
        version = await self._begin(lease, document)
        reading = Reading()
        batch: list[Section] = []
        async with self._blobs.local_copy(version.blob_key) as path:
            parsed = self._sandbox.parse(path, version.mime_type, lease.pages_read, user_id=user_id)
            async with contextlib.aclosing(parsed), WriteBehind() as writing:
                async for section in parsed:
                    reading.add(section)
                    batch.append(section)
                    if len(batch) == SECTIONS_PER_WRITE or sum(map(_parts, batch)) > PARTS_PER_WRITE:
                        await writing.begin(self._store(version, batch))
                        batch = []
        lease.at(JobStage.CHUNKING)
        await self._store(version, batch)
        return reading

    async def _begin(self, lease: Lease, document: Document) -> DocumentVersion:
        async with self._database.transaction() as session:
            version = await versions.find(session, document.id, lease.version)
            if version is None:
                raise LeaseLost
            await sections.drop(session, document.id, version.number, is_staged=True)
        return version

    async def _store(self, version: DocumentVersion, batch: Sequence[Section]) -> None:
        self._disk.require_reserve()
        rows = await asyncio.to_thread(lambda: [section_row(section, version.number) for section in batch])
        async with self._database.transaction() as session:
            await sections.put(session, version.document_id, rows, is_staged=True)


def _parts(section: Section) -> int:
    return len(section.words) + len(section.blocks)
