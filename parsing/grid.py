"""Rows of cells to text that can be read without its table: every row says what its columns are called.

``Region: North | Revenue: 1,200`` is found by words and by meaning, and is still true when a chunk holds that row alone.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from openpyxl.utils import get_column_letter

from parsing.sections import MOST_CHARS, Draft, TextBlock, cut, named
from parsing.types import Section

BETWEEN_CELLS = " | "
BETWEEN_ROWS = "\n"
LOOK_AHEAD_ROWS = 20
LONGEST_LABEL = 120
SMALL_TABLE_CHARS = 700  # a table that fits into one chunk is clearest as it stands
NUMBERISH = re.compile(
    r"[-+(]?\s*[^\w\s]{0,3}\s*\d[\d.,:/\s'%-]*[)%]?(?:\s?(?:%|[^\w\s]|[A-Z]{3}|[AP]M))?", re.IGNORECASE
)
YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its number, from 1, and what its filled cells show, by column, from 0."""

    number: int
    cells: Mapping[int, str]

    @property
    def locator(self) -> str:
        """The range of its filled cells, as a spreadsheet names it."""
        first, last = (f"{get_column_letter(column + 1)}{self.number}" for column in (min(self.cells), max(self.cells)))
        return first if first == last else f"{first}:{last}"


def sections_of_sheet(name: str | None, rows: Iterable[Row], *, first: int = 1) -> Iterator[Section]:
    """Sections of a sheet, its rows one to a block. Each begins with the row of column names above its first row.

    Args:
        name: the sheet's, the heading above all; None when it has none.
        rows: in order; those without filled cells may be left out.
        first: the number of the first section.
    """
    path = (named(name),) if name else ()
    number, draft = first, Draft()
    for row, header in _labelled(_filled(rows)):
        if name and number == first and not draft.text_blocks:
            draft.add(TextBlock("heading", name, 1), path)
        shown = _block(row, header)
        for text_block in cut([shown]) if len(shown.text) > MOST_CHARS else [shown]:
            if draft.text_blocks and draft.length + len(text_block.text) > MOST_CHARS:
                yield draft.section(number)
                number, draft = number + 1, Draft()
                if header is not None:
                    draft.add(_block(header, None), path)
            draft.add(text_block, path)
    if draft.text_blocks:
        yield draft.section(number)


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """A table within a text: as it stands when it is small, every row with the names of its columns when it is not."""
    plain = BETWEEN_ROWS.join(BETWEEN_CELLS.join(row) for row in rows if any(row))
    if len(plain) <= SMALL_TABLE_CHARS:
        return plain
    numbered = (
        Row(number, {column: text for column, text in enumerate(cells) if text}) for number, cells in enumerate(rows, 1)
    )
    return BETWEEN_ROWS.join(_text(row, header) for row, header in _labelled(_filled(numbered)))


def one_line(text: str) -> str:
    """A cell's text without line ends."""
    return " ".join(text.split())


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        cells = {column: shown for column, text in row.cells.items() if (shown := one_line(text))}
        if cells:
            yield replace(row, cells=cells)


def _block(row: Row, header: Row | None) -> TextBlock:
    return TextBlock("table", _text(row, header), locator=row.locator, gap=BETWEEN_ROWS)


def _text(row: Row, header: Row | None) -> str:
    labels = header.cells if header else {}
    return BETWEEN_CELLS.join(
        f"{labels[column].rstrip(':')}: {text}" if column in labels else text
        for column, text in sorted(row.cells.items())
    )


def _labelled(rows: Iterable[Row]) -> Iterator[tuple[Row, Row | None]]:
    """Each row with the row that names its columns; None for that row itself, and where there is none."""
    source = iter(rows)
    ahead = deque(islice(source, LOOK_AHEAD_ROWS))
    header: Row | None = None
    is_open = True  # a header may still come: only titles have been seen since the last gap
    last = 0
    while ahead:
        row = ahead.popleft()
        ahead.extend(islice(source, 1))
        if row.number > last + 1:
            is_open = True
            if header is not None and not set(row.cells) <= set(header.cells):
                header = None
        last = row.number
        if is_open and len(row.cells) > 1:
            is_open = False
            if _is_header(row, _below(row, ahead), has_other=header is not None):
                header = row
                yield row, None
                continue
        yield row, header if len(row.cells) > 1 else None


def _below(row: Row, ahead: Iterable[Row]) -> list[Row]:
    """The rows that follow without a gap."""
    found: list[Row] = []
    for other in ahead:
        if other.number != row.number + len(found) + 1:
            break
        found.append(other)
    return found


def _is_header(row: Row, below: Sequence[Row], *, has_other: bool) -> bool:
    labels = list(row.cells.values())
    if not below or not all(_is_label(text) for text in labels) or len(set(labels)) < len(labels):
        return False
    columns = {column for other in below for column in other.cells}
    if len(columns & set(row.cells)) < min(2, len(columns)) or len(columns) > 2 * len(row.cells):
        return False
    is_typed = any(_is_all_numbers(column, below) and not _is_number(text) for column, text in row.cells.items())
    return is_typed or (len(labels) > 2 and not has_other and any(len(other.cells) > 1 for other in below))


def _is_all_numbers(column: int, rows: Sequence[Row]) -> bool:
    values = [row.cells[column] for row in rows if column in row.cells]
    return bool(values) and all(_is_number(value) for value in values)


def _is_label(text: str) -> bool:
    return len(text) <= LONGEST_LABEL and (not _is_number(text) or YEAR.fullmatch(text) is not None)


def _is_number(text: str) -> bool:
    return len(text) <= 40 and NUMBERISH.fullmatch(text) is not None
