"""Columns that a PDF holds row by row are read one after the other; tables stay in rows."""

from pathlib import Path

import pytest

from parsing.formats.pdf import reader as pdf
from tests.unit.parsing.formats.pdf_files import drawn, line

LEFT = (
    "The harbour master decides on the",
    "order in which vessels enter. He",
    "may refuse entry in a storm above",
    "nine Beaufort. His decision is",
    "final and is written in the log.",
    "Appeals go to the port authority",
)
RIGHT = (
    "Fees are charged per gross ton.",
    "A vessel of more than 5,000 tons",
    "pays 0.42 euros a ton, smaller",
    "ones 0.31 euros. Fishing boats",
    "of the district are exempt from",
    "the fee if they land their catch",
)
MIDDLE = (
    "Pilots board at the outer buoy",
    "and leave at the lock. They are",
    "ordered two hours before arrival",
    "by radio, or by telephone while",
    "the radio is out of order. Their",
    "fee is the same by day and night",
)
HEAD, FOOT = "Rules of the harbour of Larkfield and of its outer roads, in two columns", "Page 7 of the rules"


def text_of(tmp_path: Path, content: str) -> str:
    """The text of a page."""
    path = tmp_path / "file.pdf"
    path.write_bytes(drawn(content))
    (section,) = pdf.parse(path, lambda *_: None)
    assert [section.text[word.start : word.end] for word in section.words] == section.text.split()
    return "\n".join(row.strip() for row in section.text.strip().splitlines())


def rows(
    *columns: tuple[str, ...], lefts: tuple[float, ...], top: float = 700, pitch: float = 14, size: float = 10
) -> str:
    """Columns written row by row."""
    return "".join(
        line(left, top - pitch * number, cell, size)
        for number, cells in enumerate(zip(*columns, strict=True))
        for left, cell in zip(lefts, cells, strict=True)
        if cell
    )


@pytest.mark.parametrize("size", [8, 10])
def test_two_columns_of_prose(tmp_path: Path, size: float) -> None:
    assert text_of(tmp_path, rows(LEFT, RIGHT, lefts=(60, 320), size=size)) == "\n".join((*LEFT, *RIGHT))


def test_three_columns_of_prose(tmp_path: Path) -> None:
    content = rows(LEFT, MIDDLE, RIGHT, lefts=(40, 220, 400), size=9)
    assert text_of(tmp_path, content) == "\n".join((*LEFT, *MIDDLE, *RIGHT))


def test_a_narrow_gap_and_columns_of_different_length(tmp_path: Path) -> None:
    short = (*RIGHT[:5], "")
    content = rows(LEFT, short, lefts=(60, 228), size=10)
    assert text_of(tmp_path, content) == "\n".join((*LEFT, *RIGHT[:5]))


def test_what_stands_over_and_under_the_columns_stays_there(tmp_path: Path) -> None:
    content = line(60, 740, HEAD) + rows(LEFT, RIGHT, lefts=(60, 320)) + line(60, 560, FOOT)
    assert text_of(tmp_path, content) == "\n".join((HEAD, *LEFT, *RIGHT, FOOT))


def test_columns_that_are_written_one_by_one_stay(tmp_path: Path) -> None:
    content = rows(LEFT, lefts=(60,)) + rows(RIGHT, lefts=(320,))
    assert text_of(tmp_path, content) == "\n".join((*LEFT, *RIGHT))


@pytest.mark.parametrize(
    "columns",
    [
        (("Alder", "Birch", "Cedar", "Elm", "Oak", "Pine"), ("120", "85", "4,350", "12", "73", "61")),
        (
            tuple(f"{name} Harbour Services" for name in ("Alder", "Birch", "Cedar", "Elm", "Oak", "Pine")),
            tuple(f"Quay {number}, hall 12, gate {number}" for number in range(6)),
        ),
        (LEFT, tuple(f"{number},350.00 euros" for number in range(6))),
    ],
)
def test_rows_of_a_table_stay_together(tmp_path: Path, columns: tuple[tuple[str, ...], ...]) -> None:
    shown = text_of(tmp_path, rows(*columns, lefts=(60, 320))).split("\n")
    assert shown == [f"{left} {right}" for left, right in zip(*columns, strict=True)]


def test_lines_that_are_set_wide_are_no_columns(tmp_path: Path) -> None:
    words = tuple(f"{left}   {right}" for left, right in zip(LEFT, RIGHT, strict=True))
    assert len(text_of(tmp_path, rows(words, lefts=(40,), size=9)).split("\n")) == 6
