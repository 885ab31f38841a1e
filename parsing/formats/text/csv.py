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
from parsing.encoding import decode
from parsing.formats.html.reader import NO_TEXT
from parsing.grid import Row, sections_of_sheet
from parsing.parser_input import ParserInput
from parsing.types import Section

SEPARATORS = ",;\t|"
SAID = re.compile(r"\Asep=(.)\n", re.IGNORECASE)  # as Excel does
SAMPLE_CHARS = 65_536
SAMPLE_ROWS = 100
MOST_LINES_IN_CELL = 200  # more of them, and a quotation mark was never closed


def parse(source: ParserInput, _: Callable[[int, int], None]) -> Iterator[Section]:
    """The table as a sheet without a name.

    Raises:
        DocumentUnreadable: there is no text in it.
    """
    csv.field_size_limit(sys.maxsize)
    text = decode(source.read_bytes())
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    said = SAID.match(text)
    separator = said[1] if said else separator_of(text[:SAMPLE_CHARS])
    is_quoted = text.count('"') % 2 == 0 or not _is_unclosed(text, separator)
    yield from sections_of_sheet(None, _rows(text, separator, is_quoted, 1 if said else 0))


def separator_of(sample: str) -> str:
    """The character that cuts most of the first rows into the same number of cells, and into more than one."""

    def evenness(separator: str) -> tuple[float, int]:
        rows = [
            row for row in islice(csv.reader(io.StringIO(sample, newline=""), delimiter=separator), SAMPLE_ROWS) if row
        ]
        width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        return (count / len(rows), width) if width > 1 else (0, 0)

    return max(SEPARATORS, key=evenness)


def _rows(text: str, separator: str, is_quoted: bool, left_out: int) -> Iterator[Row]:
    lines = io.StringIO(text, newline="")
    reader = csv.reader if is_quoted else partial(csv.reader, quoting=csv.QUOTE_NONE)
    for number, cells in enumerate(reader(lines, delimiter=separator), start=1):
        if number > left_out:
            yield Row(number, dict(enumerate(cells)))


def _is_unclosed(text: str, separator: str) -> bool:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return any(cell.count("\n") > MOST_LINES_IN_CELL for row in rows for cell in row)
