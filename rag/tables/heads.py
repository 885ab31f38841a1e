"""Which rows at the top of a table name its columns, and what the columns are called where heads are nested or merged."""

from collections.abc import Sequence
from dataclasses import replace

from rag.tables.dates import YEAR
from rag.tables.table import Line, Table, is_numeric, typed

MOST_HEADS = 3
NUMBERS = 0.6  # share of a column's cells that make it one of numbers


def grid_table(lines: Sequence[Line], title: str) -> Table | None:
    """A table of plain rows, whose first rows are heads where they say what is below them; None when it has no rows below."""
    width = max(len(line.cells) for line in lines)
    padded = [(*line.cells, *[""] * (width - len(line.cells))) for line in lines]
    kept = [index for index in range(width) if any(cells[index] for cells in padded)]
    filled = [
        replace(line, cells=tuple(cells[index] for index in kept)) for line, cells in zip(lines, padded, strict=True)
    ]
    count = _head_rows([line.cells for line in filled])
    heads = [_merged(line.cells) if number + 1 < count else line.cells for number, line in enumerate(filled[:count])]
    if len(filled) == count:
        return None
    return typed([[head[index] for head in heads] for index in range(len(kept))], filled[count:], title)


def named_table(labels: Sequence[str], lines: Sequence[Line], title: str) -> Table | None:
    """A table whose rows repeated these names. Columns that nobody fills go; further rows of heads become part of the names."""
    kept = [index for index in range(len(labels)) if labels[index] or any(line.cells[index] for line in lines)]
    rows = [replace(line, cells=tuple(line.cells[index] for index in kept)) for line in lines]
    names = [[labels[index]] for index in kept]
    if len(rows) > 1 and _is_second_head([row.cells for row in rows]):
        names = [[*name, cell] for name, cell in zip(names, rows[0].cells, strict=True)]
        rows = rows[1:]
    return typed(names, rows, title) if rows else None


def _head_rows(grid: Sequence[Sequence[str]]) -> int:
    """How many rows at the top are heads: those with words above numbers; one where all is words and the first row fills it."""
    count = 0
    while count < min(MOST_HEADS, len(grid) - 1) and _is_head(grid[count:]):
        count += 1
    if count:
        return count
    is_full = all(grid[0]) and len(set(grid[0])) == len(grid[0])
    return 1 if is_full and not any(_is_value(cell) for cell in grid[0]) else 0


def _is_head(grid: Sequence[Sequence[str]]) -> bool:
    """True for a first row without numbers above columns of numbers; years may name columns."""
    below = [_numbers([row[index] for row in grid[1:]]) for index in range(len(grid[0]))]
    return any(below) and not any(_is_value(cell) for cell, number in zip(grid[0], below, strict=True) if number)


def _is_second_head(grid: Sequence[Sequence[str]]) -> bool:
    """True for a first row without any digit that has words above columns of numbers."""
    below = [_numbers([row[index] for row in grid[1:]]) for index in range(len(grid[0]))]
    words = [cell for cell, number in zip(grid[0], below, strict=True) if number and cell]
    return len(words) > 1 and not any(char.isdigit() for cell in grid[0] for char in cell)


def _numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(is_numeric(cell) for cell in filled) >= NUMBERS * len(filled)


def _is_value(cell: str) -> bool:
    return is_numeric(cell) and YEAR.fullmatch(cell.strip()) is None


def _merged(cells: Sequence[str]) -> tuple[str, ...]:
    """A row of heads above others: a blank cell right of a head belongs to it, except at the left."""
    shown: list[str] = []
    for cell in cells:
        shown.append(cell or (shown[-1] if shown else ""))
    return tuple(shown)
