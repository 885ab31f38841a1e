"""Cuts stored sections into chunks, by the settings of an index version."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from db import sections
from db.models import Document, DocumentSection
from db.session import Database
from ingestion.documents.rows import section_of
from ingestion.indexing.chunking import build_chunker
from parsing.types import Section
from rag.index.live import IndexVersion
from rag.types import Chunk

SECTIONS_PER_STEP = 100


async def chunks_of(
    database: Database, index_version: IndexVersion, document: Document, version: int, *, is_staged: bool = False
) -> list[Chunk]:
    """The chunks of a version of a document, in reading order.

    Args:
        is_staged: its sections are not published yet.

    Raises:
        UpstreamUnavailable: the chunking strategy needs the embedding server, which does not answer.
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
    while rows := await _rows(database, document.id, version, is_staged, last):
        chunks += await chunker.chunks_of(*await asyncio.to_thread(_sections, rows))
        last = rows[-1].number
    return chunks


def _sections(rows: Sequence[DocumentSection]) -> list[Section]:
    return [section_of(row) for row in rows]


async def _rows(
    database: Database, document_id: UUID, version: int, is_staged: bool, after: int
) -> list[DocumentSection]:
    async with database.reader() as session:
        return await sections.batch(session, document_id, version, after, SECTIONS_PER_STEP, is_staged=is_staged)
