"""The port of a chunking strategy: sections to spans of their text."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from ingestion.indexing.chunking.spans import Span
from parsing.types import Section


class Splitter(Protocol):
    """Cuts the text of sections, deterministically."""

    async def spans_of(self, sections: Sequence[Section]) -> Sequence[Sequence[Span]]:
        """For each section its spans in order, none longer than the size, without spaces at their ends, covering everything but spaces."""


async def in_a_thread(cut: Callable[[Section], list[Span]], sections: Sequence[Section]) -> list[list[Span]]:
    """``cut(section)`` of each, off the event loop: a hundred short texts hold it as long as one long text."""
    return await asyncio.to_thread(lambda: [cut(section) for section in sections])
