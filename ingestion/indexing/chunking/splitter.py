"""The port of a chunking strategy: a section to spans of its text."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from parsing.types import Section

from ingestion.indexing.chunking.spans import Span

QUICK_CHARS = 20_000  # cut in some 10 ms; longer ones go to a thread


class Splitter(Protocol):
    """Cuts the text of one section. The same section is always cut the same way."""

    async def spans_of(self, section: Section) -> Sequence[Span]:
        """Runs in order, none longer than the size, without spaces at their ends; every other character is in one of them."""


async def in_good_time(cut: Callable[[Section], list[Span]], section: Section) -> list[Span]:
    """``cut(section)``; in a thread when it would hold up the event loop."""
    if len(section.text) <= QUICK_CHARS:
        return cut(section)
    return await asyncio.to_thread(cut, section)
