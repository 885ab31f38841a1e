"""Spreadsheets: rows that say what their columns are called, and where they stand."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet
from parsing.types import Section

from core.errors import DocumentUnreadable
from parsing.formats.ooxml.number_formats import shown
from parsing.formats.text.csv import separator_of
from parsing.grid import table_text
from parsing.sections import MOST_CHARS
from tests import office

Read = Callable[..., list[Section]]
SALES: list[list[Any]] = [["Region", "Product", "Revenue"], ["North", "Tea", 1200], ["South", "Ink", 800.5]]


def lines(section: Section) -> list[tuple[str | None, str]]:
    """Place and text of each block."""
    return [(block.locator, section.text[block.start : block.end]) for block in section.blocks]


def test_a_workbook_is_read_sheet_by_sheet_row_by_row(read: Read) -> None:
    sales, notes = read(office.workbook(Sales=SALES, Notes=[["Audited in May"]]))
    assert (sales.path, notes.path) == (("Sales",), ("Notes",))
    assert lines(sales) == [
        (None, "Sales"),
        ("A1:C1", "Region | Product | Revenue"),
        ("A2:C2", "Region: North | Product: Tea | Revenue: 1200"),
        ("A3:C3", "Region: South | Product: Ink | Revenue: 800.5"),
    ]
    assert [block.kind for block in sales.blocks] == ["heading", "table", "table", "table"]
    assert lines(notes) == [(None, "Notes"), ("A1", "Audited in May")]
    assert [sales.number, notes.number] == [1, 2]
    assert sales.page is None


def test_titles_gaps_and_empty_columns(read: Read) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["B2"] = "Sales of 2024"
        for row, values in enumerate(SALES, start=4):
            for column, value in zip("BDF", values, strict=True):
                sheet[f"{column}{row}"] = value
        sheet["B9"] = "All figures in pounds"

    (section,) = read(office.workbook(Sales=fill))
    assert lines(section)[1:] == [
        ("B2", "Sales of 2024"),
        ("B4:F4", "Region | Product | Revenue"),
        ("B5:F5", "Region: North | Product: Tea | Revenue: 1200"),
        ("B6:F6", "Region: South | Product: Ink | Revenue: 800.5"),
        ("B9", "All figures in pounds"),
    ]


def test_a_second_table_has_names_of_its_own(read: Read) -> None:
    people: list[list[Any]] = [["Name", "Age", "City"], ["Ann", 31, "Bergen"]]
    (section,) = read(office.workbook(One=[*SALES, [], *people]))
    assert ("A6:C6", "Name: Ann | Age: 31 | City: Bergen") in lines(section)


def test_a_form_keeps_its_labels(read: Read) -> None:
    (section,) = read(office.workbook(One=[["Name", "Ann"], ["Age", 31], ["City", "Bergen"]]))
    assert section.text.endswith("Name | Ann\nAge | 31\nCity | Bergen")


def test_merged_cells_stand_for_every_row(read: Read) -> None:
    def fill(sheet: Worksheet) -> None:
        for row in (*SALES, [None, "Pens", 5]):
            sheet.append(row)
        sheet.merge_cells("A3:A4")

    (section,) = read(office.workbook(One=fill))
    assert ("A4:C4", "Region: South | Product: Pens | Revenue: 5") in lines(section)


def test_values_are_shown_as_the_sheet_shows_them(read: Read) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["Day", "Share", "Price", "Sure", "Sum"])
        sheet.append([date(2024, 3, 1), 0.125, 1234.5, True, "=1+1"])
        for cell, code in (("A2", "dd/mm/yyyy"), ("B2", "0.0%"), ("C2", '"£"#,##0.00')):
            sheet[cell].number_format = code

    data = office.workbook(One=fill)
    cached = office.rezipped(
        data,
        lambda _, content: content.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v/>", b"<f>1+1</f><v>2</v>"
        ),
    )
    (section,) = read(cached)
    assert section.text.endswith("Day: 01/03/2024 | Share: 12.5% | Price: £1,234.50 | Sure: TRUE | Sum: 2")


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (1200, "General", "1200"),
        (0.1 + 0.2, "General", "0.3"),
        (1e20, "General", "1e+20"),
        (1234567.891, "#,##0", "1,234,568"),
        (-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"),
        (-0.5, "0.00", "-0.50"),
        (0.5, "0.##", "0.5"),
        (0.125, "0.00", "0.13"),
        (1e300, "#,##0", "1e+300"),
        (2, "0.##", "2"),
        (7, "000", "007"),
        (1250000, '0.0,,"M"', "1.3M"),
        (12, '0" kg"', "12 kg"),
        (3.5, "[$€-407] #,##0.00", "€ 3.50"),
        (5, "@", "5"),
        (None, "0", ""),
        (datetime(2024, 3, 1), "mm-dd-yy", "2024-03-01"),
        (datetime(2024, 3, 1, 14, 5), "General", "2024-03-01 14:05"),
        (datetime(2024, 3, 1, 14, 5), "d mmm yyyy h:mm AM/PM", "1 Mar 2024 2:05 PM"),
        (datetime(2024, 3, 1, 14, 5, 9), "yyyy-mm-dd hh:mm:ss", "2024-03-01 14:05:09"),
        (date(2024, 3, 1), "mmmm yyyy", "March 2024"),
        (time(9, 30), "h:mm", "9:30"),
    ],
)  # fmt: skip
def test_formats(value: object, code: str, text: str) -> None:
    assert shown(value, code) == text


def test_hidden_sheets_comments_and_boxes_are_read(read: Read) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"] = "seen"
        sheet["A1"].comment = Comment("Check this", "Ann")
        sheet.sheet_state = "hidden"

    sections = read(office.workbook(Open=[["a"]], Hidden=fill))
    assert [section.path for section in sections] == [("Open",), ("Hidden",), ("Hidden",)]
    assert "Check this" in sections[2].text


def test_a_long_sheet_comes_in_sections_that_begin_with_its_columns(read: Read) -> None:
    rows: list[list[Any]] = [
        ["Bird", "Count", "Place"],
        *([f"Tern {number}", number, "on the northern island"] for number in range(2000)),
    ]
    sections = read(office.workbook(Birds=rows))
    assert len(sections) > 10
    assert all(len(section.text) <= MOST_CHARS + 100 for section in sections)
    assert all(section.path == ("Birds",) for section in sections)
    assert all(lines(section)[0] == ("A1:C1", "Bird | Count | Place") for section in sections[1:])
    assert [section.number for section in sections] == list(range(1, len(sections) + 1))
    read_rows = [locator for section in sections for locator, _ in lines(section) if locator and locator != "A1:C1"]
    assert read_rows == [f"A{number}:C{number}" for number in range(2, 2002)]


def test_what_a_sheet_claims_of_its_size_is_not_believed(read: Read) -> None:
    claim = b'<dimension ref="A1:XFD1048576"/>'
    data = office.rezipped(
        office.workbook(One=SALES), lambda _, content: content.replace(b'<dimension ref="A1:C3"/>', claim)
    )
    assert claim in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert len(read(data)[0].blocks) == 4


def test_macros_templates_and_the_strict_kind(read: Read) -> None:
    ordinary = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro = office.rezipped(
        office.workbook(One=SALES),
        lambda _, content: content.replace(ordinary, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    )
    for data in (macro, office.strict(office.workbook(One=SALES))):
        assert "Region: North" in read(data)[0].text


def test_an_empty_workbook_says_so(read: Read) -> None:
    with pytest.raises(DocumentUnreadable, match="no text"):
        read(office.workbook(One=[]))


def test_open_document_sheets(read: Read) -> None:
    first, second = read(office.open_sheets(Sales=[["Region", "Year", "Sum"], ["North", "", "12"]], Other=[["x"]]))
    assert first.path == ("Sales",)
    assert lines(first)[2] == ("A2:C2", "Region: North | Sum: 12")
    assert second.path == ("Other",)


@pytest.mark.parametrize("separator", list(",;\t|"))
def test_separators_are_found_out(read: Read, separator: str) -> None:
    rows = [["name", "remark", "price"], ["ink", "blue, black; and | red", "1,50"], ["pen", "", "2"]]
    text = "\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)
    (section,) = read(text.encode(), "a.csv")
    assert section.path == ()
    assert lines(section)[1] == ("A2:C2", "name: ink | remark: blue, black; and | red | price: 1,50")
    assert lines(section)[2] == ("A3:C3", "name: pen | price: 2")


def test_a_separator_is_even(read: Read) -> None:
    assert separator_of("a;b\n1,5;2,5\n1,7;2\n") == ";"
    (section,) = read(b"sep=|\na|b,c|d\n1|2|3", "a.csv")
    assert lines(section) == [("A2:C2", "a | b,c | d"), ("A3:C3", "a: 1 | b,c: 2 | d: 3")]


def test_a_quotation_mark_that_is_never_closed_swallows_nothing(read: Read) -> None:
    text = 'size,name,count\n5",tern,1\n' + "6,gull,2\n" * 300
    assert sum(len(section.blocks) for section in read(text.encode(), "a.csv")) >= 300


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252", "utf-8-sig"])
def test_tables_in_other_encodings(read: Read, encoding: str) -> None:
    text = "Größe;Café;Straße\n1;über den Fluss;Müllerstraße\n2;drüben;Königsallee\n"
    assert "Größe: 1 | Café: über den Fluss" in read(text.encode(encoding), "a.csv")[0].text


def test_tables_in_texts() -> None:
    small = [["Kind", "Days"], ["annual", "28"]]
    assert table_text(small) == "Kind | Days\nannual | 28"
    large = [["Kind", "Days", "Remark"], *([f"kind {n}", str(n), "asked for two weeks ahead"] for n in range(40))]
    assert table_text(large).splitlines()[7] == "Kind: kind 6 | Days: 6 | Remark: asked for two weeks ahead"
