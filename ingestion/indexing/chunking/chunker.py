"""Chunks of one document. The same text in the same document always gets the same ids, so it is embedded once."""

from collections import Counter
from hashlib import sha256
from uuid import UUID, uuid5

from parsing.types import Section

from core.settings import ChunkSettings
from ingestion.indexing.chunking.locators import combined
from ingestion.indexing.chunking.paths import path_at
from ingestion.indexing.chunking.recursive import RecursiveSplitter
from ingestion.indexing.chunking.semantic import SemanticSplitter
from ingestion.indexing.chunking.sliding import SlidingSplitter
from ingestion.indexing.chunking.spans import Span
from ingestion.indexing.chunking.splitter import Splitter
from ingestion.indexing.chunking.structure import StructureSplitter
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.types import Chunk


class Chunker:
    """Cuts the sections of one document, in order.

    Args:
        title: the document's, carried by each chunk.
        version: the document's, carried by each chunk.
    """

    def __init__(
        self, splitter: Splitter, *, document_id: UUID, library_id: UUID, title: str, version: int = 1
    ) -> None:
        self._splitter = splitter
        self._document_id = document_id
        self._library_id = library_id
        self._title = title
        self._version = version
        self._seen: Counter[str] = Counter()
        self._next_index = 0

    async def chunks_of(self, section: Section) -> list[Chunk]:
        """The chunks of the next section; none for one without text.

        Raises:
            UpstreamUnavailable: the strategy asks the embedding server, which does not answer.
        """
        return [self._chunk(section, span) for span in await self._splitter.spans_of(section)]

    def _chunk(self, section: Section, span: Span) -> Chunk:
        start, end = span
        text = section.text[start:end]
        content_hash = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        occurrence = self._seen[content_hash]
        self._seen[content_hash] += 1
        self._next_index += 1
        touched = [
            block.locator for block in section.blocks if block.start < end and start < block.end and block.locator
        ]
        return Chunk(
            chunk_id=uuid5(self._document_id, f"{content_hash}:{occurrence}"),
            document_id=self._document_id,
            library_id=self._library_id,
            title=self._title,
            index=self._next_index - 1,
            text=text,
            section=section.number,
            page=section.page,
            path=path_at(section, start),
            char_start=start,
            char_end=end,
            content_hash=content_hash,
            version=self._version,
            locator=combined(touched),
        )


def build_chunker(
    settings: ChunkSettings,
    embeddings: FootnoteEmbeddings,
    *,
    document_id: UUID,
    library_id: UUID,
    title: str,
    version: int = 1,
) -> Chunker:
    """A chunker of the strategy that the settings ask for.

    Args:
        embeddings: used by the strategy ``semantic`` alone.
    """
    splitter = _splitter(settings, embeddings)
    return Chunker(splitter, document_id=document_id, library_id=library_id, title=title, version=version)


def _splitter(settings: ChunkSettings, embeddings: FootnoteEmbeddings) -> Splitter:
    match settings.strategy:
        case "recursive":
            return RecursiveSplitter(settings.size, settings.overlap)
        case "sliding":
            return SlidingSplitter(settings.size, settings.overlap)
        case "structure":
            return StructureSplitter(settings.size, settings.overlap)
        case "semantic":
            return SemanticSplitter(settings.size, embeddings)
