"""Office formats of 1997 to 2003, all OLE files: which one it is by its streams, and its sections. Runs in a child process only."""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import olefile  # type: ignore[import-untyped]
import xlrd
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
from xlrd.biffh import XLRDError

from core.errors import DocumentUnreadable
from parsing.formats.inner_files import InnerFiles, ParseFile
from parsing.formats.ole import doc, objects, pictures, ppt
from parsing.formats.ole.xls_visibility import OldCellStyles
from parsing.formats.ooxml import package
from parsing.formats.ooxml.number_formats import REGIONAL_FORMATS, shown
from parsing.grid import sections_of_sheet
from parsing.links import beside
from parsing.parser_input import ParserInput, depth_of
from parsing.row import Row, column_name
from parsing.sections import TextBlock, sections_of
from parsing.sniff import containers
from parsing.sniff.mime import DOC, OLE_OBJECT, PPT, XLS
from parsing.types import Section
from parsing.visibility.report import SHEET_NOT_SHOWN, flagged, joined
from parsing.visibility.verdict import Verdict

NOUN = "file"
OBJECT_POOL = "objectpool"  # of Word; Excel has a folder for each
OBJECT = re.compile(r"MBD[0-9A-Fa-f]{8}")
OBJECTS_NOT_READ = "Files of other programs in this file that were not read: {count}."
NOUNS = {OLE_OBJECT: "file inside a file", DOC: "Word file", PPT: "PowerPoint file", XLS: "Excel workbook"}
NOT_KNOWN = "This is an old Office file of a kind that cannot be read. Save it in a newer format and upload it again."
GENERAL = "General"

Progress = Callable[[int, int], None]


def kind_of(source: ParserInput) -> str:
    """Which of these formats a file is, by its streams: DOC, PPT, XLS or MSG.

    Raises:
        DocumentUnreadable: damaged, locked, or of another kind.
    """
    with _opened(source) as streams:
        names = [path[0] for path in streams.listdir(streams=True, storages=True)]
    if containers.is_locked(names):
        raise package.locked("Office file")
    kind = containers.type_by_streams(names) or (OLE_OBJECT if objects.is_object(names) else None)
    if kind is None:
        raise DocumentUnreadable(NOT_KNOWN)
    return kind


def parse_doc(source: ParserInput, _: Progress) -> Iterator[Section]:
    """Sections of a Word file of those years. Raises DocumentUnreadable."""
    with _opened(source) as streams, _damage_told(DOC):
        yield from _with_rest(sections_of(doc.text_blocks(streams)), streams)


def parse_ppt(source: ParserInput, on_progress: Progress) -> Iterator[Section]:
    """Sections of a PowerPoint file of those years, one per slide. Raises DocumentUnreadable."""
    with _opened(source) as streams, _damage_told(PPT):
        yield from _with_rest(ppt.sections(streams, on_progress), streams)


def parse_object(source: ParserInput, parse_file: ParseFile) -> Iterator[Section]:
    """Sections of the file that an object holds, as office files hold those of other programs. Raises DocumentUnreadable."""
    with _opened(source) as streams, _damage_told(OLE_OBJECT):
        for number, section in enumerate(
            objects.sections(streams, InnerFiles(parse_file, depth_of(source) + 1)), start=1
        ):
            yield section.model_copy(update={"number": number})


def parse_xls(source: ParserInput, _: Progress) -> Iterator[Section]:
    """Sections of an Excel workbook of those years. Raises DocumentUnreadable."""
    with _opened(source) as streams, _damage_told(XLS):
        yield from _with_rest(_workbook(source), streams)


def _with_rest(sections: Iterable[Section], streams: olefile.OleFileIO) -> Iterator[Section]:
    """The sections, then what is written in pictures, and a remark when there are files of other programs inside: they are not read."""
    number = 0
    for section in sections:
        number = section.number
        yield section
    for section in pictures.sections(streams, number + 1):
        number = section.number
        yield section
    folders = {tuple(path[:2]) for path in streams.listdir() if len(path) > 2 and path[0].lower() == OBJECT_POOL}
    folders |= {(path[0],) for path in streams.listdir() if len(path) > 1 and OBJECT.fullmatch(path[0])}
    if folders:
        warning = OBJECTS_NOT_READ.format(count=len(folders))
        yield Section(number=number + 1, text="", warning=warning)


