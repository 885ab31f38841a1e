"""Chunking by LangChain's RecursiveCharacterTextSplitter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ingestion.indexing.chunking.spans import INK, Span, short
from ingestion.indexing.chunking.splitter import in_a_thread
from parsing.types import Section

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

# Best separator first. Line ends come after sentence ends, because lines of a PDF end anywhere.
SEPARATORS = [
    re.compile(separator)
    for separator in (r"\n\n", r"(?<=[.!?…])\s+|(?<=[。！？])", r"\n", r"(?<=[;:,])\s+|(?<=[、，；])", r"\s+", "")
]


class RecursiveSplitter:
    """:class:`~ingestion.indexing.chunking.splitter.Splitter` by separators."""

    def __init__(self, size: int, overlap: int) -> None:
        self._size = size
        self._overlap = overlap

    async def spans_of(self, sections: Sequence[Section]) -> list[list[Span]]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`."""
        return await in_a_thread(self._spans, sections)

    @cached_property
    def _splitter(self) -> RecursiveCharacterTextSplitter:
        from langchain_text_splitters import RecursiveCharacterTextSplitter  # the first import takes a second

        return RecursiveCharacterTextSplitter(
            separators=[separator.pattern for separator in SEPARATORS],
            is_separator_regex=True,
            keep_separator="end",
            chunk_size=self._size,
            chunk_overlap=self._overlap,
        )

    def _spans(self, section: Section) -> list[Span]:
        """LangChain's pieces as spans of the text.

        Its own ``add_start_index`` takes the first match, which may end before the last piece does. Here each piece ends later
        than the one before it with nothing left out between them, and the rest of a text that repeats itself is cut by size.
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
    """The position of the next character that is no space, or the end."""
    match = INK.search(text, position)
    return match.start() if match else len(text)
