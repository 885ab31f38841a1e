"""The parts into which a Markdown text is cut, and the runs of it that are not plain prose."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PartKind(StrEnum):
    """The kind of a part of a Markdown text.

    Words: ``PROSE``, ``HEADING``, and ``HEADER`` and ``CELL`` of a table. Code: ``SPAN`` within a line, with its backticks, and ``JOINT``,
    a line end inside it; ``FENCE``, a line that opens or closes a code block, ``BLOCK``, its text, and ``EDGE``, the marks before the
    text on its lines. Formulas, which are as untouched as code: ``FORMULA`` within a line, ``DISPLAY`` on lines of its own, both whole and
    with their marks. ``MARK`` is all other markup, ``LEAD`` the white space before the text, which the page drops.
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
    FORMULA = "formula"
    DISPLAY = "display"
    MARK = "mark"
    LEAD = "lead"

    @property
    def is_words(self) -> bool:
        """True for text that is read as sentences, also in headings and tables."""
        return self in (PartKind.PROSE, PartKind.HEADING, PartKind.HEADER, PartKind.CELL)

    @property
    def is_code(self) -> bool:
        """True for everything that belongs to code or is a formula."""
        return self in CODE

    @property
    def is_formula(self) -> bool:
        """True for a formula. Each is one part."""
        return self in (PartKind.FORMULA, PartKind.DISPLAY)


CODE = frozenset(
    {
        PartKind.SPAN,
        PartKind.JOINT,
        PartKind.FENCE,
        PartKind.BLOCK,
        PartKind.EDGE,
        PartKind.FORMULA,
        PartKind.DISPLAY,
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text with its kind."""

    text: str
    kind: PartKind


WHOLE = {PartKind.JOINT: PartKind.SPAN, PartKind.EDGE: PartKind.BLOCK}


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a text that is not plain prose, by offsets; ``kind`` is ``SPAN``, ``FENCE``, ``BLOCK``, ``HEADING``, ``HEADER`` or that of
    a formula."""

    start: int
    end: int
    kind: PartKind


def non_prose_runs(parts: Iterable[Part]) -> tuple[Run, ...]:
    """The runs of code, headings and table headers in the text that consists of these parts, in order."""
    runs: list[Run] = []
    start = 0
    for part in parts:
        kind, end = WHOLE.get(part.kind, part.kind), start + len(part.text)
        if runs and runs[-1].kind is kind and runs[-1].end == start and not kind.is_formula:
            runs[-1] = Run(runs[-1].start, end, kind)
        elif kind.is_code or kind in (PartKind.HEADING, PartKind.HEADER):
            runs.append(Run(start, end, kind))
        start = end
    return tuple(runs)


class CodeSpans:
    """Finds the inline code and formulas of a text by position.

    Args:
        runs: of the text, in order.
    """

    def __init__(self, runs: Iterable[Run]) -> None:
        self._spans = [run for run in runs if run.kind in (PartKind.SPAN, PartKind.FORMULA)]
        self._starts = [run.start for run in self._spans]

    def end(self, position: int) -> int:
        """The end of the inline code or formula that contains the position, else the position itself."""
        place = bisect_left(self._starts, position) - 1
        return max(position, self._spans[place].end) if place >= 0 else position
