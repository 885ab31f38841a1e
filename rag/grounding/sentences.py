"""Text to sentences with exact offsets, for prose, Markdown, bullets, tables and wrapped PDF lines.

First the text is cut into blocks (blank lines, headings, list items, table rows, code), then blocks into sentences.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHARS = 400  # longer runs without an end (flattened tables, scripts without full stops) are cut at a space
TITLE_RATIO = 1.6  # a line this many times longer than the one above it does not continue it
HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")
ITEM = re.compile(r"[ \t]*(?:[-*+•◦▪‣–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\))[ \t]+(?=\S)")
ROW = re.compile(r"[ \t]*\|.*\S")
RULE = re.compile(r"[ \t]*(?:\|[-:| \t]+|[-*_=]{3,})[ \t]*$")
FENCE = re.compile(r"[ \t]*(?:```|~~~)")
END = re.compile(r"(?:[.!?…]+[\"'”’»)\]*_]*(?=\s|$)|[。！？｡]+[」』”’）]*)")
ABBREVIATION = re.compile(
    r"(?<![^\s(\[\"'“‘])(?:[A-Z]|[A-Za-z](?:\.[A-Za-z])+|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|cf|al|No|Nr|Fig|Figs|Eq|Sec|Ch|Vol|pp?|"
    r"approx|est|incl|Inc|Ltd|Co|Corp|Dept|Gov|Gen|Art|Abs|bzw|ca|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A run of a text. ``kind`` is ``prose``, ``item``, ``row``, ``heading`` or ``code``; ``block`` counts the blocks."""

    start: int
    end: int
    kind: str
    block: int


def split(text: str) -> list[Sentence]:
    """The sentences of a text in order. They never overlap and have no space at either end; list marks and table rules are left out."""
    found = []
    for number, (start, end, kind) in enumerate(_blocks(text)):
        pieces = [(start, end)] if kind in ("row", "heading", "code") else _sentences(text, start, end)
        for piece_start, piece_end in pieces:
            for part_start, part_end in _short(text, piece_start, piece_end):
                found.append(Sentence(part_start, part_end, kind, number))
    return found


@dataclass(slots=True)
class _Open:
    """A block that the next line may continue; ``last`` is where its last line starts."""

    start: int
    last: int
    end: int
    kind: str

    def closed_before_title(self, text: str) -> Iterator[tuple[int, int, str]]:
        """The block, when its last line turned out to be a title: what stands above, and the title, if it begins anew there."""
        above = text[self.start : self.last].rstrip()
        if above and not END.search(above[-3:]):
            yield self.start, self.end, self.kind
            return
        if above:
            yield self.start, self.last, self.kind
        yield self.last, self.end, "heading"


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Blocks as (start, end, kind), by looking at one line after the other."""
    block: _Open | None = None
    position, is_code = 0, False
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        is_fence = bool(FENCE.match(line))
        kind = "code" if is_code or is_fence else _kind_of(line)
        is_code ^= is_fence
        if block:
            is_joined = not is_fence and _goes_on(block.kind, kind)
            is_below_title = is_joined and kind != "code" and _is_title(text[block.last : block.end], line)
            if is_joined and not is_below_title:
                block.last, block.end = start, position
                continue
            yield from block.closed_before_title(text) if is_below_title else [(block.start, block.end, block.kind)]
        block = None if kind in ("blank", "rule") or is_fence else _opened(line, start, position, kind or "prose")
    if block:
        yield block.start, block.end, block.kind


def _opened(line: str, start: int, end: int, kind: str) -> _Open:
    mark = ITEM.match(line) if kind == "item" else None
    return _Open(start + (mark.end() if mark else 0), start + (mark.end() if mark else 0), end, kind)


def _goes_on(block: str, kind: str) -> bool:
    return kind == block == "code" or (kind == "" and block in ("prose", "item"))


def _is_title(above: str, line: str) -> bool:
    """True when the line above looks like a heading without a mark, as PDFs have: short, open-ended, then a new start."""
    title, text = above.strip(), line.strip()
    is_short = len(title) * TITLE_RATIO < len(text)
    return is_short and title[-1:].isalnum() and (text[:1].isupper() or text[:1].isdigit())


def _kind_of(line: str) -> str:
    """What a line starts; empty for plain text, which may also continue the block above."""
    if not line.strip():
        return "blank"
    for kind, pattern in (("rule", RULE), ("heading", HEADING), ("row", ROW), ("item", ITEM)):
        if pattern.match(line):
            return kind
    return ""


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for mark in END.finditer(text, start, end):
        if text[mark.start()] == "." and ABBREVIATION.search(text, begin, mark.start() + 1):
            continue
        if text[mark.start()] == "." and _next_letter(text, mark.end(), end).islower():
            continue
        yield begin, mark.end()
        begin = mark.end()
    yield begin, end


def _next_letter(text: str, start: int, end: int) -> str:
    return next((char for char in text[start : min(end, start + 4)] if not char.isspace()), "")


def _short(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The run without outer spaces, cut at spaces into pieces of at most ``MAX_CHARS``."""
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        stop = end
        if end - start > MAX_CHARS:
            space = max(text.rfind(" ", start, start + MAX_CHARS), text.rfind("\n", start, start + MAX_CHARS))
            stop = space if space > start else start + MAX_CHARS
        last = stop
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            yield start, last
        start = stop
