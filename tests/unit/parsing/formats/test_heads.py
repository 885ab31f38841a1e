"""Tables whose columns have their names in several rows, from spreadsheets, letters and exports, and rows that only look like names."""

import io
from collections.abc import Callable, Sequence

import docx
import pytest
from odf import opendocument, table, text
from openpyxl.worksheet.worksheet import Worksheet

from parsing.grid import sections_of_sheet, table_text
from parsing.heads import several_rows
from parsing.row import Row
from parsing.types import Section
from tests import office

Read = Callable[..., list[Section]]

NAMES = "Port | 2025 Ships | 2025 Tons | 2026 Ships | 2026 Tons"
UPPER, LOWER = ["Port", "2025", "", "2026", ""], ["", "Ships", "Tons", "Ships", "Tons"]
ROWS = [
    [f"Port {number}", str(number), str(number * 10), str(number + 1), str(number * 11)] for number in range(3, 200)
]
LAST = "Port: Port 199 | 2025 Ships: 199 | 2025 Tons: 1990 | 2026 Ships: 200 | 2026 Tons: 2189"


def excel() -> bytes:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["Traffic of all ports"])
        sheet.append([])
        for cells in (UPPER, LOWER):
            sheet.append([cell or None for cell in cells])
        for cells in ROWS:
            sheet.append([cells[0], *map(int, cells[1:])])
        for merged in ("A1:E1", "A3:A4", "B3:C3", "D3:E3"):
            sheet.merge_cells(merged)

    return office.workbook(Traffic=fill)


def word() -> bytes:
    document = docx.Document()
    grid = document.add_table(rows=0, cols=5)
    for cells in (UPPER, LOWER, *ROWS[-40:]):
        for cell, said in zip(grid.add_row().cells, cells, strict=True):
            cell.text = said
    grid.cell(0, 0).merge(grid.cell(1, 0))
    grid.cell(0, 1).merge(grid.cell(0, 2))
    grid.cell(0, 3).merge(grid.cell(0, 4))
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def open_sheet() -> bytes:
    document = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="Traffic")
    for cells in (UPPER, LOWER, *ROWS):
        row = table.TableRow()
        for column, said in enumerate(cells):
            spans = {"numbercolumnsspanned": 2} if cells is UPPER and column in (1, 3) else {}
            spans |= {"numberrowsspanned": 2} if cells is UPPER and column == 0 else {}
            cell = table.TableCell(**spans) if said else table.CoveredTableCell()
            if said:
                cell.addElement(text.P(text=said))
            row.addElement(cell)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def exported() -> bytes:
    """A sheet saved as CSV: what was merged is a gap."""
    return "\n".join(",".join(cells) for cells in (UPPER, LOWER, *ROWS)).encode()


def old_xml() -> bytes:
    def row(cells: Sequence[str]) -> str:
        return "<Row>" + "".join(f"<Cell><Data ss:Type='String'>{cell}</Data></Cell>" for cell in cells) + "</Row>"

    upper = "<Row><Cell ss:MergeDown='1'><Data ss:Type='String'>Port</Data></Cell>" + "".join(
        f"<Cell ss:MergeAcross='1'><Data ss:Type='String'>{year}</Data></Cell>" for year in (2025, 2026)
    )
    lower = "<Row>" + "".join(
        f"<Cell ss:Index='{column}'><Data ss:Type='String'>{name}</Data></Cell>"
        for column, name in enumerate(LOWER[1:], 2)
    )
    rows = f"{upper}</Row>{lower}</Row>" + "".join(map(row, ROWS))
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f"<?xml version='1.0'?><Workbook xmlns='{space}' xmlns:ss='{space}'><Worksheet ss:Name='T'><Table>{rows}</Table>"
        "</Worksheet></Workbook>"
    ).encode()


FILES = {"a.xlsx": excel, "a.docx": word, "a.ods": open_sheet, "a.csv": exported, "a.xml": old_xml}


