"""XML Spreadsheet 2003, which many programs export under the name of .xls, as sheets. Runs in a child process only."""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.number_formats import shown
from parsing.grid import sections_of_sheet
from parsing.row import Row
from parsing.types import Section
from parsing.visibility.report import SHEET_NOT_SHOWN

SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
EXCEL = "{urn:schemas-microsoft-com:office:excel}"
HIDDEN = ("SheetHidden", "SheetVeryHidden")
FORMATS = {  # by the names that this format has for the usual ones
    "Percent": "0.00%",
    "Fixed": "0.00",
    "Standard": "#,##0.00",
    "Currency": "#,##0.00",
    "Short Date": "yyyy-mm-dd",
    "General Date": "yyyy-mm-dd hh:mm",
    "General Number": "General",
}
MOST_COLUMNS = 16_384
LONGEST_NUMBER = 40  # characters


def is_workbook(root: etree._Element) -> bool:
    """True for a workbook of this kind."""
    return bool(root.tag == f"{SS}Workbook")


def sections(root: etree._Element) -> Iterator[Section]:
    """Its sheets, row by row."""
    formats = {style.get(f"{SS}ID", ""): _format(style) for style in root.iter(f"{SS}Style")}
    number = 1
    for sheet in root.iter(f"{SS}Worksheet"):
        name = sheet.get(f"{SS}Name")
        is_hidden = sheet.findtext(f".//{EXCEL}Visible") in HIDDEN
        said = SHEET_NOT_SHOWN.format(sheet=name or "") if is_hidden else None
        for section in sections_of_sheet(name, _rows(sheet, formats), first=number):
            yield section.model_copy(update={"hidden": said})
            said = None
            number = section.number + 1


def _rows(sheet: etree._Element, formats: dict[str, str]) -> Iterator[Row]:
    number = 0
    for row in sheet.iter(f"{SS}Row"):
        number = _place(row, number + 1)
        cells: dict[int, str] = {}
        ends: dict[int, int] = {}
        column = 0
        for cell in row.iter(f"{SS}Cell"):
            column = min(_place(cell, column + 1), MOST_COLUMNS)
            if text := _text(cell, formats):
                cells[column - 1] = text
            if more := _count(cell, "MergeAcross"):
                ends[column - 1] = column - 1 + more
            column += more
        if cells:
            yield Row(number, cells, ends)
        number += _count(row, "Span")


def _place(element: etree._Element, following: int) -> int:
    """Where it stands: after the one before it, unless it says so."""
    return max(_count(element, "Index"), following) if element.get(f"{SS}Index") else following


def _count(element: etree._Element, name: str) -> int:
    value = element.get(f"{SS}{name}", "")
    return int(value) if value.isdecimal() and len(value) < 8 else 0


def _text(cell: etree._Element, formats: dict[str, str]) -> str:
    """What a cell shows, with the address behind it and its comment."""
    parts = []
    data = cell.find(f"{SS}Data")
    if data is not None:
        parts.append(
            _value(
                "".join(data.itertext()), data.get(f"{SS}Type"), formats.get(cell.get(f"{SS}StyleID", ""), "General")
            )
        )
    if (address := cell.get(f"{SS}HRef")) and parts and address not in parts[0] and not address.startswith("#"):
        parts.append(f"({address.removeprefix('mailto:')})")
    if (comment := cell.find(f"{SS}Comment/{SS}Data")) is not None:
        parts.append(f"(Comment: {' '.join(''.join(comment.itertext()).split())})")
    return " ".join(part for part in parts if part)


def _value(text: str, kind: str | None, code: str) -> str:
    if kind == "Number" and len(text) < LONGEST_NUMBER:
        try:
            return shown(float(text), code)
        except ValueError:
            return text
    if kind == "DateTime":
        try:
            return shown(datetime.fromisoformat(text), code)
        except ValueError:
            return text
    if kind == "Boolean":
        return "TRUE" if text.strip() == "1" else "FALSE"
    return text


def _format(style: etree._Element) -> str:
    said = style.find(f"{SS}NumberFormat")
    code = said.get(f"{SS}Format", "") if said is not None else ""
    return FORMATS.get(code, code) or "General"
