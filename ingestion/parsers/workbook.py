"""Excel workbooks (XLSX, XLSM and their templates) by openpyxl, row by row. Runs in a child process only."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from zipfile import BadZipFile

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook

from core.errors import DocumentUnreadable
from ingestion.parsers import archive
from ingestion.parsers.archive import Archive
from ingestion.parsers.grid import Row, sections_of_sheet
from ingestion.parsers.numbers import shown
from ingestion.parsers.sections import Piece, sections_of
from ingestion.parsers.source import Source
from ingestion.types import Section

NOUN = "Excel workbook"
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d+:[A-Z]{1,3}\d+)"')
MOST_MERGED = 20_000
MOST_FILLED_ROWS = 10_000  # of one merged cell


def parse(source: Source, _: Callable[[int, int], None]) -> Iterator[Section]:
    """All sheets in order, hidden ones too; after each the text of its boxes, charts and comments.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with archive.opened(source, NOUN) as opened:
        try:
            file = opened.transitional() if opened.is_strict else source.open("rb")
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (MemoryError, DocumentUnreadable, BadZipFile):
            raise
        except Exception as error:  # openpyxl raises many kinds, none of them ours
            raise archive.damaged(NOUN) from error
        number = 1
        for section in _sheets(workbook, opened):
            yield section.model_copy(update={"number": number})
            number += 1


def _sheets(workbook: Workbook, opened: Archive) -> Iterator[Section]:
    for sheet in workbook.worksheets:
        part = str(sheet._worksheet_path)  # type: ignore[attr-defined]
        sheet.reset_dimensions()  # what the file claims may be wrong, or a billion cells
        merged = _Merged.of(opened.scan(part, MERGED, MOST_MERGED))
        yield from sections_of_sheet(sheet.title, _rows(sheet.iter_rows(), merged))
        yield from _drawn_sections(sheet.title, opened, part)


def _drawn_sections(title: str, opened: Archive, part: str) -> Iterator[Section]:
    if drawn := list(_drawn(opened, part)):
        yield from sections_of([Piece("heading", title, 1), *drawn])


def _rows(rows: Iterable[tuple[Cell | MergedCell, ...]], merged: "_Merged") -> Iterator[Row]:
    for row in rows:
        filled = [cell for cell in row if cell.value is not None]
        number = filled[0].row if filled else 0
        cells = {cell.column - 1: shown(cell.value, cell.number_format) for cell in filled}
        if filled:
            yield Row(number, merged.completed(number, cells))


@dataclass
class _Merged:
    """Cells that span rows: their value stands for every row, and the file has it in the first alone."""

    starts: dict[tuple[int, int], int] = field(default_factory=dict)  # row and column → last row
    open: dict[int, tuple[int, str]] = field(default_factory=dict)  # column → last row, value

    @classmethod
    def of(cls, ranges: Iterable[bytes]) -> "_Merged":
        """Those that a sheet lists."""
        starts = {}
        for cells in ranges:
            left, top, _, bottom = range_boundaries(cells.decode())
            if left and top and bottom and top < bottom < top + MOST_FILLED_ROWS:
                starts[(top, left - 1)] = bottom
        return cls(starts)

    def completed(self, number: int, cells: dict[int, str]) -> dict[int, str]:
        """A row's cells with those of the merged cells above that reach it. Rows come in order."""
        if not self.starts:
            return cells
        for column, (last, value) in list(self.open.items()):
            if number > last:
                del self.open[column]
            elif cells:  # a row of nothing else is the same title again
                cells.setdefault(column, value)
        for column, value in cells.items():
            if (number, column) in self.starts:
                self.open[column] = (self.starts[(number, column)], value)
        return cells


def _drawn(opened: Archive, part: str) -> Iterator[Piece]:
    """Text of a sheet's boxes, charts and comments."""
    for _, kind, target in opened.related(part):
        if kind == "drawing":
            yield from _texts(opened, target)
            for _, inner, chart in opened.related(target):
                if inner in ("chart", "diagramData"):
                    yield from _texts(opened, chart)
        elif kind in ("comments", "threadedComment"):
            yield from _texts(opened, target)


def _texts(opened: Archive, part: str) -> Iterator[Piece]:
    tree = opened.xml_or_none(part)
    for element in tree.iter("{*}p", "{*}comment", "{*}threadedComment") if tree is not None else ():
        text = "".join(run.text or "" for run in element.iter("{*}t", "{*}text") if len(run) == 0).strip()
        place = element.get("ref")
        if text:
            yield Piece("paragraph", text, place=place)
