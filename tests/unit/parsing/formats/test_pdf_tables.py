"""Tables of PDF pages: empty cells and numbers side by side stay apart, other text stays as it is."""

from collections.abc import Callable, Sequence

import pytest

from parsing.formats.pdf.pieces import Piece
from parsing.formats.pdf.tables import in_tables
from parsing.types import Section
from tests.unit.parsing.formats.pdf_files import drawn, line

Read = Callable[..., list[Section]]

SPARSE = [
    ("Site", "Jan", "Feb", "Mar", "Apr"),
    ("Malmo", "11", "", "13", ""),
    ("Oulu", "", "22", "", ""),
    ("Turku", "", "", "", "44"),
    ("Kiel", "51", "52", "", "54"),
]


def table(rows: Sequence[Sequence[str]], places: Sequence[float], top: float = 760) -> str:
    return "".join(
        line(x, top - 16 * number, cell)
        for number, row in enumerate(rows)
        for x, cell in zip(places, row, strict=True)
        if cell
    )


def test_empty_cells_are_kept(read: Read) -> None:
    page = line(60, 800, "Ships by month, as the harbour office counted them in the year 2025") + table(
        SPARSE, (60, 160, 230, 300, 370)
    )
    (section,) = read(drawn(page + line(60, 660, "The office has counted them again in April, and found the same.")))
    assert section.text.split("\n") == [
        "Ships by month, as the harbour office counted them in the year 2025",
        "Site | Jan | Feb | Mar | Apr",
        "Malmo | 11 | | 13 |",
        "Oulu | | 22 | |",
        "Turku | | | | 44",
        "Kiel | 51 | 52 | | 54",
        "The office has counted them again in April, and found the same.",
    ]
    words = [section.text[word.start : word.end] for word in section.words]
    assert words == section.text.replace("|", " ").split()


@pytest.mark.parametrize("filled", [("Malmo", "", "12", "7"), ("Malmo", "3", "", "7"), ("Malmo", "3", "12", "")])
def test_each_cell_stands_under_its_name(read: Read, filled: tuple[str, ...]) -> None:
    rows = [("Site", "Ships", "Tons", "Crew"), filled, ("Oulu", "4", "40", "9")]
    (section,) = read(drawn(table(rows, (60, 160, 260, 360))))
    names, malmo = (text.split(" |") for text in section.text.split("\n")[:2])
    assert [cell.strip() for cell in names] == list(rows[0])
    assert [cell.strip() for cell in malmo] == list(filled)


def test_numbers_side_by_side_are_no_longer_number(read: Read) -> None:
    rows = [("Pump", "35", "200", "4.5"), ("Seal", "12", "880", "0.9"), ("Valve", "7", "410", "11.2")]
    (section,) = read(drawn(table(rows, (60, 130, 165, 200))))
    assert "Pump | 35 | 200 | 4.5" in section.text
    assert "Valve | 7 | 410 | 11.2" in section.text


@pytest.mark.parametrize(
    "page",
    [
        table(
            [("Site", "Ships", "Tons"), ("Malmo", "3", "12"), ("Oulu", "4", "40")], (60, 160, 260)
        ),  # nothing is in doubt
        table([("Site", "Ships"), ("Malmo", ""), ("Oulu", "4")], (60, 160)),  # two columns
        table([("Site", "Ships", "Tons"), ("Malmo", "", "12")], (60, 160, 260)),  # two lines
        "".join(
            line(60, 760 - 16 * number, "The harbour master decides on the order in which vessels enter.")
            for number in range(5)
        ),
    ],
)
def test_other_text_stays_as_it_is(read: Read, page: str) -> None:
    assert " |" not in read(drawn(page))[0].text


def test_writing_from_the_right_stays_as_it_is() -> None:
    words = ("שלום", "עולם", "מחיר")
    pieces = [
        piece
        for number in range(4)
        for x, word in zip((0.7, 0.5, 0.1), words, strict=True)
        if (number, x) != (2, 0.5)
        for piece in (Piece(word, (x, 0.1 * number, x + 0.08, 0.1 * number + 0.02)), Piece("\n" if x == 0.1 else " "))
    ]
    assert in_tables(pieces, 0.7) == pieces
