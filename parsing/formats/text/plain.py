"""Plain text to paragraphs: lines that a program has wrapped are joined, lists and tables drawn with blanks keep their lines.

unstructured does the same, at 1 MB a second; logs and exports of 50 MB are common.
"""

import re
from collections.abc import Iterator, Sequence

from parsing.sections import TextBlock

BLANK_LINES = re.compile(r"\n[ \t\xa0\u3000]*(?:\n[ \t\xa0\u3000]*)+")
BULLET = re.compile(r"\s*[-*+•·‣▪●○◦–—]\s+(?=\S)")
NUMBER = re.compile(r"\s*\(?(?:\d{1,3}(?:\.\d{1,3})*[.)]|[A-Za-z][.)]|[ivxIVX]{1,5}[.)])\s+(?=\S)")
DRAWN = re.compile(r"\S(?: {3,}|\t+)\S|^\s*[|+].*[|+]\s*$")
SHORT_WORDS = 5  # a paragraph of shorter lines is a verse or an address
LEAST_BLANK = 0.05  # of the lines, or every line stands for itself
PREFIX = "- "
ONE_LINE = "\n"


def text_blocks(text: str) -> Iterator[TextBlock]:
    """Paragraphs and items of lists, without headings: nothing tells them in plain text."""
    blocks = BLANK_LINES.split(text)
    has_paragraphs = len(blocks) > LEAST_BLANK * (text.count("\n") + 1)
    for block in blocks:
        lines = [line for line in block.split("\n") if line.strip()]
        if not has_paragraphs and not any(map(BULLET.match, lines)):
            yield from _kept(lines)
        else:
            yield from _paragraph(lines)


def _paragraph(lines: Sequence[str]) -> Iterator[TextBlock]:
    if any(BULLET.match(line) or NUMBER.match(line) for line in lines):
        yield from _items(lines)
    elif len(lines) > 1 and (_is_verse(lines) or _is_drawn(lines)):
        yield from _kept(lines)
    elif lines:
        yield TextBlock("paragraph", " ".join(line.strip() for line in lines))


def _items(lines: Sequence[str]) -> Iterator[TextBlock]:
    """Each item with the lines that go on from it; what stands before the first is a paragraph."""
    item: list[str] = []
    kind = "paragraph"
    for line in lines:
        bullet = BULLET.match(line)
        if (bullet or NUMBER.match(line)) and item:
            yield TextBlock(kind, " ".join(item))
            item = []
        if bullet or NUMBER.match(line):
            kind = "list_item"
        item.append(PREFIX + line[bullet.end() :].strip() if bullet else line.strip())
    yield TextBlock(kind, " ".join(item))


def _kept(lines: Sequence[str]) -> Iterator[TextBlock]:
    for line in lines:
        yield TextBlock("paragraph", line.rstrip(), gap=ONE_LINE)


def _is_verse(lines: Sequence[str]) -> bool:
    return all(len(line.split()) < SHORT_WORDS for line in lines)


def _is_drawn(lines: Sequence[str]) -> bool:
    return sum(DRAWN.search(line) is not None for line in lines) > len(lines) / 2
