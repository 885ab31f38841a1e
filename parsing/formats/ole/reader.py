"""Office formats of 1997 to 2003, all OLE files: told by their streams, handed to their readers. Runs in a child process only."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import olefile  # type: ignore[import-untyped]
import xlrd
from xlrd.biffh import XLRDError

from core.errors import DocumentUnreadable
from parsing.formats.ole import doc, msg, ppt
from parsing.formats.ooxml import package
from parsing.formats.ooxml.number_formats import shown
from parsing.grid import Row, sections_of_sheet
from parsing.parser_input import ParserInput
from parsing.sections import sections_of
from parsing.sniff import containers
from parsing.sniff.mime import DOC, MSG, PPT, XLS
from parsing.types import Section
from parsing.visibility import SHEET_NOT_SHOWN

NOUN = "file"
NOUNS = {DOC: "Word file", PPT: "PowerPoint file", XLS: "Excel workbook", MSG: "Outlook message"}
NOT_KNOWN = "This is an old Office file of a kind that cannot be read. Save it in a newer format and upload it again."
GENERAL = "General"

Progress = Callable[[int, int], None]


def parse(source: ParserInput, on_progress: Progress) -> Iterator[Section]:
    """Sections of a Word, PowerPoint or Excel file of those years, or of an Outlook message.

    Raises:
        DocumentUnreadable: damaged, locked, or of another kind.
    """
    with _opened(source) as streams:
        names = [path[0] for path in streams.listdir(streams=True, storages=True)]
        if containers.LOCKED_STREAM in names:
            raise package.locked("Office file")
        kind = containers.type_by_streams(names)
        if kind is None:
            raise DocumentUnreadable(NOT_KNOWN)
        try:
            yield from _read(kind, source, streams, on_progress)
        except (struct.error, IndexError, KeyError, OSError, UnicodeDecodeError, AssertionError) as error:
            raise package.damaged(NOUNS[kind]) from error


def _read(kind: str, source: ParserInput, streams: olefile.OleFileIO, on_progress: Progress) -> Iterator[Section]:
    if kind == DOC:
        yield from sections_of(doc.text_blocks(streams))
    elif kind == PPT:
        yield from ppt.sections(streams, on_progress)
    elif kind == XLS:
        yield from _workbook(source)
    else:
        yield from msg.parse(source, on_progress)


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
    number = 1
    for index in range(book.nsheets):
        sheet = book.sheet_by_index(index)
        said = SHEET_NOT_SHOWN.format(sheet=sheet.name) if sheet.visibility else None
        for section in sections_of_sheet(sheet.name, _rows(book, sheet), first=number):
            yield section.model_copy(update={"hidden": said if section.number == number else None})
            number = section.number + 1
        book.unload_sheet(index)


def _rows(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Iterator[Row]:
    spans = {(top, left): bottom for top, bottom, left, _ in sheet.merged_cells if bottom - top > 1}
    reaching: dict[int, tuple[int, str]] = {}  # column → row after the last, value
    for number in range(sheet.nrows):
        cells = {column: _shown(book, cell) for column, cell in enumerate(sheet.row(number))}
        for column, (end, value) in reaching.items():
            if number < end and not cells.get(column) and any(cells.values()):
                cells[column] = value
        reaching |= {
            column: (spans[(number, column)], text) for column, text in cells.items() if (number, column) in spans
        }
        yield Row(number + 1, cells)


def _shown(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return shown(bool(cell.value), GENERAL)
    if cell.ctype not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return str(cell.value)
    form = book.format_map.get(book.xf_list[cell.xf_index].format_key) if cell.xf_index is not None else None
    code = form.format_str if form is not None else GENERAL
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
        except (OverflowError, ValueError):
            return shown(cell.value, GENERAL)
        return shown(moment.time() if cell.value < 1 else moment, code)
    return shown(cell.value, code)
