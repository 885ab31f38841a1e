"""Tables of real files survive the way through sections and chunks; each row knows where it stands."""

import csv
import io
from collections.abc import Sequence

import docx
import pytest

from rag.tables import tables_in
from rag.tables.table import Table
from tests import documents, office
from tests.unit.rag.tables.conftest import Chunked

HEADS = ["City", "Opened", "Visitors", "Fee"]
ROWS = [
    ["Lisbon", "12 March 2015", "1,234", "$4.50"],
    ["Oslo: harbour", "1 June 2019", "", "$3.00"],
    ["São Paulo", "20 January 2012", "98,000", ""],
]
LONG = [[f"{city} {number}", opened, visitors, fee] for number in range(12) for city, opened, visitors, fee in ROWS]


def cells(table: Table) -> list[list[str]]:
    """What all rows show."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """A file of comma-separated values."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def as_html(rows: Sequence[Sequence[str]]) -> bytes:
    """A page with a table between paragraphs."""
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><body><h1>Offices</h1><p>We have these.</p><table>{lines}</table><p>More soon.</p></body></html>".encode()


def as_docx(rows: Sequence[Sequence[str]]) -> bytes:
    """A document with a table between paragraphs."""
    document = docx.Document()
    document.add_paragraph("We have these.")
    table = document.add_table(len(rows), len(rows[0]))
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            table.cell(number, place).text = cell
    document.add_paragraph("More soon.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with one sheet."""
    return office.workbook(Offices=rows)


MAKERS = {"csv": as_csv, "xlsx": as_xlsx, "html": as_html, "docx": as_docx}


@pytest.mark.parametrize("rows", [ROWS, LONG], ids=["small", "long"])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "html", "docx"])
def test_rows_heads_and_blanks_come_back(chunked: Chunked, kind: str, rows: list[list[str]]) -> None:
    whole = [HEADS, *rows]
    data = MAKERS[kind](whole)
    sections, chunks = chunked(data, f"offices.{kind}")
    (table,) = tables_in(chunks)
    assert [column.name for column in table.columns] == HEADS
    assert [column.kind for column in table.columns] == ["text", "date", "number", "number"]
    assert cells(table) == rows
    texts = {section.number: section.text for section in sections}
    for row in table.rows:
        assert row.place is not None
        shown = texts[row.place.section][row.place.start : row.place.end]
        assert all(cell.text in shown for cell in row.cells)
        (chunk,) = (chunk for chunk in chunks if chunk.chunk_id == row.place.chunk_id)
        assert chunk.char_start <= row.place.start < chunk.char_end


def test_a_sheet_over_many_sections_is_one_table(chunked: Chunked) -> None:
    rows = [[f"Town {number}", "1 May 2001", str(number), "$1.00"] for number in range(1, 301)]
    sections, chunks = chunked(as_csv([HEADS, *rows]), "towns.csv")
    (table,) = tables_in(chunks)
    assert len(sections) > 2
    assert [row.cells[2].number for row in table.rows] == list(map(float, range(1, 301)))


def test_nested_heads_are_joined(chunked: Chunked) -> None:
    rows = [["", "Men", "", "Women", ""], ["", "2019", "2020", "2019", "2020"], ["Oslo", "10", "11", "12", "13"]]
    _, chunks = chunked(as_html([*rows, ["Bergen", "20", "21", "22", "23"]]), "people.html")
    (table,) = tables_in(chunks)
    assert [column.name for column in table.columns][1:] == ["Men 2019", "Men 2020", "Women 2019", "Women 2020"]


def test_rows_of_a_pdf_are_lines(chunked: Chunked) -> None:
    page = "\n".join(
        [
            "Background checks",
            "Alabama 18,870 23,022",
            "Kentucky 264,140 12,155",
            "New York 2,906 8,650",
            "The end of it.",
        ]
    )
    _, chunks = chunked(documents.pdf([page]), "checks.pdf")
    (table,) = tables_in(chunks)
    assert cells(table)[1:] == [["Kentucky", "264,140", "12,155"], ["New York", "2,906", "8,650"]]
    assert not table.is_complete


def test_prose_is_no_table(chunked: Chunked) -> None:
    text = "In 2019 we had 3 offices.\nIn 2020 we had 4 of them | and more.\n\nNothing else: it is quiet.\n"
    _, chunks = chunked(text.encode(), "notes.txt")
    assert tables_in(chunks) == []
