"""Links of cells: a sheet lists them after its rows. Runs in a child process only."""

import re
from collections.abc import Iterable, Mapping
from html import unescape

from openpyxl.utils import range_boundaries

from parsing.links import beside
from parsing.row import Row

LINK = re.compile(rb"<(?:\w{1,20}:)?hyperlink\s([^<>]{1,270}+)>")
ATTRIBUTE = re.compile(r'(?:(?<=\s)|^)(?:(\w{1,20}):)?(ref|id)\s?=\s?"([^"]{1,250})"')
RANGE = re.compile(r"[A-Z]{1,3}\d{1,7}(?::[A-Z]{1,3}\d{1,7})?")
MOST_LINKS = 20_000
MOST_ROWS, MOST_CELLS = 1000, 100_000  # of one link, of all


class CellLinks:
    """The addresses that cells of a sheet link to.

    Args:
        marks: what stands in each ``hyperlink`` of the sheet.
        addresses: by the id of the link.
    """

    def __init__(self, marks: Iterable[bytes], addresses: Mapping[str, str]) -> None:
        self._cells = 0
        self._rows: dict[int, dict[int, str]] = {}  # row, from 1 → column, from 0 → address
        for mark in marks:
            said = {name: unescape(value) for _, name, value in ATTRIBUTE.findall(mark.decode("utf-8", "replace"))}
            address = addresses.get(said.get("id", ""), "")
            if address and RANGE.fullmatch(said.get("ref", "")):
                left, top, _, bottom = range_boundaries(said["ref"])
                rows = range(top or 1, min(bottom or 1, (top or 1) + MOST_ROWS) + 1)
                self._cells += len(rows)
                for row in rows if self._cells <= MOST_CELLS else ():
                    self._rows.setdefault(row, {})[(left or 1) - 1] = address

    def added(self, row: Row) -> Row:
        """A row with the addresses beside what its cells show."""
        links = self._rows.get(row.number)
        if not links:
            return row
        return Row(row.number, {column: beside(text, links.get(column, "")) for column, text in row.cells.items()})
