"""A stored file to sections in PostgreSQL and chunks in memory."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from core.settings import ChunkSettings
from db import documents, sections
from db.models import Document
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.chunker import Chunker
from ingestion.lease import Lease
from ingestion.rows import section_row
from ingestion.sandbox import Sandbox
from ingestion.types import JobStage, Section, Trouble
from rag.types import Chunk

SECTIONS_PER_WRITE = 50
MOST_TROUBLES = 100  # named; beyond that a person knows


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file held.

    Attributes:
        page_count: None for formats without pages.
        chunks: all of them, in reading order.
        troubles: the parts that could not be read.
    """

    page_count: int | None
    chunks: list[Chunk]
    troubles: list[Trouble]


class DocumentReader:
    """Parses in the sandbox, cuts, and stores sections as they come."""

    def __init__(self, database: Database, blobs: BlobStore, sandbox: Sandbox, settings: ChunkSettings) -> None:
        self._database = database
        self._blobs = blobs
        self._sandbox = sandbox
        self._chunk_settings = settings

    async def read(self, lease: Lease, document: Document) -> Reading:
        """The file of a document, read whole.

        Raises:
            DocumentUnreadable: no text can be had from it.
            LeaseLost: through the lease, which is told of every page.
        """
        chunker = Chunker(
            self._chunk_settings, document_id=document.id, library_id=document.library_id, title=document.title
        )
        reading = Reading(None, [], [])
        pages = last = 0
        batch: list[Section] = []
        async with self._blobs.local_copy(document.blob_key) as path:
            parsed = self._sandbox.parse(path, document.mime_type, lease.pages_read)
            async with contextlib.aclosing(parsed):
                async for section in parsed:
                    reading.chunks.extend(chunker.chunks_of(section))
                    reading.troubles.extend(_troubles(section))
                    pages, last = max(pages, section.page or 0), section.number
                    batch.append(section)
                    if len(batch) == SECTIONS_PER_WRITE:
                        await self._store(document, batch)
                        batch = []
        lease.at(JobStage.CHUNKING)
        await self._store(document, batch)
        async with self._database.transaction() as session:
            await sections.cut_after(session, document.id, last)
            await documents.set_troubles(session, document.id, [_row(one) for one in reading.troubles[:MOST_TROUBLES]])
        return Reading(pages or None, reading.chunks, reading.troubles)

    async def _store(self, document: Document, batch: Sequence[Section]) -> None:
        async with self._database.transaction() as session:
            await sections.put(session, document.id, [section_row(section) for section in batch])


def _troubles(section: Section) -> list[Trouble]:
    return [Trouble(page=section.page, message=section.trouble)] if section.trouble else []


def _row(trouble: Trouble) -> dict[str, object]:
    return trouble.model_dump(mode="json")
