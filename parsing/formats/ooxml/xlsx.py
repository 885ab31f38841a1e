"""Excel workbooks (XLSX, XLSM and their templates), read from their XML row by row. Runs in a child process only."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.utils import range_boundaries

from parsing.formats.ooxml import drawing, package
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.xlsx_cells import Cells
from parsing.grid import Row, sections_of_sheet
from parsing.parser_input import ParserInput
from parsing.sections import TextBlock, sections_of
from parsing.types import Section
from parsing.visibility import SHEET_NOT_SHOWN, flagged, joined

NOUN = "Excel workbook"
MAIN_PARTS = r"xl/workbook\d*\.xml"
REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d+:[A-Z]{1,3}\d+)"')
COLOURED = re.compile(
    rb"(<(?:\w+:)?(?:conditionalFormatting|tablePart)\b)"
)  # what may colour cells without their styles
ROWS_NOT_SHOWN = "{count} rows of the sheet “{{sheet}}” are hidden; they are searched like the others."
MOST_MERGED = 20_000
MOST_FILLED_ROWS = 10_000  # of one merged cell


def parse(source: ParserInput, _: Callable[[int, int], None]) -> Iterator[Section]:
    """All sheets in order, hidden ones too; after each the text of its boxes, charts and comments.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with package.opened(source, NOUN) as opened:
        mains = opened.names(MAIN_PARTS)
        if not mains:
            raise package.damaged(NOUN)
        for number, section in enumerate(_sheets(opened, mains[0]), start=1):
            yield section.model_copy(update={"number": number})


def _sheets(opened: Archive, main: str) -> Iterator[Section]:
    parts = {rel_id: (kind, target) for rel_id, kind, target in opened.related(main)}
    by_kind = dict(parts.values())
    workbook = opened.xml(main)
    cells = Cells(opened, workbook, by_kind.get("sharedStrings", ""), by_kind.get("styles", ""))
    for sheet in workbook.iter("{*}sheet"):
        kind, part = parts.get(sheet.get(REL_ID, ""), ("", ""))
        name = sheet.get("name", "")
        if kind == "worksheet":
            merged = _Merged.of(opened.scan(part, MERGED, MOST_MERGED))
            may_colour = next(iter(opened.scan(part, COLOURED, 1)), None) is not None
            rows = map(merged.completed, cells.rows(part, may_colour=may_colour))
            yield from _noted(flagged(sections_of_sheet(name, rows), cells.hidden), sheet, cells)
        if part and (drawn := list(_drawn(opened, part))):
            yield from sections_of([TextBlock("heading", name, 1), *drawn])


def _noted(sections: Iterable[Section], sheet: etree._Element, cells: Cells) -> Iterator[Section]:
    """Sections of a sheet; the last says what of the sheet is not shown at first, and is searched all the same."""
    last: Section | None = None
    cells.hidden_rows = 0
    for section in sections:
        if last:
            yield last
        last = section
    if last:
        notes = [
            SHEET_NOT_SHOWN if sheet.get("state", "visible") != "visible" else None,
            ROWS_NOT_SHOWN.format(count=cells.hidden_rows) if cells.hidden_rows else None,
        ]
        named = [note and note.format(sheet=sheet.get("name", "")) for note in notes]
        yield last.model_copy(update={"hidden": joined(last.hidden, *named)})


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

    def completed(self, row: Row) -> Row:
        """A row with the values of the merged cells above that reach it. Rows come in order."""
        if not self.starts:
            return row
        cells = dict(row.cells)
        for column, (last, value) in list(self.open.items()):
            if row.number > last:
                del self.open[column]
            elif cells:  # a row of nothing else is the same title again
                cells.setdefault(column, value)
        for column, value in cells.items():
            if (row.number, column) in self.starts:
                self.open[column] = (self.starts[(row.number, column)], value)
        return Row(row.number, cells)


def _drawn(opened: Archive, part: str) -> Iterator[TextBlock]:
    """Text of a sheet's boxes, charts and comments."""
    for _, kind, target in opened.related(part):
        if kind == "drawing":
            yield from _texts(opened, target)
            for _, inner, chart in opened.related(target):
                if inner in drawing.KINDS:
                    yield from _texts(opened, chart)
        elif kind in ("comments", "threadedComment"):
            yield from _texts(opened, target)


def _texts(opened: Archive, part: str) -> Iterator[TextBlock]:
    tree = opened.xml_or_none(part)
    for element in tree.iter("{*}p", "{*}comment", "{*}threadedComment") if tree is not None else ():
        text = "".join(run.text or "" for run in element.iter("{*}t", "{*}text") if len(run) == 0).strip()
        if text:
            yield TextBlock("paragraph", text, locator=element.get("ref"))
