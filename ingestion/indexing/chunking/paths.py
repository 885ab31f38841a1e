"""The path of a chunk: the headings above it, and the header row of the table in which it begins."""

from bisect import bisect_right
from functools import cache

from parsing.types import Block, Section

LONGEST = 200  # characters of a header row
LONGEST_ROW = 2_000  # characters of a row that are looked through for the names of its columns
BETWEEN_CELLS = "|"


class Paths:
    """The paths in one section. What they need of its blocks is found once, so that many chunks take linear time.

    Args:
        section: its blocks need not be in order.
    """

    def __init__(self, section: Section) -> None:
        self._section = section
        blocks = sorted(section.blocks, key=lambda block: block.start)
        self._headings = [block for block in blocks if block.kind == "heading"]
        self._heading_starts = [block.start for block in self._headings]
        self._above = _parents(self._headings)
        self._rows = [block for block in blocks if block.kind == "table"]
        self._row_starts = [row.start for row in self._rows]
        self._tops = _tops(section.text, self._rows)
        self._header = cache(self._header_of)

    def at(self, position: int) -> tuple[str, ...]:
        """The section's path, the headings above the position in its text, and the header row of the table around the position."""
        path = [*self._section.path]
        for heading in [*self._headings_above(position), *self._header_row(position)]:
            if heading not in path:
                path.append(heading)
        return tuple(path)

    def _headings_above(self, position: int) -> list[str]:
        """The headings above a position, outermost first. Of headings of unknown level, only the nearest is taken."""
        headings: list[str] = []
        number = bisect_right(self._heading_starts, position) - 1
        while number >= 0:
            block = self._headings[number]
            headings.append(self._section.text[block.start : block.end])
            number = self._above[number]
        return headings[::-1]

    def _header_row(self, position: int) -> list[str]:
        number = bisect_right(self._row_starts, position) - 1
        if number < 0 or position >= self._rows[number].end:
            return []
        top = self._tops[number]
        header = self._header(top)
        row = self._section.text[position : self._line_end(position, self._rows[-1].end, LONGEST_ROW)]
        is_below = position >= self._rows[top].start + len(header)
        return [header.strip()[:LONGEST]] if is_below and not _names_columns(row, header) else []

    def _header_of(self, top: int) -> str:
        row = self._rows[top]
        return self._section.text[row.start : self._line_end(row.start, row.end, LONGEST_ROW)]

    def _line_end(self, start: int, end: int, most: int) -> int:
        """Where the line ends that begins at ``start``, at most ``most`` characters later."""
        limit = min(end, start + most)
        found = self._section.text.find("\n", start, limit)
        return found if found >= 0 else max(limit, start)


def _parents(headings: list[Block]) -> list[int]:
    """For each heading, the number of the one that it stands under; -1 for none."""
    parents: list[int] = []
    under: list[int] = []  # the headings that are open, outermost first
    for number, block in enumerate(headings):
        while under and not 0 < headings[under[-1]].level < block.level:
            under.pop()
        parents.append(under[-1] if under else -1)
        under.append(number)
    return parents


def _tops(text: str, rows: list[Block]) -> list[int]:
    """For each row, the number of the first row of its table."""
    tops: list[int] = []
    for number, row in enumerate(rows):
        is_first = not number or not _continues(text, rows[number - 1], row)
        tops.append(number if is_first else tops[-1])
    return tops


def _names_columns(row: str, header: str) -> bool:
    """True for a row that contains its column names: ``Region: North | Revenue: 1,200``."""
    labels = (label.strip().rstrip(":") for label in header[:LONGEST].split(BETWEEN_CELLS))
    return any(f"{label}: " in row for label in labels if label)


def _continues(text: str, above: Block, row: Block) -> bool:
    """True when two blocks are adjacent rows of one sheet."""
    return bool(above.locator and row.locator) and not text[above.end : row.start].strip()
