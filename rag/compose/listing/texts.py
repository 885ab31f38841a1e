"""Documents put together from their chunks: each section's text once, whatever the chunks share, with the chunk of every place."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from rag.types import Chunk


@dataclass(eq=False)
class Section:
    """A section's text; its chunks in order."""

    chunks: list[Chunk]

    @cached_property
    def text(self) -> str:
        """The text between its first and last chunk, as if from the beginning: only white space is not as it was."""
        pieces: list[str] = []
        end = self.start
        for chunk in self.chunks:
            gap = chunk.char_start - end
            if gap > 0:
                pieces.append("\n" * min(gap, 2) + " " * max(0, gap - 2))
            text = chunk.text[max(0, -gap) :]
            pieces.append(text)
            end = max(end, chunk.char_start + len(chunk.text))
        return "".join(pieces)

    @property
    def start(self) -> int:
        """Where the text begins in the section."""
        return self.chunks[0].char_start

    @cached_property
    def _starts(self) -> list[int]:
        return [chunk.char_start for chunk in self.chunks]

    def chunk_at(self, position: int) -> Chunk:
        """The last chunk that begins at or before a position of :attr:`text`."""
        return self.chunks[max(0, bisect_right(self._starts, position + self.start) - 1)]


@dataclass(eq=False)
class Document:
    """A document's text."""

    document_id: UUID
    title: str
    sections: list[Section] = field(default_factory=list)

    @cached_property
    def headings(self) -> frozenset[str]:
        """The headings that stand above some chunk."""
        return frozenset(heading for section in self.sections for chunk in section.chunks for heading in chunk.path)

    @property
    def beginning(self) -> str:
        """The first text."""
        return self.sections[0].chunks[0].text if self.sections else ""

    @property
    def top(self) -> str:
        """The first heading above its text; empty for none."""
        path = self.sections[0].chunks[0].path if self.sections else ()
        return path[0] if path else ""


def documents_of(batches: Iterable[Sequence[Chunk]]) -> Iterator[Document]:
    """The documents of chunks that come in reading order, a document's together."""
    document: Document | None = None
    for chunk in (chunk for batch in batches for chunk in batch):
        if document is None or chunk.document_id != document.document_id:
            if document:
                yield document
            document = Document(chunk.document_id, chunk.title)
        sections = document.sections
        if not sections or sections[-1].chunks[-1].section != chunk.section:
            sections.append(Section([]))
        sections[-1].chunks.append(chunk)
    if document:
        yield document
