"""Tables as text (CSV, TSV and the like): separators are found out, rows read as those of a sheet. Runs in a child process only."""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from core.errors import DocumentUnreadable
from parsing.encoding import NO_TEXT, decode
from parsing.grid import sections_of_sheet
from parsing.parser_input import ParserInput
from parsing.row import Row
from parsing.types import Section

SEPARATORS = ",;\t|"
RARE_SEPARATORS = "^~¦:"
LEAST_SHARE, LEAST_SHARE_OF_RARE = 0.5, 0.9  # of the rows that have as many cells
INSIDE = re.compile(r":[ \t\\]|://|(?<!\d)\d{1,2}:\d\d(?!\d)")  # addresses, sentences, times
SAID = re.compile(r"\Asep=(.)\n", re.IGNORECASE)  # as Excel does
SAMPLE_CHARS = 65_536
SAMPLE_ROWS = 100
MOST_LINES_IN_CELL = 200  # more of them, and a quotation mark was never closed


def parse(source: ParserInput, _: Callable[[int, int], None]) -> Iterator[Section]:
    """The table as a sheet without a name.

    Raises:
        DocumentUnreadable: there is no text in it.
    """
    text = decode(source.read_bytes())
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    said = SAID.match(text)
    yield from table_sections(text, said[1] if said else separator_of(text[:SAMPLE_CHARS]), left_out=1 if said else 0)


def table_sections(text: str, separator: str, left_out: int = 0) -> Iterator[Section]:
    """The rows of a text, but for the first so many.

    Args:
        separator: between cells.
    """
    csv.field_size_limit(sys.maxsize)
    is_quoted = text.count('"') % 2 == 0 or not _is_unclosed(text, separator)
    yield from sections_of_sheet(None, _rows(text, separator, is_quoted, left_out))


def separator_of(sample: str) -> str:
    """The character that cuts most of the first rows into the same number of cells, and into more than one.

    A rare one counts only where no usual one cuts most rows, and where nearly all rows have as many.
    """
    csv.field_size_limit(sys.maxsize)
    found = {separator: _evenness(sample, separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: found[separator])
    if found[best][0] >= LEAST_SHARE:
        return best
    present = (separator for separator in RARE_SEPARATORS if separator in sample and not _is_inside(sample, separator))
    return next((separator for separator in present if _evenness(sample, separator)[0] >= LEAST_SHARE_OF_RARE), best)


def _evenness(sample: str, separator: str) -> tuple[float, int]:
    """The share of the rows that are cut into the commonest number of cells, and this number; nothing when it is one."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    rows = [row for row in islice(reader, SAMPLE_ROWS) if row]
    width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    return (count / len(rows), width) if width > 1 else (0, 0)


def _is_inside(sample: str, separator: str) -> bool:
    """True for a character that stands within times, addresses and sentences."""
    return separator == ":" and INSIDE.search(sample) is not None


def _rows(text: str, separator: str, is_quoted: bool, left_out: int) -> Iterator[Row]:
    lines = io.StringIO(text, newline="")
    reader = csv.reader if is_quoted else partial(csv.reader, quoting=csv.QUOTE_NONE)
    for number, cells in enumerate(reader(lines, delimiter=separator), start=1):
        if number > left_out:
            yield Row(number, dict(enumerate(cells)))


def _is_unclosed(text: str, separator: str) -> bool:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return any(cell.count("\n") > MOST_LINES_IN_CELL for row in rows for cell in row)
