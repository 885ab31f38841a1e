"""Chunking by headings and blocks: a chunk never crosses a heading of its own level, and long tables are cut between rows.

The headings above a chunk and the header row of its table are its path (:mod:`ingestion.indexing.chunking.paths`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingestion.indexing.chunking.spans import Span, lines, packed, sentences, short
from ingestion.indexing.chunking.splitter import in_a_thread
from parsing.types import PAGE, Block, Section

# Consecutive lines that are not blank. A run of spaces is tried from its start only: else a line of spaces takes quadratic time.
PARAGRAPH = re.compile(r"(?:(?<![^\S\n])[^\S\n]++)?+\S[^\n]*+\n?+(?:[^\S\n]*+\S[^\n]*+\n?+)*+")
MARKED_HEADING = re.compile(r"\A\s{0,3}(#{1,6})\s[^\n]*+\n?$")


@dataclass(slots=True)
class _Topic:
    """Blocks under one heading, or under none. ``level`` is the heading's, 0 when unknown."""

    level: int
    blocks: list[Block]
    has_text: bool = False

    def add(self, block: Block) -> None:
        """Add the next block."""
        self.blocks.append(block)
        self.has_text = self.has_text or block.kind != "heading"

    @property
    def start(self) -> int:
        return self.blocks[0].start

    @property
    def end(self) -> int:
        return self.blocks[-1].end

    @property
    def has_heading(self) -> bool:
        return self.blocks[0].kind == "heading"


class StructureSplitter:
    """:class:`Splitter` by headings and blocks; ``overlap`` applies only under the same heading."""

    def __init__(self, size: int, overlap: int) -> None:
        self._size = size
        self._overlap = overlap

    async def spans_of(self, sections: Sequence[Section]) -> list[list[Span]]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`."""
        return await in_a_thread(self._spans, sections)

    def _spans(self, section: Section) -> list[Span]:
        blocks = list(_all_blocks(section))
        return [span for topic in self._joined(_topics(blocks)) for span in self._cut(section.text, topic)]

    def _joined(self, topics: Sequence[_Topic]) -> Iterator[_Topic]:
        """Joins topics with those below them while they fit; a heading without text is always joined with the topic below it."""
        joined: _Topic | None = None
        for topic in topics:
            if joined and _is_below(joined, topic) and (not joined.has_text or topic.end - joined.start <= self._size):
                joined.blocks += topic.blocks
                joined.has_text = joined.has_text or topic.has_text
                continue
            if joined:
                yield joined
            joined = topic
        if joined:
            yield joined

    def _cut(self, text: str, topic: _Topic) -> Iterator[Span]:
        if topic.end - topic.start <= self._size:
            yield from short(text, [(topic.start, topic.end)], self._size)
            return
        units: list[Span] = []
        start = topic.start  # of the headings, which stay with the block below them
        for block in topic.blocks:
            if block.kind == "heading" and block is not topic.blocks[-1]:
                continue
            units.extend(self._units(text, block.kind, (start, block.end)))
            start = block.end
        yield from packed(units, self._size, self._overlap)

    def _units(self, text: str, kind: str, span: Span) -> list[Span]:
        if span[1] - span[0] <= self._size:
            return list(short(text, [span], self._size))
        return (lines if kind in ("table", "code") else sentences)(text, span, self._size)


def _is_below(above: _Topic, topic: _Topic) -> bool:
    """True when the second topic's heading is deeper than the first's. With unknown levels, only a heading without text is higher."""
    if not above.has_heading:
        return False
    if not above.has_text and (not topic.level or not above.level):
        return True
    return 0 < above.blocks[0].level < topic.level


def _topics(blocks: Sequence[Block]) -> list[_Topic]:
    topics: list[_Topic] = []
    for block in blocks:
        if block.kind == "heading" or not topics:
            topics.append(_Topic(block.level, []))
        topics[-1].add(block)
    return topics


def _all_blocks(section: Section) -> Iterator[Block]:
    """The section's blocks, and paragraphs in the text between them."""
    position = 0
    for block in (block for block in section.blocks if block.kind != PAGE):
        yield from _paragraphs(section.text, position, block.start)
        yield block
        position = max(position, block.end)
    yield from _paragraphs(section.text, position, len(section.text))


def _paragraphs(text: str, start: int, end: int) -> Iterator[Block]:
    """The text between blank lines as blocks; a line with a Markdown mark is a heading."""
    for match in PARAGRAPH.finditer(text, start, end):
        mark = MARKED_HEADING.match(match[0])
        kind, level = ("heading", len(mark[1])) if mark else ("paragraph", 0)
        yield Block(kind=kind, start=match.start(), end=match.end(), level=level)
