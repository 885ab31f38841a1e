"""Excel workbooks (XLSX, XLSM and their templates), read from their XML row by row. Runs in a child process only."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.utils import range_boundaries

from parsing.formats.images.embedded import EmbeddedPictures
from parsing.formats.inner_files import InnerFiles, ParseFile
from parsing.formats.ooxml import drawing, package, pictures
from parsing.formats.ooxml.namespaces import A, R
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.theme import Theme, theme_of
from parsing.formats.ooxml.xlsx_cells import Cells, Range
from parsing.formats.ooxml.xlsx_formulas import RESULTS_MISSING
from parsing.formats.ooxml.xlsx_links import LINK, MOST_LINKS, CellLinks
from parsing.grid import sections_of_sheet
from parsing.parser_input import ParserInput, depth_of
from parsing.row import Row
from parsing.sections import TextBlock, sections_of
from parsing.types import Section
from parsing.visibility.report import SHEET_NOT_SHOWN, flagged, joined

NOUN = "Excel workbook"
MAIN_PARTS = re.compile(r"xl/workbook\d*\.xml")
REL_ID = f"{R}id"
INNER_FILES = ("package", "oleObject")  # kinds of parts
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}\d+:[A-Z]{1,3}\d+)"')
COLOURED = re.compile(rb"<((?:\w+:)?(?:conditionalFormatting|picture)\b[^<>]{0,250}.)", re.DOTALL)
RANGE = re.compile(r"[A-Z]{1,3}\d{1,7}(?::[A-Z]{1,3}\d{1,7})?")
RANGES = re.compile(rb'sqref="([A-Z0-9: ]+)"')
EVERYWHERE = (1, 1, 1 << 20, 1 << 30)
MOST_COLOURED = 500
ROWS_NOT_SHOWN = "{count} rows of the sheet “{{sheet}}” are hidden; they are searched like the others."
MOST_MERGED = 20_000
MOST_FILLED_ROWS = 10_000  # of one merged cell


def parse(source: ParserInput, _: Callable[[int, int], None], parse_file: ParseFile | None = None) -> Iterator[Section]:
    """All sheets in order, hidden ones too; after each the text of its boxes, charts, pictures and comments; then the files inside.

    Args:
        parse_file: reads files of any kind, see ``parsing.registry.parse``; without it, those inside are only named.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with package.opened(source, NOUN) as opened:
        mains = opened.names(MAIN_PARTS)
        if not mains:
            raise package.damaged(NOUN)
        inside = _Inside(opened, InnerFiles(parse_file, depth_of(source) + 1))
        for number, section in enumerate(_sections(opened, mains[0], inside), start=1):
            yield section.model_copy(update={"number": number})


@dataclass
class _Inside:
    """What a workbook holds besides its sheets: pictures, and the names of files of other programs."""

    opened: Archive
    files: InnerFiles
    pictures: EmbeddedPictures = field(default_factory=EmbeddedPictures)
    names: list[str] = field(default_factory=list)

    def sections(self) -> Iterator[Section]:
        """The files, and what is to be said of them and of the pictures."""
        for name in dict.fromkeys(self.names):
            yield from self.files.sections(PurePosixPath(name).name, self.opened.read(name))
        yield from self.pictures.remark_section()


def _sections(opened: Archive, main: str, inside: _Inside) -> Iterator[Section]:
    yield from _sheets(opened, main, inside)
    yield from inside.sections()


def _sheets(opened: Archive, main: str, inside: _Inside) -> Iterator[Section]:
    parts = {rel_id: (kind, target) for rel_id, kind, target in opened.related(main)}
    by_kind = dict(parts.values())
    workbook = opened.xml(main)
    theme = theme_of(opened, main)
    cells = Cells(opened, workbook, by_kind.get("sharedStrings", ""), by_kind.get("styles", ""), theme)
    for sheet in workbook.iter("{*}sheet"):
        kind, part = parts.get(sheet.get(REL_ID, ""), ("", ""))
        name = sheet.get("name", "")
        if kind == "worksheet":
            merged = _Merged.of(opened.scan(part, MERGED, MOST_MERGED))
            links = CellLinks(opened.scan(part, LINK, MOST_LINKS), opened.addresses(part))
            rows = map(merged.completed, map(links.added, cells.rows(part, coloured=_coloured(opened, part))))
            yield from _noted(flagged(sections_of_sheet(name, rows), cells.hidden), sheet, cells)
        if part and (drawn := list(_drawn(opened, part, theme, inside))):
            yield from sections_of([TextBlock("heading", name, 1), *drawn])


