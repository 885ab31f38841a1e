"""Chunking by headings and blocks: a chunk never crosses a heading of its own level, long tables are cut between rows.

What stands above a chunk, headings and the header row of its table, is its path (:mod:`ingestion.indexing.chunking.paths`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parsing.types import Block, Section

from ingestion.indexing.chunking.spans import Span, lines, packed, sentences, short
from ingestion.indexing.chunking.splitter import in_good_time

PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*\n?)+")
MARKED_HEADING = re.compile(r"\s{0,3}(#{1,6})\s[^\n]*\n?$")


@dataclass
class _Topic:
    """Blocks under one heading, or under none. ``level`` is that of its heading, 0 when unknown."""

    level: int
    blocks: list[Block]

    @property
    def start(self) -> int:
        return self.blocks[0].start

    @property
    def end(self) -> int:
        return self.blocks[-1].end

    @property
    def has_heading(self) -> bool:
        return self.blocks[0].kind == "heading"

    @property
    def has_text(self) -> bool:
        return any(block.kind != "heading" for block in self.blocks)


class StructureSplitter:
    """:class:`~ingestion.indexing.chunking.splitter.Splitter` by headings and blocks; ``overlap`` counts within what stands under one heading."""

    def __init__(self, size: int, overlap: int) -> None:
        self._size = size
        self._overlap = overlap

    async def spans_of(self, section: Section) -> list[Span]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`."""
        return await in_good_time(self._spans, section)

    def _spans(self, section: Section) -> list[Span]:
        blocks = list(_all_blocks(section))
        return [span for topic in self._joined(_topics(blocks)) for span in self._cut(section.text, topic)]

    def _joined(self, topics: Sequence[_Topic]) -> Iterator[_Topic]:
        """Topics with those below them, as long as they fit; a heading without text always goes with what follows below it."""
        joined: _Topic | None = None
        for topic in topics:
            if joined and _is_below(joined, topic) and (not joined.has_text or topic.end - joined.start <= self._size):
                joined = _Topic(joined.level, [*joined.blocks, *topic.blocks])
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
    """True when the second topic's heading is deeper than the first's. Of unknown levels only a heading right above counts as higher."""
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
        topics[-1].blocks.append(block)
    return topics


def _all_blocks(section: Section) -> Iterator[Block]:
    """The section's blocks, and the paragraphs between them, where the parser told of none."""
    position = 0
    for block in section.blocks:
        yield from _paragraphs(section.text, position, block.start)
        yield block
        position = max(position, block.end)
    yield from _paragraphs(section.text, position, len(section.text))


def _paragraphs(text: str, start: int, end: int) -> Iterator[Block]:
    """What stands between blank lines; a line with Markdown's mark is a heading."""
    for found in PARAGRAPH.finditer(text, start, end):
        mark = MARKED_HEADING.match(found[0])
        kind, level = ("heading", len(mark[1])) if mark else ("paragraph", 0)
        yield Block(kind=kind, start=found.start(), end=found.end(), level=level)
