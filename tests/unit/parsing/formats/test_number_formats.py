"""Numbers and dates as a spreadsheet shows them, and formulas, links and texts of its cells."""

import io
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import xlwt  # type: ignore[import-untyped]
from openpyxl.worksheet.worksheet import Worksheet

from parsing.formats.ooxml.number_formats import shown
from tests import office
from tests.unit.parsing.formats.conftest import Read

MARCH_2026 = 46085  # the fourth, as a number


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        # colours and words with letters that mean something elsewhere
        (-0.025, "0.00%;[Red]-0.00%", "-2.50%"),
        (-1599.99, "$#,##0.00;[Red]($#,##0.00)", "($1,599.99)"),
        (1234.5, "[$EUR] #,##0.00", "EUR 1,234.50"),
        (-1599.99, "[$EUR] #,##0.00", "-EUR 1,599.99"),
        (0.0731, "[Green]0.0%", "7.3%"),
        (0.285, '0.0%" effective"', "28.5% effective"),
        (412, '0" kWh per year"', "412 kWh per year"),
        (412, "#,##0 EUR", "412 EUR"),
        (-5, '"£"0.00', "-£5.00"),
        (7, "[Color 10]0.0", "7.0"),
        (2.5, "[DBNum1]0.0", "2.5"),
        (1234.5, '_-* #,##0.00\\ "€"_-;-* #,##0.00\\ "€"_-;_-* "-"?? "€"_-', "1,234.50 €"),
        (0, '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)', "$-"),
        # conditions
        (-250.5, '[<0]"owes "0.00;[>=1000000]0.0,,"m";"settled"', "owes 250.50"),
        (1_200_000, '[<0]"owes "0.00;[>=1000000]0.0,,"m";"settled"', "1.2m"),
        (0, '[<0]"owes "0.00;[>=1000000]0.0,,"m";"settled"', "settled"),
        (12, '[>=1000]#,##0.0," thousand";0', "12"),
        (12_500, '[>=1000]#,##0.0," thousand";0', "12.5 thousand"),
        (-12, '[>=1000]#,##0.0," thousand";0', "-12"),
        (1, '[=1]"one day";[>1]0" days";"none"', "one day"),
        (3, '[=1]"one day";[>1]0" days";"none"', "3 days"),
        (-4, '[>=0]0.0;"minus "0.0', "minus 4.0"),
        (85, "[Red][<60]0;[Blue][>=60]0", "85"),
        # three sections
        (0, '0;-0;"none"', "none"),
        (0, "0;-0;;@", ""),
        (-3, '0;"minus "0;"none"', "minus 3"),
        (-0.001, "0.00", "0.00"),
        # literals between digits, leading zeros, scales
        (123456789, "000-00-0000", "123-45-6789"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (42, '"No. "00000', "No. 00042"),
        (1234567, '#,##0,"k"', "1,235k"),
        (1234, "0000000", "0001234"),
        (1234567.5, "#,##0.0#", "1,234,567.5"),
        (0.5, "#.0", ".5"),
        # powers of ten, fractions
        (123456, "0.00E+00", "1.23E+05"),
        (0.00012, "0.0E+00", "1.2E-04"),
        (-123456, "##0.0E+0", "-123.5E+3"),
        (2.25, "# ?/?", "2 1/4"),
        (0.3, "# ?/?", "2/7"),
        (3, "# ?/?", "3"),
        (1.375, "# ?/8", "1 3/8"),
        (0.5, '# ?/?\\"', '1/2"'),
        # hours over a day
        (42.75 / 24, "[h]:mm", "42:45"),
        (16 / 24, "[h]:mm", "16:00"),
        (42.75 / 24, "[hh]:mm:ss", "42:45:00"),
        (100.5 / 24, "[mm]", "6030"),
        (90 / 86400, "[ss]", "90"),
        (90.25 / 86400, "[m]:ss.00", "1:30.25"),
        (-1.5 / 24, "[h]:mm", "-1:30"),
        (30 / 24, '[h]" h "mm" min"', "30 h 00 min"),
        (time(17, 45), "[h]:mm", "17:45"),
        (timedelta(hours=42, minutes=45), "General", "42:45"),
        # dates
        (MARCH_2026, "dd/mm/yyyy", "04/03/2026"),
        (MARCH_2026, '[$-411]ggge"年"m"月"d"日"', "令和8年3月4日"),
        (MARCH_2026, "[$-411]ge.m.d", "R8.3.4"),
        (MARCH_2026, '[$-404]e"年"m"月"d"日"', "2026年3月4日"),
        (MARCH_2026, 'yyyy"년" m"월" d"일"', "2026년 3월 4일"),
        (MARCH_2026, "[$-41E]d mmm bbbb", "4 Mar 2569"),
        (MARCH_2026, "yyyy/m/d(aaa)", "2026/3/4(水)"),
        (MARCH_2026 + 0.604166666, "[Red]d.m.yy h:mm", "4.3.26 14:30"),
        (MARCH_2026 + 0.604166666, "[$-804]上午/下午 h:mm", "下午 2:30"),
        (0.354166666, "h:mm", "8:30"),
        (0.5 + 12.75 / 86400, "h:mm:ss.00", "12:00:12.75"),
        (datetime(2026, 3, 4, 0, 5), "h:mm AM/PM", "12:05 AM"),
        (MARCH_2026, '[>46000]d mmm yyyy;"old"', "4 Mar 2026"),
        (-3, "dd/mm/yyyy", "-3"),
        # text
        ("B-7", '"Gate "@', "Gate B-7"),
        ("B-7", '0;-0;0;"Gate "@', "Gate B-7"),
        ("B-7", "0.00", "B-7"),
        (7, 'General" pieces"', "7 pieces"),
        (7, '"no end', "no end"),
    ],
)  # fmt: skip
def test_values_are_shown_under_their_format(value: object, code: str, text: str) -> None:
    assert shown(value, code) == text


