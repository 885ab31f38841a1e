"""Sections to chunks. The same text in the same document always gets the same ids, so that it is embedded once."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from uuid import UUID, uuid5

from core.settings import ChunkSettings
from ingestion.types import Section
from rag.types import Chunk

# Regular expressions, best place first. A line's end comes after a sentence's: in a PDF lines end anywhere.
SEPARATORS = [r"\n\n", r"(?<=[.!?…])\s+|(?<=[。！？])", r"\n", r"(?<=[;:,])\s+|(?<=[、，；])", r"\s+", ""]


class Chunker:
    """Cuts the sections of one document, in order.

    Args:
        title: the document's, carried by each chunk.
    """

    def __init__(self, settings: ChunkSettings, *, document_id: UUID, library_id: UUID, title: str) -> None:
        self._document_id = document_id
        self._library_id = library_id
        self._title = title
        self._seen: Counter[str] = Counter()
        self._next_index = 0
        from langchain_text_splitters import (
            RecursiveCharacterTextSplitter,  # takes a second: not before the first document
        )

        self._splitter = RecursiveCharacterTextSplitter(
            separators=SEPARATORS,
            is_separator_regex=True,
            keep_separator="end",
            chunk_size=settings.size,
            chunk_overlap=settings.overlap,
            add_start_index=True,
        )

    def chunks_of(self, section: Section) -> Iterator[Chunk]:
        """The chunks of the next section; none for one without text."""
        for piece in self._splitter.create_documents([section.text]):
            start: int = piece.metadata["start_index"]
            if start >= 0:
                yield self._chunk(section, piece.page_content, start)

    def _chunk(self, section: Section, text: str, start: int) -> Chunk:
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
            path=_path_at(section, start),
            char_start=start,
            char_end=start + len(text),
            content_hash=content_hash,
        )


def _path_at(section: Section, position: int) -> tuple[str, ...]:
    """The section's headings and, below them, the nearest heading above a position in its text."""
    above = [block for block in section.blocks if block.kind == "heading" and block.start <= position]
    nearest = section.text[above[-1].start : above[-1].end] if above else ""
    return section.path if not nearest or nearest in section.path else (*section.path, nearest)