@contextmanager
def _damage_told(kind: str) -> Iterator[None]:
    try:
        yield
    except (struct.error, IndexError, KeyError, OSError, UnicodeDecodeError, AssertionError) as error:
        raise package.damaged(NOUNS[kind]) from error


@contextmanager
def _opened(source: ParserInput) -> Iterator[olefile.OleFileIO]:
    try:
        with source.open("rb") as file, olefile.OleFileIO(file) as streams:
            yield streams
    except (olefile.olefile.OleFileError, OSError, struct.error) as error:
        raise package.damaged("Office file") from error


def _workbook(source: ParserInput) -> Iterator[Section]:
    """All sheets, hidden ones too, as they are shown."""
    try:
        book = xlrd.open_workbook(file_contents=source.read_bytes(), formatting_info=True, on_demand=True)
    except XLRDError as error:
        is_locked = "encrypt" in str(error).lower()
        raise (package.locked if is_locked else package.damaged)(NOUNS[XLS]) from error
    styles = OldCellStyles(book)
    number = 1
    for index in range(book.nsheets):
        sheet = book.sheet_by_index(index)
        said = SHEET_NOT_SHOWN.format(sheet=sheet.name) if sheet.visibility else None
        hidden: list[Verdict] = []
        for section in flagged(sections_of_sheet(sheet.name, _rows(book, sheet, styles, hidden)), hidden):
            yield section.model_copy(update={"number": number, "hidden": joined(said, section.hidden)})
            number, said = number + 1, None
        if notes := list(_notes(sheet)):
            for section in sections_of([TextBlock("heading", sheet.name, 1), *notes], first=number):
                yield section
                number = section.number + 1
        book.unload_sheet(index)


def _rows(book: xlrd.Book, sheet: xlrd.sheet.Sheet, styles: OldCellStyles, hidden: list[Verdict]) -> Iterator[Row]:
    spans = {(top, left): bottom for top, bottom, left, _ in sheet.merged_cells if bottom - top > 1}
    ends: dict[int, dict[int, int]] = {}
    for top, _, left, right in sheet.merged_cells:
        if right - left > 1:
            ends.setdefault(top, {})[left] = right - 1
    reaching: dict[int, tuple[int, str]] = {}  # column → row after the last, value
    for number in range(sheet.nrows):
        cells = {
            column: _linked(sheet, number, column, styles.seen(sheet, number, column, _shown(book, cell), hidden))
            for column, cell in enumerate(sheet.row(number))
        }
        for column, (end, value) in reaching.items():
            if number < end and not cells.get(column) and any(cells.values()):
                cells[column] = value
        reaching |= {
            column: (spans[(number, column)], text) for column, text in cells.items() if (number, column) in spans
        }
        yield Row(number + 1, cells, ends.get(number, {}))


def _linked(sheet: xlrd.sheet.Sheet, row: int, column: int, text: str) -> str:
    """What a cell shows, with the address that it links to."""
    link = sheet.hyperlink_map.get((row, column))
    return beside(text, link.url_or_path) if text and link is not None and isinstance(link.url_or_path, str) else text


def _notes(sheet: xlrd.sheet.Sheet) -> Iterator[TextBlock]:
    """The comments on cells."""
    for (row, column), note in sorted(sheet.cell_note_map.items()):
        if note.text.strip():
            yield TextBlock("paragraph", note.text.strip(), locator=f"{column_name(column)}{row + 1}")


def _shown(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return shown(bool(cell.value), GENERAL)
    if cell.ctype not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE, xlrd.XL_CELL_TEXT):
        return str(cell.value)
    code = _code(book, cell)
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return shown(str(cell.value), code) if isinstance(cell.value, str) else shown(cell.value, code, _epoch(book))
    return shown(cell.value, code, _epoch(book))


def _code(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str:
    if cell.xf_index is None or cell.xf_index >= len(book.xf_list):
        return GENERAL
    key = book.xf_list[cell.xf_index].format_key
    form = book.format_map.get(key)
    said = (
        form.format_str if form is not None else None
    )  # xlrd has no code for those that each language has in its own way
    return said or REGIONAL_FORMATS.get(key, GENERAL)


def _epoch(book: xlrd.Book) -> datetime:
    return MAC_EPOCH if book.datemode else WINDOWS_EPOCH
