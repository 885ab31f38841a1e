"""A window over the sentences: as many as fit, moved on so that the last ones come again."""

from ingestion.indexing.chunking.runs import Run, packed, sentences
from ingestion.indexing.chunking.splitter import in_good_time
from parsing.types import Section


class SlidingSplitter:
    """:class:`~ingestion.indexing.chunking.splitter.Splitter` by a window of ``size`` that repeats up to ``overlap`` characters."""

    def __init__(self, size: int, overlap: int) -> None:
        self._size = size
        self._overlap = overlap

    async def runs_of(self, section: Section) -> list[Run]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`."""
        return await in_good_time(self._runs, section)

    def _runs(self, section: Section) -> list[Run]:
        units = sentences(section.text, (0, len(section.text)), self._size)
        return list(packed(units, self._size, self._overlap))
