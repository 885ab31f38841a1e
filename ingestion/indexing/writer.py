"""Writes chunks into an index version. What it holds is not embedded again; the index is written first, then the rows."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db import chunks as chunk_rows
from db import index_versions
from db.models import Document
from db.session import Database
from ingestion.documents.rows import chunk_of, chunk_row
from ingestion.indexing.behind import OneBehind
from rag.index.live import IndexVersion
from rag.types import Chunk

BATCHES_PER_WRITE = 6  # embedding batches between two writes to the index

Progress = Callable[[int, int], object]


class ChunkWriter:
    """Brings what an index version holds of a document in step with its chunks: :meth:`add`, then :meth:`settle`, then drop the rest.

    Args:
        batch_size: texts that are embedded in one go.
    """

    def __init__(self, database: Database, batch_size: int) -> None:
        self._database = database
        self._chunks_per_write = BATCHES_PER_WRITE * batch_size

    async def add(
        self,
        index_version: IndexVersion,
        document: Document,
        chunks: Sequence[Chunk],
        progress: Progress,
        lender: IndexVersion | None = None,
    ) -> list[Chunk]:
        """Embed and index the chunks that are not there yet, and index anew those that stand elsewhere now.

        Args:
            progress: told how many chunks have their vectors, of how many.
            lender: another index version of the same model, whose vectors are taken where it has them.

        Returns:
            the chunks that stand elsewhere now; their rows still say where they stood, until :meth:`settle`.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        known = await self._known(index_version, document)
        lent = await self._known(lender, document) if lender and len(known) < len(chunks) else {}
        new = [chunk for chunk in chunks if chunk.chunk_id not in known]
        moved = [chunk for chunk in chunks if _has_moved(known.get(chunk.chunk_id), chunk)]
        done = len(chunks) - len(new) - len(moved)
        progress(done, len(chunks))

        def have(more: int) -> None:
            nonlocal done
            done += more
            progress(done, len(chunks))

        async with OneBehind() as writing:
            for group, source, held in ((new, lender, lent), (moved, index_version, known)):
                for start in range(0, len(group), self._chunks_per_write):
                    batch = group[start : start + self._chunks_per_write]
                    vectors = await _vectors(index_version, batch, source, held, have)
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
        """Let the rows say that these are the document's chunks: in one transaction with all that depends on it."""
        await chunk_rows.put(session, [chunk_row(chunk, index_version.number) for chunk in moved])
        await chunk_rows.keep_only(session, index_version.number, document_id, {chunk.chunk_id for chunk in chunks})
        await chunk_rows.set_version(session, index_version.number, document_id, version)
        await index_versions.put_document(session, index_version.number, document_id, version)

    async def _known(self, index_version: IndexVersion, document: Document) -> dict[UUID, Chunk]:
        """What an index version has of a document."""
        async with self._database.reader() as session:
            rows = await chunk_rows.of_document(session, document.id, index_version.number)
        return {row.id: chunk_of(row, document) for row in rows}

    async def _store(
        self, index_version: IndexVersion, batch: Sequence[Chunk], vectors: Sequence[Sequence[float]], *, has_rows: bool
    ) -> None:
        await index_version.index.upsert(batch, vectors)
        if not has_rows:
            async with self._database.transaction() as session:
                await chunk_rows.put(session, [chunk_row(chunk, index_version.number) for chunk in batch])


def _has_moved(known: Chunk | None, chunk: Chunk) -> bool:
    """True when a chunk that is there stands elsewhere now; its version is its row's affair alone."""
    return known is not None and known.model_copy(update={"version": chunk.version}) != chunk


async def _vectors(
    index_version: IndexVersion,
    batch: Sequence[Chunk],
    source: IndexVersion | None,
    held: Mapping[UUID, Chunk],
    have: Callable[[int], object],
) -> list[list[float]]:
    """The vectors of chunks: those that the source has of the very same text and headings, and the others made anew.

    Args:
        have: told how many more there are.
    """
    wanted = {chunk.chunk_id: index_version.embedded_text(chunk) for chunk in batch}
    same = [key for key, text in wanted.items() if source and key in held and source.embedded_text(held[key]) == text]
    found = await source.index.vectors(same) if source and same else {}
    have(len(found))
    missing = [chunk for chunk in batch if chunk.chunk_id not in found]
    if missing:
        made = await index_version.embeddings.aembed_documents([wanted[chunk.chunk_id] for chunk in missing], have)
        found |= {chunk.chunk_id: vector for chunk, vector in zip(missing, made, strict=True)}
    return [found[chunk.chunk_id] for chunk in batch]
