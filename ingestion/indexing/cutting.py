"""Stored sections to chunks, as an index version is configured."""

from uuid import UUID

from db import sections
from db.models import Document, DocumentSection
from db.session import Database
from ingestion.documents.rows import section_of
from ingestion.indexing.chunking import build_chunker
from rag.index.live import IndexVersion
from rag.types import Chunk

SECTIONS_PER_STEP = 100


async def chunks_of(
    database: Database, index_version: IndexVersion, document: Document, version: int, *, lying_at: int
) -> list[Chunk]:
    """The chunks of a version of a document, in reading order.

    Args:
        lying_at: the version that its sections are stored under: its own, or its drawer.

    Raises:
        UpstreamUnavailable: the way of cutting asks the embedding server, which does not answer.
    """
    chunker = build_chunker(
        index_version.chunking,
        index_version.embeddings,
        document_id=document.id,
        library_id=document.library_id,
        title=document.title,
        version=version,
    )
    chunks: list[Chunk] = []
    last = 0
    while rows := await _rows(database, document.id, lying_at, last):
        for row in rows:
            chunks += await chunker.chunks_of(section_of(row))
        last = rows[-1].number
    return chunks


async def _rows(database: Database, document_id: UUID, version: int, after: int) -> list[DocumentSection]:
    async with database.reader() as session:
        return await sections.batch(session, document_id, version, after, SECTIONS_PER_STEP)
