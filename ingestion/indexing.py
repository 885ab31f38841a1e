"""Chunks to the index: embed only what is new, write it, drop what is stale. Rows follow the index, never lead it."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from core.settings import Settings
from db import chunks as chunk_rows
from db.models import Document
from db.session import Database
from ingestion.lease import Lease
from ingestion.rows import chunk_of, chunk_row
from ingestion.types import JobStage
from rag.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex
from rag.types import Chunk

BATCHES_PER_WRITE = 4  # embedding batches between two writes to the index


class DocumentIndexer:
    """Brings what the index holds of a document in step with its chunks."""

    def __init__(
        self, database: Database, embeddings: FootnoteEmbeddings, index: ChunkIndex, settings: Settings
    ) -> None:
        self._database = database
        self._embeddings = embeddings
        self._index = index
        self._texts_per_write = BATCHES_PER_WRITE * settings.embedding.batch_size

    async def index(self, lease: Lease, document: Document, chunks: Sequence[Chunk]) -> None:
        """Make these the document's chunks, in the index and in the rows.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        lease.at(JobStage.EMBEDDING)
        await self._add_new(lease, document, chunks)
        lease.at(JobStage.INDEXING)
        async with self._database.transaction() as session:
            stale = await chunk_rows.keep_only(session, document.id, {chunk.chunk_id for chunk in chunks})
        await self._index.delete(stale)

    async def _add_new(self, lease: Lease, document: Document, chunks: Sequence[Chunk]) -> None:
        """Embed and index the chunks that are not there yet exactly as they are now."""
        async with self._database.reader() as session:
            known = {row.id: chunk_of(row, document) for row in await chunk_rows.of_document(session, document.id)}
        new = [chunk for chunk in chunks if known.get(chunk.chunk_id) != chunk]
        done = len(chunks) - len(new)
        lease.chunks_embedded(done, len(chunks))
        for start in range(0, len(new), self._texts_per_write):
            batch = new[start : start + self._texts_per_write]
            vectors = await self._embeddings.aembed_documents([chunk.text for chunk in batch])
            await _undivided(self._store(batch, vectors))
            done += len(batch)
            lease.chunks_embedded(done, len(chunks))

    async def _store(self, batch: Sequence[Chunk], vectors: Sequence[Sequence[float]]) -> None:
        await self._index.upsert(batch, vectors)
        async with self._database.transaction() as session:
            await chunk_rows.put(session, [chunk_row(chunk) for chunk in batch])


async def _undivided(writing: Coroutine[Any, Any, None]) -> None:
    """Wait for something that must not be cut in two: when cancelled, it is finished first."""
    task = asyncio.ensure_future(writing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
