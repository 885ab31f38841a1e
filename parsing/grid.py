"""Rows of cells to text that can be read without its table: every row says what its columns are called.

``Region: North | Revenue: 1,200`` is found by words and by meaning, and is still true when a chunk holds that row alone.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from parsing.heads import is_entry, is_head, several_rows
from parsing.row import Row
from parsing.sections import MOST_CHARS, Draft, TextBlock, cut, named
from parsing.types import Section

BETWEEN_CELLS = " | "
BETWEEN_ROWS = "\n"
LOOK_AHEAD_ROWS = 20
SMALL_TABLE_CHARS = 700  # a table that fits into one chunk is clearest as it stands
WIDE_CHARS = 1500  # of the names of columns: a table of about a hundred columns or more
WIDE_ROWS = 30  # that are read together
BAND_CHARS, LEAST_BAND = 200, 8  # names and columns of a part of a wide table


def sections_of_sheet(name: str | None, rows: Iterable[Row], *, first: int = 1) -> Iterator[Section]:
    """Sections of a sheet, its rows one to a block. Each begins with the row of column names above its first row.

    Args:
        name: the sheet's, the heading above all; None when it has none.
        rows: in order; those without filled cells may be left out.
        first: the number of the first section.
    """
    path = (named(name),) if name else ()
    number, draft = first, Draft()
    for group, header in _grouped(_labelled(_filled(rows))):
        if name and number == first and not draft.text_blocks:
            draft.add(TextBlock("heading", name, 1), path)
        if len(group) > 1 or _is_wide(header):
            for one in (*([draft] if draft.text_blocks else []), *_bands(group, header or group[0], path)):
                yield one.section(number)
                number, draft = number + 1, Draft()
            continue
        row = group[0]
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


def table_text(
    rows: Sequence[Sequence[str]], head: Sequence[str] = (), ends: Mapping[int, Mapping[int, int]] | None = None
) -> str:
    """A table within a text: as it stands when it is small, every row with the names of its columns when it is not.

    Args:
        head: the names of the columns, where they are known; else the first rows are looked at.
        ends: the last column of each cell that reaches over several, by its row and column, from 0.
    """
    numbered = list(_filled(_numbered(rows, ends or {}))) if not head else []
    if len(numbered) > 1 and several_rows(numbered[0], _below(numbered[0], numbered[1:LOOK_AHEAD_ROWS])):
        return BETWEEN_ROWS.join(_written(_labelled(numbered)))
    plain = BETWEEN_ROWS.join(BETWEEN_CELLS.join(row) for row in (head, *rows) if any(row))
    if len(plain) <= SMALL_TABLE_CHARS:
        return plain
    named_rows = _labelled(numbered) if not head else _headed(rows, head)
    return BETWEEN_ROWS.join(_written(named_rows))


def _numbered(rows: Iterable[Sequence[str]], ends: Mapping[int, Mapping[int, int]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, 1):
        filled = {column: text for column, text in enumerate(cells) if text}
        yield Row(number, filled, ends.get(number - 1, {}))


def _headed(rows: Sequence[Sequence[str]], head: Sequence[str]) -> Iterator[tuple[Row, Row | None]]:
    names, *below = _numbered((head, *rows), {})
    yield names, None
    yield from ((row, names if len(row.cells) > 1 else None) for row in below if row.cells)


def _written(rows: Iterable[tuple[Row, Row | None]]) -> Iterator[str]:
    for group, header in _grouped(rows):
        if len(group) > 1 or _is_wide(header):
            for band in _bands(group, header or group[0], ()):
                yield from (text_block.text for text_block in band.text_blocks)
        else:
            yield _text(group[0], header)


def _grouped(rows: Iterable[tuple[Row, Row | None]]) -> Iterator[tuple[list[Row], Row | None]]:
    """Rows one by one; those of a wide table, several together, without the row of its names, which stands in each part."""
    group: list[Row] = []
    above: Row | None = None
    names: Row | None = None  # may be those of a wide table: the next row tells
    for row, header in rows:
        if names is not None and header is not names:
            yield [names], None
        names = row if header is None and _is_wide(row) else None
        if group and (header is not above or len(group) >= WIDE_ROWS):
            yield group, above
            group = []
        if _is_wide(header):
            group, above = [*group, row], header
        elif names is None:
            yield [row], header
    if names is not None:
        yield [names], None
    if group:
        yield group, above


def _is_wide(header: Row | None) -> bool:
    """True for a table whose rows would be many times as long with the names of all their columns."""
    return header is not None and len(header.cells) * len(BETWEEN_CELLS) + header.length > WIDE_CHARS


def _bands(rows: Sequence[Row], header: Row, path: tuple[str, ...]) -> Iterator[Draft]:
    """Rows of a wide table as tables of some columns each, the first column in all of them: what a cell is called stands above it."""
    columns = sorted({column for row in (header, *rows) for column in row.cells})
    key = columns[0]
    band: list[int] = []
    length = len(header.cells.get(key, ""))
    for column in columns[1:]:
        width = len(header.cells.get(column, "")) + len(BETWEEN_CELLS)
        if len(band) >= LEAST_BAND and length + width > BAND_CHARS:
            yield from _band(rows, header, [key, *band], path)
            band, length = [], len(header.cells.get(key, ""))
        band, length = [*band, column], length + width
    yield from _band(rows, header, [key, *band], path)


def _band(rows: Sequence[Row], header: Row, columns: Sequence[int], path: tuple[str, ...]) -> Iterator[Draft]:
    """Some columns of a table. In a row with gaps each cell has its name: it could be taken for another's."""
    top = _part(header, columns)
    draft = Draft()
    for row in rows:
        part = _part(row, columns)
        if len(part.cells) < 2 and columns[0] in part.cells and len(columns) > 1:
            continue  # the name of a row that has nothing here
        if not part.cells:
            continue
        block = _block(part, None if part.cells.keys() == top.cells.keys() else top)
        for text_block in cut([block]) if len(block.text) > MOST_CHARS else [block]:
            if draft.text_blocks and draft.length + len(text_block.text) > MOST_CHARS:
                yield draft
                draft = Draft()
            if not draft.text_blocks and top.cells:
                draft.add(_block(top, None), path)
            draft.add(text_block, path)
    if draft.text_blocks:
        yield draft


def _part(row: Row, columns: Sequence[int]) -> Row:
    return Row(row.number, {column: row.cells[column] for column in columns if column in row.cells})


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
        if is_open and len(row.cells) > 1 and not is_entry(row):
            is_open, below = False, _below(row, ahead)
            if several := several_rows(row, below):
                header, count = several
                last = header.number
                for _ in range(count):
                    ahead.popleft()
                ahead.extend(islice(source, count))
                yield header, None
                continue
            if is_head(row, below, has_other=header is not None):
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
