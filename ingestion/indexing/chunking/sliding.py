"""Chunking by a sliding window over sentences, with overlap."""

from collections.abc import Sequence

from ingestion.indexing.chunking.spans import Span, packed, sentences
from ingestion.indexing.chunking.splitter import in_a_thread
from parsing.types import Section


class SlidingSplitter:
    """:class:`~ingestion.indexing.chunking.splitter.Splitter` by a window of ``size`` that repeats up to ``overlap`` characters."""

    def __init__(self, size: int, overlap: int) -> None:
        self._size = size
        self._overlap = overlap

    async def spans_of(self, sections: Sequence[Section]) -> list[list[Span]]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`."""
        return await in_a_thread(self._spans, sections)

    def _spans(self, section: Section) -> list[Span]:
        units = sentences(section.text, (0, len(section.text)), self._size)
        return list(packed(units, self._size, self._overlap))
