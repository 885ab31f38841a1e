"""Writes chunks into an index version. Chunks that it has are not embedded again. The index is written first, then the rows."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.disk_space import DiskSpace
from db import chunks as chunk_rows
from db import index_versions
from db.models import Document
from db.session import Database
from ingestion.documents.rows import chunk_of, chunk_row
from ingestion.indexing.write_behind import WriteBehind
from rag.index.live import IndexVersion
from rag.types import Chunk

BATCHES_PER_WRITE = 6  # embedding batches between two writes to the index

Progress = Callable[[int, int], object]


class ChunkWriter:
    """Updates the chunks of a document in an index version: :meth:`add`, then :meth:`settle`, then drop the rest.

    Args:
        batch_size: texts per embedding batch; None: as many as suit the model.
        disk: nothing is added while it is almost full; None: it is not looked at.
    """

    def __init__(self, database: Database, batch_size: int | None, disk: DiskSpace | None = None) -> None:
        self._database = database
        self._disk = disk
        self._chunks_per_write = BATCHES_PER_WRITE * batch_size if batch_size else None

    async def add(
        self,
        index_version: IndexVersion,
        document: Document,
        chunks: Sequence[Chunk],
        progress: Progress,
        other: IndexVersion | None = None,
    ) -> list[Chunk]:
        """Embed and index new chunks, and index those again whose place has changed.

        Args:
            progress: called with the number of chunks that have their vectors, and the number of all.
            other: another index version of the same model, whose vectors are reused.

        Returns:
            The chunks whose place has changed; their rows have the old place until :meth:`settle`.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
            StorageFull: the disk is almost full.
        """
        known = await self._known(index_version, document)
        reusable = await self._known(other, document) if other and len(known) < len(chunks) else {}
        new = [chunk for chunk in chunks if chunk.chunk_id not in known]
        moved = await asyncio.to_thread(
            lambda: [chunk for chunk in chunks if _has_moved(known.get(chunk.chunk_id), chunk)]
        )
        done = len(chunks) - len(new) - len(moved)
        progress(done, len(chunks))

        def advance(more: int) -> None:
            nonlocal done
            done += more
            progress(done, len(chunks))

        async with WriteBehind() as writing:
            for group, source, source_chunks in ((new, other, reusable), (moved, index_version, known)):
                for batch in self._batches(index_version, group):
                    vectors = await _vectors(index_version, batch, source, source_chunks, advance)
                    await writing.begin(self._store(index_version, batch, vectors, has_rows=group is moved))
        return moved

    async def settle(
        self,
        session: AsyncSession,
        index_version: IndexVersion,
        document_id: UUID,
        version: int,
        chunks: Sequence[Chunk],
        moved: Sequence[Chunk],
    ) -> None:
        """Make these chunks the document's in the rows, within the caller's transaction."""
        for batch in self._batches(index_version, moved):
            await chunk_rows.put(session, [chunk_row(chunk, index_version.number) for chunk in batch])
        await chunk_rows.keep_only(session, index_version.number, document_id, {chunk.chunk_id for chunk in chunks})
        await chunk_rows.set_version(session, index_version.number, document_id, version)
        await index_versions.put_document(session, index_version.number, document_id, version)

    def _batches(self, index_version: IndexVersion, chunks: Sequence[Chunk]) -> Iterator[Sequence[Chunk]]:
        """The chunks in the groups that are written together."""
        size = self._chunks_per_write or BATCHES_PER_WRITE * index_version.embeddings.texts_per_batch
        return (chunks[start : start + size] for start in range(0, len(chunks), size))

    async def _known(self, index_version: IndexVersion, document: Document) -> dict[UUID, Chunk]:
        """The chunks of a document in an index version, by id."""
        async with self._database.reader() as session:
            rows = await chunk_rows.of_document(session, document.id, index_version.number)
        return await asyncio.to_thread(lambda: {row.id: chunk_of(row, document) for row in rows})

    async def _store(
        self, index_version: IndexVersion, batch: Sequence[Chunk], vectors: Sequence[Sequence[float]], *, has_rows: bool
    ) -> None:
        if self._disk is not None:
            self._disk.require_reserve()
        await index_version.index.upsert(batch, vectors)
        if not has_rows:
            async with self._database.transaction() as session:
                await chunk_rows.put(session, [chunk_row(chunk, index_version.number) for chunk in batch])


def _has_moved(known: Chunk | None, chunk: Chunk) -> bool:
    """True when a known chunk differs in anything but its version, which only the row has."""
    return known is not None and known.model_copy(update={"version": chunk.version}) != chunk


async def _vectors(
    index_version: IndexVersion,
    batch: Sequence[Chunk],
    source: IndexVersion | None,
    source_chunks: Mapping[UUID, Chunk],
    advance: Callable[[int], object],
) -> list[list[float]]:
    """The vectors of chunks: reused from the source where it has the same text and headings, else computed.

    Args:
        advance: called with the number of further vectors.
    """
    texts = {chunk.chunk_id: index_version.embedded_text(chunk) for chunk in batch}
    same = [
        key
        for key, text in texts.items()
        if source and key in source_chunks and source.embedded_text(source_chunks[key]) == text
    ]
    vectors = await source.index.vectors(same) if source and same else {}
    advance(len(vectors))
    missing = [chunk for chunk in batch if chunk.chunk_id not in vectors]
    if missing:
        made = await index_version.embeddings.aembed_documents([texts[chunk.chunk_id] for chunk in missing], advance)
        vectors |= {chunk.chunk_id: vector for chunk, vector in zip(missing, made, strict=True)}
    return [vectors[chunk.chunk_id] for chunk in batch]