def _coloured(opened: Archive, part: str) -> list[Range]:
    """Where cells may have another background than their styles say: by conditions, as tables, over a picture of the whole sheet."""
    marks = opened.scan(part, COLOURED, MOST_COLOURED)
    said = [RANGES.search(mark) for mark in marks]
    cells = [one for found in said if found for one in found[1].decode().split()]
    tables = [opened.xml_or_none(target) for _, kind, target in opened.related(part) if kind == "table"]
    cells += (table.get("ref", "") for table in tables if table is not None)
    if not all(said) or max(len(marks), len(cells)) >= MOST_COLOURED or not all(map(RANGE.fullmatch, cells)):
        return [EVERYWHERE]
    return [(left or 1, top or 1, right or 1, bottom or 1) for left, top, right, bottom in map(range_boundaries, cells)]


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
        formulas = cells.formulas_shown()
        warning = RESULTS_MISSING.format(count=formulas, sheet=sheet.get("name", "")) if formulas else None
        yield last.model_copy(update={"hidden": joined(last.hidden, *named), "warning": warning})


@dataclass
class _Merged:
    """Cells that span rows: their value stands for every row, and the file has it in the first alone. And those that span columns."""

    starts: dict[tuple[int, int], int] = field(default_factory=dict)  # row and column → last row
    ends: dict[int, dict[int, int]] = field(default_factory=dict)  # row → column → last column
    open: dict[int, tuple[int, str]] = field(default_factory=dict)  # column → last row, value

    @classmethod
    def of(cls, ranges: Iterable[bytes]) -> "_Merged":
        """Those that a sheet lists."""
        starts: dict[tuple[int, int], int] = {}
        ends: dict[int, dict[int, int]] = {}
        for cells in ranges:
            left, top, right, bottom = range_boundaries(cells.decode())
            if left and top and right and left < right:
                ends.setdefault(top, {})[left - 1] = right - 1
            if left and top and bottom and top < bottom < top + MOST_FILLED_ROWS:
                starts[(top, left - 1)] = bottom
        return cls(starts, ends)

    def completed(self, row: Row) -> Row:
        """A row with the values of the merged cells above that reach it. Rows come in order."""
        if not self.starts and not self.ends:
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
        return Row(row.number, cells, self.ends.get(row.number, {}))


def _drawn(opened: Archive, part: str, theme: Theme, inside: _Inside) -> Iterator[TextBlock]:
    """Text of a sheet's boxes, charts, pictures and comments. Files of other programs are noted, to be read later."""
    for _, kind, target in opened.related(part):
        if kind == "drawing":
            yield from _texts(opened, target, theme)
            yield from _pictures(opened, target, inside)
            for _, inner, chart in opened.related(target):
                if inner in drawing.KINDS:
                    yield from _texts(opened, chart, theme)
        elif kind in INNER_FILES:
            inside.names.append(target)
        elif kind in ("comments", "threadedComment"):
            yield from _texts(opened, target, theme)


def _pictures(opened: Archive, part: str, inside: _Inside) -> Iterator[TextBlock]:
    tree = opened.xml_or_none(part)
    targets = {rel_id: target for rel_id, _, target in opened.related(part)}
    for picture in tree.iter("{*}pic") if tree is not None else ():
        named = picture.find("{*}nvPicPr/{*}cNvPr")
        yield from pictures.words_for(named.get("descr") if named is not None else None)
        for blip in picture.iter(f"{A}blip"):
            yield from pictures.text_blocks(opened, inside.pictures, targets.get(blip.get(f"{R}embed", ""), ""))


def _texts(opened: Archive, part: str, theme: Theme) -> Iterator[TextBlock]:
    tree = opened.xml_or_none(part)
    if tree is not None:
        yield from drawing.take_out(tree, theme)
    for element in tree.iter("{*}p", "{*}comment", "{*}threadedComment") if tree is not None else ():
        text = "".join(run.text or "" for run in element.iter("{*}t", "{*}text") if len(run) == 0).strip()
        if text:
            yield TextBlock("paragraph", text, locator=element.get("ref"))
