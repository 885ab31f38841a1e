"""What the parts of a Markdown text are, and where those stand that are no plain prose."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a part of a Markdown text is.

    Words: ``PROSE``, ``HEADING``, ``HEADER`` and ``CELL`` of a table. Code: ``SPAN`` within a line, with its backticks, and ``JOINT``, the
    end of a line in it; ``FENCE``, a line that opens or closes a block of code, ``BLOCK``, its text, and ``EDGE``, what stands before
    that on its lines. ``MARK`` is all other markup, ``LEAD`` the space before the text, which the page
    drops.
    """

    PROSE = "prose"
    HEADING = "heading"
    HEADER = "header"
    CELL = "cell"
    SPAN = "span"
    JOINT = "joint"
    FENCE = "fence"
    BLOCK = "block"
    EDGE = "edge"
    MARK = "mark"
    LEAD = "lead"

    @property
    def is_words(self) -> bool:
        """True for what is read as sentences, also in headings and tables."""
        return self in (Kind.PROSE, Kind.HEADING, Kind.HEADER, Kind.CELL)

    @property
    def is_code(self) -> bool:
        """True for all that belongs to code."""
        return self in (Kind.SPAN, Kind.JOINT, Kind.FENCE, Kind.BLOCK, Kind.EDGE)


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a text."""

    text: str
    kind: Kind


WHOLE = {Kind.JOINT: Kind.SPAN, Kind.EDGE: Kind.BLOCK}


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a text that is no plain prose; ``kind`` is ``SPAN``, ``FENCE``, ``BLOCK``, ``HEADING`` or ``HEADER``."""

    start: int
    end: int
    kind: Kind


def runs(parts: Iterable[Part]) -> tuple[Run, ...]:
    """Where code, headings and the headers of tables stand in a text that consists of these parts."""
    found: list[Run] = []
    start = 0
    for part in parts:
        kind, end = WHOLE.get(part.kind, part.kind), start + len(part.text)
        if found and found[-1].kind is kind and found[-1].end == start:
            found[-1] = Run(found[-1].start, end, kind)
        elif kind.is_code or kind in (Kind.HEADING, Kind.HEADER):
            found.append(Run(start, end, kind))
        start = end
    return tuple(found)


class CodeSpans:
    """The code within lines among the runs of a text, found by position."""

    def __init__(self, found: Iterable[Run]) -> None:
        self._spans = [run for run in found if run.kind is Kind.SPAN]
        self._starts = [run.start for run in self._spans]

    def end(self, position: int) -> int:
        """The position, or the end of the code that it is inside of."""
        place = bisect_left(self._starts, position) - 1
        return max(position, self._spans[place].end) if place >= 0 else position
