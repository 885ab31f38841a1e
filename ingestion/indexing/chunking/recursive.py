"""Chunking by LangChain's RecursiveCharacterTextSplitter."""

from __future__ import annotations

import asyncio
import re
from functools import cached_property
from typing import TYPE_CHECKING

from parsing.types import Section

from ingestion.indexing.chunking.spans import Span, short
from ingestion.indexing.chunking.splitter import in_good_time

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

# Regular expressions, best place first. A line's end comes after a sentence's: in a PDF lines end anywhere.
SEPARATORS = [r"\n\n", r"(?<=[.!?…])\s+|(?<=[。！？])", r"\n", r"(?<=[;:,])\s+|(?<=[、，；])", r"\s+", ""]

INK = re.compile(r"\S")


class RecursiveSplitter:
    """:class:`~ingestion.indexing.chunking.splitter.Splitter` by separators."""

    def __init__(self, size: int, overlap: int) -> None:
        self._size = size
        self._overlap = overlap

    async def spans_of(self, section: Section) -> list[Span]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`."""
        await asyncio.to_thread(lambda: self._splitter)
        return await in_good_time(self._spans, section)

    @cached_property
    def _splitter(self) -> RecursiveCharacterTextSplitter:
        from langchain_text_splitters import RecursiveCharacterTextSplitter  # takes a second the first time

        return RecursiveCharacterTextSplitter(
            separators=SEPARATORS,
            is_separator_regex=True,
            keep_separator="end",
            chunk_size=self._size,
            chunk_overlap=self._overlap,
        )

    def _spans(self, section: Section) -> list[Span]:
        """LangChain's pieces, found again in the text.

        Its own ``add_start_index`` takes the first match, which may end before the last piece does; here each piece ends later
        than the one before it and leaves out nothing between them, and what then remains of a text that repeats itself follows.
        """
        text, spans = section.text, list[Span]()
        start = end = 0
        for piece in self._splitter.split_text(text):
            earliest = max(start, end - self._overlap, end - len(piece) + 1)
            found = text.find(piece, earliest, _next_word(text, end) + len(piece))
            if found >= 0:
                start, end = found, found + len(piece)
                spans.append((start, end))
        return [*spans, *short(text, [(end, len(text))], self._size)]


def _next_word(text: str, position: int) -> int:
    """The next character that is no space, or the end."""
    found = INK.search(text, position)
    return found.start() if found else len(text)
