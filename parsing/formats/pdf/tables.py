"""Tables of a PDF page in which a cell is empty or two numbers could be taken for one: their cells are parted where they stand on the page.

A table is a run of lines whose words stand in the same columns, with room between these in every line. Runs in a child process only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from parsing.formats.pdf.pieces import Box, Piece, lines_of

LEAST_LINES, LEAST_COLUMNS, MOST_COLUMNS = 3, 3, 60
LEAST_GAP = 0.9  # of a line's height, between two cells; the spaces of prose are less
LEAST_FILLED = 0.5  # of the cells of a table
MOST_CHARS = 24  # half of the cells have no more
MOST_SPACING = 3.0  # of a line's height, between two rows
BETWEEN = Piece(" | ")
EMPTY = Piece(" |")
ENDS_AS_NUMBER, GOES_ON_AS_NUMBER = re.compile(r"(?:\A|\D)\d{1,3}\Z"), re.compile(r"\A\d{3}(?:\D|\Z)")

FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

Line = list[Piece]


@dataclass(frozen=True, slots=True)
class _Cell:
    """Words that stand together: where they begin and end across the page, and their pieces, with the spaces between."""

    left: float
    right: float
    pieces: Line

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def in_tables(pieces: Sequence[Piece], width_to_height: float) -> list[Piece]:
    """Pieces with bars between the cells of such tables; all else stays as it is.

    Args:
        width_to_height: of the page.
    """
    lines = list(_whole(lines_of(pieces)))
    cells = [_cells(line, width_to_height) for line in lines]
    if not any(len(row) >= LEAST_COLUMNS for row in cells):
        return list(pieces)
    return [piece for line in _told(lines, cells) for piece in line]


def _whole(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines; what stands at the same height, further on, is the same line, though pdfium ends it before a small gap."""
    whole: Line = []
    last: Box | None = None
    for line in lines:
        first = next((piece.box for piece in line if piece.box), None)
        if last and first and first[0] >= last[2] and 2 * abs(first[1] - last[1]) < first[3] - first[1]:
            whole += line
        else:
            yield whole
            whole = list(line)
        last = next((piece.box for piece in reversed(line) if piece.box), None)
    yield whole


def _told(lines: Sequence[Line], cells: Sequence[Sequence[_Cell]]) -> Iterator[Line]:
    start = 0
    while start < len(lines):
        end = _end(lines, cells, start)
        columns = _columns([cell for row in cells[start:end] for cell in row]) if end - start >= LEAST_LINES else []
        if _is_table(cells[start:end], columns) and _is_doubtful(cells[start:end], len(columns)):
            for line, row in zip(lines[start:end], cells[start:end], strict=True):
                yield [*_barred(row, columns), *([line[-1]] if line and line[-1].box is None else [])]
        else:
            yield from lines[start:end]
        start = end


def _end(lines: Sequence[Line], cells: Sequence[Sequence[_Cell]], start: int) -> int:
    """Where the lines end that go on from this one at the same pace, each with several cells."""
    end = start + 1
    if len(cells[start]) < 2:
        return end
    while end < len(lines) and len(cells[end]) >= 2 and _follows(lines[end - 1], lines[end]):
        end += 1
    return end


def _follows(line: Line, following: Line) -> bool:
    above, below = ([piece.box for piece in one if piece.box] for one in (line, following))
    height = max(bottom - top for _, top, _, bottom in below)
    apart = min(box[1] for box in below) - max(box[3] for box in above)
    return -height < apart < MOST_SPACING * height


def _cells(line: Line, width_to_height: float) -> list[_Cell]:
    """The words of a line from left to right, parted where there is more room than between words."""
    found: list[_Cell] = []
    last: Box | None = None
    for piece in line:
        box = piece.box
        if box is None:
            continue
        height = max(box[3] - box[1], last[3] - last[1] if last else 0.0)
        if last is None or not -height < box[0] - last[2] <= LEAST_GAP * height / width_to_height:
            found.append(_Cell(box[0], box[2], [piece]))
        else:
            cell = found[-1]
            is_apart = box[0] > last[2]
            found[-1] = _Cell(
                cell.left, max(cell.right, box[2]), [*cell.pieces, *([Piece(" ")] if is_apart else []), piece]
            )
        last = box
    return sorted(found, key=lambda cell: cell.left)


def _columns(cells: Sequence[_Cell]) -> list[tuple[float, float]]:
    """From where to where each column goes: what stands above one another in any two lines is one."""
    columns: list[tuple[float, float]] = []
    for cell in sorted(cells, key=lambda cell: cell.left):
        if columns and cell.left <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], cell.right))
        else:
            columns.append((cell.left, cell.right))
    return columns


def _is_table(rows: Sequence[Sequence[_Cell]], columns: Sequence[tuple[float, float]]) -> bool:
    if not LEAST_COLUMNS <= len(columns) <= MOST_COLUMNS or any(
        len(set(_places(row, columns))) < len(row) for row in rows
    ):
        return False
    if any(FROM_THE_RIGHT.search(cell.text) for row in rows for cell in row):
        return False
    is_full = any(len(row) == len(columns) for row in rows)
    filled = sum(map(len, rows)) >= LEAST_FILLED * len(rows) * len(columns) or is_full
    return is_full and filled and median(len(cell.text) for row in rows for cell in row) <= MOST_CHARS


def _is_doubtful(rows: Sequence[Sequence[_Cell]], columns: int) -> bool:
    """True where a row lacks a cell, or two neighbours read as one number."""
    return any(
        len(row) < columns
        or any(ENDS_AS_NUMBER.search(one.text) and GOES_ON_AS_NUMBER.match(other.text) for one, other in pairwise(row))
        for row in rows
    )


def _places(row: Sequence[_Cell], columns: Sequence[tuple[float, float]]) -> list[int]:
    """The column of each cell."""
    return [next(index for index, (left, right) in enumerate(columns) if left <= cell.left <= right) for cell in row]


def _barred(row: Sequence[_Cell], columns: Sequence[tuple[float, float]]) -> Iterator[Piece]:
    """The cells of a row with bars between them, also where there is none."""
    at = dict(zip(_places(row, columns), row, strict=True))
    for index in range(len(columns)):
        if index:
            yield BETWEEN if index in at else EMPTY
        if index in at:
            yield from at[index].pieces
