"""A stored file to section rows, complete before anything that answers is touched."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsing.types import Section

from db import sections, versions
from db.models import Document, DocumentVersion
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents.rows import section_row
from ingestion.indexing.behind import OneBehind
from ingestion.jobs.lease import Lease, LeaseLost
from ingestion.types import DocumentWarning, JobStage
from parsing.sandbox.sandbox import Sandbox

SECTIONS_PER_WRITE = 20
MOST_WARNINGS, MOST_HIDDEN = 100, 20  # named; beyond that a person knows


@dataclass(slots=True)
class Reading:
    """What a file held; its text is in the drawer of its version, see ``db/sections.py``.

    Attributes:
        page_count: None for formats without pages.
        warnings: the parts that could not be read, and those that hold hidden text.
    """

    page_count: int | None = None
    warnings: list[DocumentWarning] = field(default_factory=list)

    def take(self, section: Section) -> None:
        """Count one more section."""
        if section.page:
            self.page_count = max(self.page_count or 0, section.page)
        if section.warning and self._count("unread") < MOST_WARNINGS:
            self.warnings.append(DocumentWarning(page=section.page, message=section.warning))
        if section.hidden and self._count("hidden") < MOST_HIDDEN:
            self.warnings.append(DocumentWarning(page=section.page, message=section.hidden, kind="hidden"))

    def _count(self, kind: str) -> int:
        return sum(warning.kind == kind for warning in self.warnings)


class DocumentReader:
    """Parses in the sandbox and stores sections as they come."""

    def __init__(self, database: Database, blobs: BlobStore, sandbox: Sandbox) -> None:
        self._database = database
        self._blobs = blobs
        self._sandbox = sandbox

    async def read(self, lease: Lease, document: Document) -> Reading:
        """The file of the lease's version of a document, read whole.

        Raises:
            DocumentUnreadable: no text can be had from it.
            LeaseLost: through the lease, which is told of every page; or the document was deleted meanwhile.
        """
        version = await self._begin(lease, document)
        reading = Reading()
        batch: list[Section] = []
        async with self._blobs.local_copy(version.blob_key) as path:
            parsed = self._sandbox.parse(path, version.mime_type, lease.pages_read)
            async with contextlib.aclosing(parsed), OneBehind() as writing:
                async for section in parsed:
                    reading.take(section)
                    batch.append(section)
                    if len(batch) == SECTIONS_PER_WRITE:
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
            await sections.drop(session, document.id, sections.drawer(version.number))
        return version

    async def _store(self, version: DocumentVersion, batch: Sequence[Section]) -> None:
        rows = [section_row(section, sections.drawer(version.number)) for section in batch]
        async with self._database.transaction() as session:
            await sections.put(session, version.document_id, rows)
