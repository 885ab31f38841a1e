"""Cuts one document into chunks. The same text in the same document always gets the same ids, so it is embedded once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID, uuid5

from core.settings import ChunkSettings
from ingestion.indexing.chunking.locators import Locators
from ingestion.indexing.chunking.paths import Paths
from ingestion.indexing.chunking.recursive import RecursiveSplitter
from ingestion.indexing.chunking.semantic import SemanticSplitter
from ingestion.indexing.chunking.sliding import SlidingSplitter
from ingestion.indexing.chunking.spans import Span
from ingestion.indexing.chunking.splitter import Splitter
from ingestion.indexing.chunking.structure import StructureSplitter
from parsing.types import Section
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.types import Chunk


class Chunker:
    """Cuts the sections of one document, in order.

    Args:
        title, version: of the document, copied to each chunk.
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

    async def chunks_of(self, *sections: Section) -> list[Chunk]:
        """The chunks of the next sections; none for one without text. The work is done in threads.

        Raises:
            UpstreamUnavailable: the strategy needs the embedding server, which does not answer.
        """
        spans = await self._splitter.spans_of(sections)
        return await asyncio.to_thread(self._chunks, sections, spans)

    def _chunks(self, sections: Sequence[Section], spans: Sequence[Sequence[Span]]) -> list[Chunk]:
        chunks = []
        for section, section_spans in zip(sections, spans, strict=True):
            paths, locators = Paths(section), Locators(section.blocks)
            for span in section_spans:
                chunks.append(self._chunk(section, span, paths.at(span[0]), locators.of(span)))
        return chunks

    def _chunk(self, section: Section, span: Span, path: tuple[str, ...], locator: str | None) -> Chunk:
        start, end = span
        text = section.text[start:end]
        content_hash = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        occurrence = self._seen[content_hash]
        self._seen[content_hash] += 1
        self._next_index += 1
        return Chunk(
            chunk_id=uuid5(self._document_id, f"{content_hash}:{occurrence}"),
            document_id=self._document_id,
            library_id=self._library_id,
            title=self._title,
            index=self._next_index - 1,
            text=text,
            section=section.number,
            page=section.page,
            path=path,
            char_start=start,
            char_end=end,
            content_hash=content_hash,
            version=self._version,
            locator=locator,
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
    """A chunker of the strategy in the settings.

    Args:
        embeddings: used only by the strategy ``semantic``.
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
