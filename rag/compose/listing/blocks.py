"""The blocks of a document as its chunks show them: headings, rows, list items, paragraphs and their lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.compose.listing.texts import Document, Section

LINE = re.compile(r"[^\n]+")
ITEM = re.compile(r"\s{0,12}(?:[-*•◦▪‣–+]|\(?\d{1,4}[.)]|\(?[a-z]\))\s+(?=\S)")
BETWEEN_CELLS = " | "
LONGEST_HEADING = 120
LONGEST_THAI = 40  # it has no full stops to tell sentences by
MOST_LEVELS = 3
THAI = re.compile("[\u0e00-\u0e7f]")
HEADING_MARK = re.compile(r"\s{0,3}#{1,6}\s")
NO_HEADING_END = ".!?…;,|。！？،؛"

BlockKind = Literal["heading", "row", "item", "text"]


@dataclass(slots=True)
class Block:
    """A line with its kind; ``start`` and ``end`` are offsets in the section's text.

    Attributes:
        is_first: a blank line or the section's beginning is before it.
    """

    kind: BlockKind
    section: Section
    start: int
    end: int
    is_first: bool

    @property
    def text(self) -> str:
        """The line."""
        return self.section.text[self.start : self.end]


def blocks_of(document: Document) -> list[Block]:
    """The lines of a document with their kinds, in order."""
    blocks = [block for section in document.sections for block in _lines(section)]
    likely: list[Block] = []
    for place, block in enumerate(blocks):
        if block.kind == "text" and block.is_first and _is_heading(document, blocks, place):
            likely.append(block)
        else:
            _mark(likely, document)
    return blocks


def _mark(likely: list[Block], document: Document) -> None:
    """Makes headings of neighbouring lines that look like such; many at a stretch are a list without marks."""
    for block in likely:
        if len(likely) <= MOST_LEVELS or block.text.strip() in document.headings:
            block.kind = "heading"
    likely.clear()


def _lines(section: Section) -> Iterator[Block]:
    text, end = section.text, -2
    for match in LINE.finditer(text):
        start, line = match.start(), match[0]
        if not line.strip():
            continue
        kind: BlockKind = "row" if BETWEEN_CELLS in line else "item" if ITEM.match(line) else "text"
        yield Block(kind, section, start, match.end(), start - end >= 2)
        end = match.end()


def _is_heading(document: Document, blocks: list[Block], place: int) -> bool:
    """True for a short line by itself that ends like none of a text and has something below it."""
    block = blocks[place]
    line = block.text.strip()
    following = blocks[place + 1] if place + 1 < len(blocks) else None
    if (
        len(line) > (LONGEST_THAI if THAI.search(line) else LONGEST_HEADING)
        or following is None
        or line[-1] in NO_HEADING_END
    ):
        return False
    if line in document.headings or HEADING_MARK.match(line):
        return True
    return following.is_first and ": " not in line and not line.endswith((":", "："))
