"""Splits a text into sentences with exact offsets: prose, Markdown, bullets, tables and wrapped PDF lines.

First the text is cut into blocks (at blank lines, headings, list items, table rows, code), then blocks into sentences. A chunk of a
document has unknown markup and may begin in the middle, so its lines are classified by their looks. In an answer, code, headings and
table headers are what the page shows as such.
"""

import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.grounding.blocks import Blocks, LineKind
from rag.grounding.language.lexicon import month_names
from rag.grounding.markdown_parts import CodeSpans, PartKind, Run

MAX_CHARS = 400  # longer runs without an end (flattened tables, scripts without full stops) are cut at a space
TITLE_RATIO = 1.6  # a line this many times longer than the one above it does not continue it
HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")
ITEM = re.compile(r"\A[ \t]*+(?:[-*+•◦▪‣–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\))[ \t]++(?=\S)")
ROW = re.compile(r"\A[ \t]*+\|.*\S")
RULE = re.compile(r"\A[ \t]*+(?:\|[-:| \t]++|[-*_=]{3,}+)[ \t]*+$")
LINE_ENDS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
CODE = {LineKind.OPENING: "fence", LineKind.CODE: "code", LineKind.CLOSING: "fence"}
MARKED = {
    PartKind.FENCE: "fence",
    PartKind.BLOCK: "code",
    PartKind.DISPLAY: "code",
    PartKind.HEADING: "heading",
    PartKind.HEADER: "header",
}
END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_]*+(?=\s|$)|[。！？｡]++[」』”’）]*+")
LONGEST_ABBREVIATION = 24  # characters
LONGEST_MONTH = 16  # characters
ABBREVIATION = re.compile(
    r"(?<![^\s(\[\"'“‘])(?:[A-Z]|[A-Za-z](?:\.[A-Za-z])+|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|cf|al|No|Nr|Fig|Figs|Eq|Sec|Ch|Vol|pp?|"
    r"approx|est|incl|Inc|Ltd|Co|Corp|Dept|Gov|Gen|Art|Abs|bzw|ca|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its offsets in the text.

    Attributes:
        kind: ``prose``, ``item``, ``row``, ``header``, ``heading`` or ``code``.
        block: number of its block.
    """

    start: int
    end: int
    kind: str
    block: int


def split(text: str) -> list[Sentence]:
    """The sentences of a document, in order. They never overlap and have no outer white space; list marks and table rules are left out."""
    lines = text.splitlines(keepends=True)
    return _cut(text, _blocks(text, zip(lines, _document_kinds(lines), strict=True)), CodeSpans(()), title="heading")


def split_answer(text: str, runs: Sequence[Run]) -> list[Sentence]:
    """The sentences of an answer, in order. None ends inside code.

    Args:
        runs: its code, headings and table headers, in order.
    """
    lines = text.splitlines(keepends=True)
    return _cut(
        text, _blocks(text, zip(lines, _answer_kinds(lines, runs), strict=True)), CodeSpans(runs), title="prose"
    )


def _cut(text: str, blocks: Iterable[tuple[int, int, str]], code: CodeSpans, title: str) -> list[Sentence]:
    """The sentences of the blocks.

    Args:
        title: the kind to give to a line that looks like a heading without a mark.
    """
    sentences = []
    for number, (start, end, looks) in enumerate(blocks):
        kind = title if looks == "title" else looks
        pieces = [(start, end)] if kind in ("row", "header", "heading", "code") else _sentences(text, start, end, code)
        for piece_start, piece_end in pieces:
            for part_start, part_end in _short(text, piece_start, piece_end, code):
                sentences.append(Sentence(part_start, part_end, kind, number))
    return sentences


@dataclass(slots=True)
class _Open:
    """A block that the next line may continue; ``last`` is where its last line starts."""

    start: int
    last: int
    end: int
    kind: str

    def closed_before_title(self, text: str) -> Iterator[tuple[int, int, str]]:
        """The block when its last line looks like a title: as two blocks if the text above is a finished sentence, else as one."""
        above = text[self.start : self.last].rstrip()
        if above and not END.search(above[-3:]):
            yield self.start, self.end, self.kind
            return
        if above:
            yield self.start, self.last, self.kind
        yield self.last, self.end, "title"


def _document_kinds(lines: Sequence[str]) -> Iterator[str]:
    """The kind of block each line of a document starts. Only fences make code, at any indentation, which may be cut off."""
    blocks = Blocks(code_indent=sys.maxsize)
    for line in lines:
        yield CODE.get(blocks.line(line.rstrip(LINE_ENDS)).kind) or _kind_of(line)


def _answer_kinds(lines: Sequence[str], runs: Sequence[Run]) -> Iterator[str]:
    """The kind of block each line of an answer starts; ``span`` where the line starts inside inline code."""
    code, left, position = CodeSpans(runs), deque(run for run in runs if run.kind is not PartKind.SPAN), 0
    for line in lines:
        start, position = position, position + len(line)
        while left and left[0].end <= start:
            left.popleft()
        kind = MARKED.get(left[0].kind, "") if left and left[0].start < position else ""
        looks = _kind_of(line)
        if code.end(start) > start:
            yield "span"
        elif kind == "header":
            yield kind if looks == "row" else looks
        else:
            yield kind or ("" if looks == "heading" else looks)


def _blocks(text: str, lines: Iterable[tuple[str, str]]) -> Iterator[tuple[int, int, str]]:
    """The blocks of a text as (start, end, kind).

    Args:
        lines: each with the kind of block it starts.
    """
    block: _Open | None = None
    position = 0
    for line, kind in lines:
        start, position = position, position + len(line)
        if block:
            is_joined = _continues(block.kind, kind)
            is_below_title = is_joined and not kind and _is_title(text[block.last : block.end], line)
            if is_joined and not is_below_title:
                block.last, block.end = start, position
                continue
            yield from block.closed_before_title(text) if is_below_title else [(block.start, block.end, block.kind)]
        block = None if kind in ("blank", "rule", "fence") else _opened(line, start, position, kind or "prose")
    if block:
        yield block.start, block.end, block.kind


def _opened(line: str, start: int, end: int, kind: str) -> _Open:
    mark = ITEM.match(line) if kind == "item" else None
    return _Open(start + (mark.end() if mark else 0), start + (mark.end() if mark else 0), end, kind)


def _continues(block: str, kind: str) -> bool:
    return kind == "span" or kind == block == "code" or (kind == "" and block in ("prose", "item"))


def _is_title(above: str, line: str) -> bool:
    """True when the line above looks like a heading without a mark, as PDFs have: short, open-ended, then a new start."""
    title, text = above.strip(), line.strip()
    is_short = len(title) * TITLE_RATIO < len(text)
    return is_short and title[-1:].isalnum() and (text[:1].isupper() or text[:1].isdigit())


def _kind_of(line: str) -> str:
    """The kind of block a line starts; empty for plain text, which may also continue the block above."""
    if not line.strip():
        return "blank"
    for kind, pattern in (("rule", RULE), ("heading", HEADING), ("row", ROW), ("item", ITEM)):
        if pattern.match(line):
            return kind
    return ""


def _sentences(text: str, start: int, end: int, code: CodeSpans) -> Iterator[tuple[int, int]]:
    begin = start
    for mark in END.finditer(text, start, end):
        if code.end(mark.end()) > mark.end():
            continue
        if text[mark.start()] == "." and _is_abbreviation(text, begin, mark.start()):
            continue
        if text[mark.start()] == "." and _next_letter(text, mark.end(), end).islower():
            continue
        if text[mark.start()] == "." and _is_day(text, mark.start()):
            continue
        yield begin, mark.end()
        begin = mark.end()
    yield begin, end


def _is_abbreviation(text: str, begin: int, dot: int) -> bool:
    """True when the full stop belongs to the word before it. Only that word is looked at: linear time in long sentences."""
    return bool(ABBREVIATION.search(text, max(begin, dot - LONGEST_ABBREVIATION), dot + 1))


def _is_day(text: str, dot: int) -> bool:
    """True for the full stop of "31. März"."""
    digits = text[max(0, dot - 3) : dot].rpartition(" ")[2]
    word = text[dot + 1 : dot + 1 + LONGEST_MONTH].split(maxsplit=1)[:1]
    return digits.isdecimal() and len(digits) <= 2 and bool(word) and word[0].strip(",.;:").lower() in month_names()


def _next_letter(text: str, start: int, end: int) -> str:
    return next((char for char in text[start : min(end, start + 4)] if not char.isspace()), "")


def _short(text: str, start: int, end: int, code: CodeSpans) -> Iterator[tuple[int, int]]:
    """The run without outer white space, cut at spaces outside code into pieces of at most ``MAX_CHARS``; code itself may be longer."""
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        stop = end
        if end - start > MAX_CHARS:
            space = max(text.rfind(" ", start, start + MAX_CHARS), text.rfind("\n", start, start + MAX_CHARS))
            stop = min(code.end(space if space > start else start + MAX_CHARS), end)
        last = stop
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            yield start, last
        start = stop
