"""Spans of a section's text, and how chunking strategies join them.

A span is ``(start, end)``, offsets into the text, end excluded. Units are spans in order, without spaces at their ends, that leave
out nothing but spaces.
"""

from collections.abc import Iterable, Iterator, Sequence

from rag.grounding.sentences import split

Span = tuple[int, int]


def sentences(text: str, span: Span, size: int) -> list[Span]:
    """The units of a span: sentences, each with what stands between it and the one before; none longer than ``size``."""
    start, end = span
    inner = [start + sentence.end for sentence in split(text[start:end])[:-1]]
    return list(short(text, zip([start, *inner], [*inner, end], strict=True), size))


def lines(text: str, span: Span, size: int) -> list[Span]:
    """The units of a span: lines, none longer than ``size``."""
    start, end = span
    ends = [locator for locator in range(start, end) if text[locator] == "\n"]
    return list(short(text, zip([start, *ends], [*ends, end], strict=True), size))


def packed(units: Sequence[Span], size: int, overlap: int = 0) -> Iterator[Span]:
    """Neighbouring units joined as long as they fit; each span begins with as many of the last one's units as the overlap holds."""
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
    """The spans without spaces at their ends, those longer than ``size`` cut, at a space where there is one."""
    for span in spans:
        start, end = _bare(text, *span)
        while end - start > size:
            stop = _cutting_point(text, start, size)
            yield _bare(text, start, stop)
            start, end = _bare(text, stop, end)
        if end > start:
            yield start, end


def _may_repeat(units: Sequence[Span], unit: int, last: int, size: int, overlap: int) -> bool:
    """True when the next span may begin with this unit: within the overlap, and with room left for something new."""
    start = units[unit][0]
    return units[last][1] - start <= overlap and units[last + 1][1] - start <= size


def _cutting_point(text: str, start: int, size: int) -> int:
    space = max(text.rfind(separator, start + size // 2, start + size + 1) for separator in (" ", "\n"))
    return space if space > start else start + size


def _bare(text: str, start: int, end: int) -> Span:
    inner = text[start:end].strip()
    if not inner:
        return end, end
    start += text[start:end].index(inner[0])
    return start, start + len(inner)
