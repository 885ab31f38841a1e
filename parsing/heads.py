"""Which rows of a table name its columns: one, or several where names stand over names (“2025” over “Ships” and “Tons”)."""

import re
from collections.abc import Sequence

from parsing.row import Row

LONGEST_LABEL = 120
NUMBERISH = re.compile(
    r"\A[-+(]?\s*+[^\w\s]{0,3}\s*+\d[\d.,:/\s'%-]*[)%]?(?:\s?(?:%|[^\w\s]|[A-Z]{3}|[AP]M))?", re.IGNORECASE
)
YEAR = re.compile(r"(?:19|20)\d\d")
MOST_ROWS = 4  # of a head


def several_rows(row: Row, below: Sequence[Row]) -> tuple[Row, int] | None:
    """The names of columns that stand in this row and in some below it, as one row, and how many those are; None when it is no such head.

    A cell of all rows but the last names every column up to the next cell, or those that it reaches over.

    Args:
        below: the rows that follow without a gap.
    """
    best, rows = None, [row]
    for count, last in enumerate(below[: MOST_ROWS - 1], 1):
        if not all(map(is_label, last.cells.values())) or not _parts(rows[-1], last):
            break
        rows.append(last)
        names = _names(rows)
        if len(set(names.values())) == len(names) and _is_last(rows[-2], last, below[count:]):
            best = Row(last.number, names), count
    return best if all(map(is_label, row.cells.values())) else None


def _parts(upper: Row, lower: Row) -> bool:
    """True when some cell stands over several of the row below: it reaches over them, or is followed by a gap, and then by others."""
    if any(column in upper.cells for column in upper.ends):
        return True
    inner = range(min(upper.cells), max(upper.cells))
    return len(upper.cells) > 1 and any(column in lower.cells and column not in upper.cells for column in inner)


def _is_last(upper: Row, row: Row, below: Sequence[Row]) -> bool:
    """True for the last row of a head: words over numbers, or the same names again and again, where the row above says something else."""
    own = {column: text for column, text in row.cells.items() if upper.cells.get(column) != text}
    if not own or not below or len(row.ends.keys() & row.cells.keys()):
        return False
    is_told = any(_is_all_numbers(column, below) for column in own if not _is_number(own[column]))
    return is_told or 2 * len(set(own.values())) <= len(own)


def _names(rows: Sequence[Row]) -> dict[int, str]:
    """What the cells above each column say, each once."""
    names: dict[int, list[str]] = {}
    columns = sorted({column for row in rows for column in row.cells})
    for row in rows:
        said, end = "", -1
        for column in columns:
            if column in row.cells:
                said = row.cells[column]
                is_open = row is not rows[-1] and not row.ends
                end = columns[-1] if is_open else row.ends.get(column, column)
            if column <= end and said not in (found := names.setdefault(column, [])):
                found.append(said)
    return {column: " ".join(said) for column, said in names.items()}


def is_head(row: Row, below: Sequence[Row], *, has_other: bool) -> bool:
    """True for a row that names the columns of those below it. ``has_other``: another row did before."""
    labels = list(row.cells.values())
    if not below or not all(is_label(text) for text in labels) or len(set(labels)) < len(labels):
        return False
    columns = {column for other in below for column in other.cells}
    if len(columns & set(row.cells)) < min(2, len(columns)) or len(columns) > 2 * len(row.cells):
        return False
    is_typed = any(_is_all_numbers(column, below) and not _is_number(text) for column, text in row.cells.items())
    return is_typed or (len(labels) > 2 and not has_other and any(len(other.cells) > 1 for other in below))


def is_entry(row: Row) -> bool:
    """True for a name and its value side by side, as they stand above the table in what a bank or a machine gives out."""
    first, *others = (text for _, text in sorted(row.cells.items()))
    return first.endswith((":", "\uff1a")) and len(others) == 1


def _is_all_numbers(column: int, rows: Sequence[Row]) -> bool:
    values = [row.cells[column] for row in rows if column in row.cells]
    return bool(values) and all(_is_number(value) for value in values)


def is_label(text: str) -> bool:
    """True for what may name a column: words, or a year."""
    return len(text) <= LONGEST_LABEL and (not _is_number(text) or YEAR.fullmatch(text) is not None)


def _is_number(text: str) -> bool:
    return len(text) <= 40 and NUMBERISH.fullmatch(text) is not None
