"""Chunking by a sliding window over sentences, with overlap."""

from parsing.types import Section

from ingestion.indexing.chunking.spans import Span, packed, sentences
from ingestion.indexing.chunking.splitter import in_good_time


class SlidingSplitter:
    """:class:`~ingestion.indexing.chunking.splitter.Splitter` by a window of ``size`` that repeats up to ``overlap`` characters."""

    def __init__(self, size: int, overlap: int) -> None:
        self._size = size
        self._overlap = overlap

    async def spans_of(self, section: Section) -> list[Span]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`."""
        return await in_good_time(self._spans, section)

    def _spans(self, section: Section) -> list[Span]:
        units = sentences(section.text, (0, len(section.text)), self._size)
        return list(packed(units, self._size, self._overlap))