@pytest.mark.parametrize("filename", FILES)
def test_names_over_names_are_one_name_in_every_part_of_a_long_table(read: Read, filename: str) -> None:
    sections = [section for section in read(FILES[filename](), filename) if "Port" in section.text]
    assert NAMES in sections[0].text
    assert LAST in sections[-1].text
    rows = [line for section in sections for line in section.text.split("\n") if line.startswith("Port:")]
    assert all(line.count("Ships: ") == line.count("Tons: ") == 2 for line in rows)


def rows_of(*cells: Sequence[str]) -> list[Row]:
    return [Row(number, {column: one for column, one in enumerate(row) if one}) for number, row in enumerate(cells, 1)]


def head_of(*cells: Sequence[str]) -> tuple[list[str], int] | None:
    first, *below = rows_of(*cells)
    found = several_rows(first, below)
    return ([found[0].cells[column] for column in sorted(found[0].cells)], found[1]) if found else None


def test_three_rows_of_names() -> None:
    rows = [
        ["Site", "Costs", "", "", ""],
        ["", "Plan", "", "Actual", ""],
        ["", "H1", "H2", "H1", "H2"],
        ["Kiel", "1", "2", "3", "4"],
    ]
    first, *below = rows_of(*rows)
    found = several_rows(Row(1, first.cells, {1: 4}), [Row(2, below[0].cells, {1: 2, 3: 4}), *below[1:]])
    assert found is not None
    assert list(found[0].cells.values()) == [
        "Site",
        "Costs Plan H1",
        "Costs Plan H2",
        "Costs Actual H1",
        "Costs Actual H2",
    ]


@pytest.mark.parametrize(
    "cells",
    [
        (["Name", "", "City"], ["Ada", "Bell", "Turku"], ["Bo", "Dahl", "Malmö"]),  # a column without a name
        (["Name", "", "Check"], ["Ada", "yes", "yes"], ["Bo", "no", "yes"]),
        (["Port", "Ships", "Tons"], ["Kiel", "4", "40"], ["Oulu", "5", "50"]),
        (
            ["Port", "Ships", "Tons"],
            ["name", "number", "t"],
            ["Oulu", "5", "50"],
        ),  # no gap: units under names stay a row
        (["Prepared by", "Ines"], ["Port", "Ships", "Tons"], ["Kiel", "4", "40"]),
        (["Port", "", "Tons"], ["Kiel", "12", "40"], ["Oulu", "5", "50"]),
    ],
)
def test_other_rows_are_no_names_over_names(cells: Sequence[Sequence[str]]) -> None:
    assert head_of(*cells) is None


def test_the_words_of_a_schedule_that_come_again_and_again_are_named() -> None:
    assert head_of(
        ["", "Mon", "", "Tue", ""], ["", "Hall 1", "Hall 2", "Hall 1", "Hall 2"], ["Early", "Ada", "Bo", "Cy", "Di"]
    ) == (
        ["Mon Hall 1", "Mon Hall 2", "Tue Hall 1", "Tue Hall 2"],
        1,
    )


def test_a_small_table_in_a_text_has_its_names_too() -> None:
    shown = table_text([UPPER, LOWER, ["Kiel", "4", "40", "5", "50"]])
    assert shown.split("\n") == [NAMES, "Port: Kiel | 2025 Ships: 4 | 2025 Tons: 40 | 2026 Ships: 5 | 2026 Tons: 50"]


@pytest.mark.parametrize("label", ["Account:", "Konto-Nr.:", "口座："])
def test_a_name_and_its_value_above_a_table_name_no_columns(label: str) -> None:
    rows = rows_of(
        [label, "DE12 3456"], ["From:", "01.01.2026"], ["Day", "Payee", "Amount"], ["02.01.2026", "Works", "84.20"]
    )
    (section,) = sections_of_sheet(None, rows)
    assert section.text.split("\n") == [
        f"{label} | DE12 3456",
        "From: | 01.01.2026",
        "Day | Payee | Amount",
        "Day: 02.01.2026 | Payee: Works | Amount: 84.20",
    ]