def styled(values: list[tuple[Any, str]]) -> bytes:
    """A workbook with these values and formats in its first column."""

    def fill(sheet: Worksheet) -> None:
        for row, (value, code) in enumerate(values, 1):
            sheet.cell(row, 1, value).number_format = code

    return office.workbook(One=fill)


@pytest.mark.parametrize(
    ("number", "text"),
    [(27, "2026-03-04"), (31, "2026-03-04"), (34, "2026-03-04"), (36, "2026-03-04"), (50, "2026-03-04"), (58, "2026-03-04"),
     (81, "2026-03-04"), (61, "46,085")],
)  # fmt: skip
def test_formats_that_each_language_has_in_its_own_way(read: Read, number: int, text: str) -> None:
    data = styled([(MARCH_2026, "0.00")])

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b'numFmtId="2"', b'numFmtId="%d"' % number) if name == "xl/styles.xml" else content

    assert read(office.rezipped(data, change))[0].text == f"One\n{text}"


def old_workbook(values: list[tuple[Any, str]]) -> bytes:
    """The same in the format of 1997."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("One")
    for row, (value, code) in enumerate(values):
        sheet.write(row, 0, value, xlwt.easyxf(num_format_str=code))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_old_workbooks_show_the_same(read: Read) -> None:
    values = [(42.75 / 24, "[h]:mm"), (-0.025, "0.00%;[Red]-0.00%"), (1234.5, "[$EUR] #,##0.00"), ("B-7", '"Gate "@')]
    assert read(old_workbook(values))[0].text == "One\n42:45\n-2.50%\nEUR 1,234.50\nGate B-7"


def test_east_asian_dates_of_old_workbooks(read: Read) -> None:
    data = bytearray(old_workbook([(MARCH_2026, "0.00")]))
    at, changed = 0, 0
    while (at := data.find(b"\xe0\x00\x14\x00", at)) >= 0:  # records of styles: font, then format
        if data[at + 6] == 2:
            data[at + 6] = 27
            changed += 1
        at += 1
    assert changed
    assert read(bytes(data))[0].text == "One\n2026-03-04"


def test_formulas_without_results_are_shown_and_said(read: Read) -> None:
    (section,) = read(office.workbook(Budget=[["Steel", 8800, 9100, "=B1+C1"], ["All", "=SUM(B1:B1)", None, None]]))
    assert section.text == "Budget\nSteel | 8800 | 9100 | =B1+C1\nAll | =SUM(B1:B1)"
    assert section.warning == (
        "The results of 2 formulas of the sheet “Budget” are not in the file; the formulas are shown in their place."
    )


def with_cell(cell: str, *, to_compute: bool = False) -> bytes:
    """A workbook with a cell of this XML in the place of A1."""

    def change(name: str, content: bytes) -> bytes:
        if name == "xl/workbook.xml":
            return content if to_compute else content.replace(b' fullCalcOnLoad="1"', b"")
        return (
            content.replace(b'<c r="A1" t="n"><v>77</v></c>', cell.encode()) if b"<sheetData>" in content else content
        )

    return office.rezipped(office.workbook(One=[[77, "beside"]]), change)


@pytest.mark.parametrize(
    ("cell", "to_compute", "text"),
    [
        ('<c r="A1"><f>1+1</f><v>2</v></c>', False, "2 | beside"),
        ('<c r="A1" t="str"><f>""</f><v></v></c>', False, "beside"),  # the result is no text
        ('<c r="A1"><f>1+1</f></c>', False, "=1+1 | beside"),
        ('<c r="A1"><f>1+1</f><v>0</v></c>', True, "=1+1 | beside"),  # as programs write what they do not compute
        ('<c r="A1"><f>1-1</f><v>0</v></c>', False, "0 | beside"),
        ('<c r="A1" t="str"><f>HYPERLINK("https://forms.example.org/7","open")</f><v>open</v></c>', False,
         "open (https://forms.example.org/7) | beside"),
    ],
)  # fmt: skip
def test_results_and_formulas(read: Read, cell: str, to_compute: bool, text: str) -> None:
    assert read(with_cell(cell, to_compute=to_compute))[0].text == f"One\n{text}"


def test_a_formula_that_is_written_once_for_many_cells(read: Read) -> None:
    cells = (
        '<c r="A1"><f t="shared" ref="A1:A2" si="0">B1*2</f></c></row><row r="2"><c r="A2"><f t="shared" si="0"/></c>'
    )
    (section,) = read(with_cell(cells))
    assert "=B1*2" in section.text
    assert "=B2*2" in section.text


def test_links_of_cells(read: Read) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["Claim", "open", "write", "https://same.example.org", "here"])
        for cell, target in (
            ("B1", "https://forms.example.org/claim?a=1&b=2"),
            ("C1", "mailto:claims@example.org?subject=Claim"),
            ("D1", "https://same.example.org/"),
            ("E1", "#One!A1"),
        ):
            sheet[cell].hyperlink = target

    assert read(office.workbook(One=fill))[0].text == (
        "One\nClaim | open (https://forms.example.org/claim?a=1&b=2) | write (claims@example.org) | https://same.example.org | here"
    )
