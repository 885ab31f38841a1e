"""Spans of a section's text, and how chunking strategies join them.

A span is ``(start, end)``, offsets into the text, end excluded. Units are spans in order, without spaces at their ends, that cover
everything but spaces.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.grounding.sentences import split

Span = tuple[int, int]

INK = re.compile(r"\S")


def sentences(text: str, span: Span, size: int) -> list[Span]:
    """The units of a span: sentences, each with the text between it and the one before; none longer than ``size``."""
    start, end = span
    inner = [start + sentence.end for sentence in split(text[start:end])[:-1]]
    return list(short(text, zip([start, *inner], [*inner, end], strict=True), size))


def lines(text: str, span: Span, size: int) -> list[Span]:
    """The units of a span: lines, none longer than ``size``."""
    start, end = span
    ends = [locator for locator in range(start, end) if text[locator] == "\n"]
    return list(short(text, zip([start, *ends], [*ends, end], strict=True), size))


def packed(units: Sequence[Span], size: int, overlap: int = 0) -> Iterator[Span]:
    """Joins neighbouring units up to ``size``; each span begins with as many units of the previous one as fit in ``overlap``."""
    first = 0
    while first < len(units):
        last = first
        while last + 1 < len(units) and units[last + 1][1] - units[first][0] <= size:
            last += 1
        yield units[first][0], units[last][1]
        if last + 1 == len(units):
            return
        following = last + 1
        while following - 1 > first and _may_repeat(units, following - 1, last, size, overlap):
            following -= 1
        first = following


def short(text: str, spans: Iterable[Span], size: int) -> Iterator[Span]:
    """The spans without spaces at their ends; those longer than ``size`` are cut, at a space if possible."""
    for span in spans:
        start, end = _stripped(text, *span)
        while end - start > size:
            stop = _cutting_point(text, start, size)
            yield _stripped(text, start, stop)
            start = _ink(text, stop, end)
        if end > start:
            yield start, end


def _may_repeat(units: Sequence[Span], unit: int, last: int, size: int, overlap: int) -> bool:
    """True when the next span may begin with this unit: it is within the overlap and leaves room for a new unit."""
    start = units[unit][0]
    return units[last][1] - start <= overlap and units[last + 1][1] - start <= size


def _cutting_point(text: str, start: int, size: int) -> int:
    space = max(text.rfind(separator, start + size // 2, start + size + 1) for separator in (" ", "\n"))
    return space if space > start else start + size


def _stripped(text: str, start: int, end: int) -> Span:
    """The span without spaces at its ends. It is not copied: of a long text, every piece that is cut off would copy the rest."""
    start = _ink(text, start, end)
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _ink(text: str, start: int, end: int) -> int:
    """Where the first character of the span is that is no space; its end when there is none."""
    ink = INK.search(text, start, end)
    return ink.start() if ink else end
