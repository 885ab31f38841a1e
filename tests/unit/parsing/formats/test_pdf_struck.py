"""Words with a line through them are left out of the text and reported; lines under and around words change nothing."""

from pathlib import Path

import pytest

from parsing.formats.pdf import reader as pdf
from parsing.types import Section
from tests import documents as files
from tests.unit.parsing.formats.pdf_files import drawn, line, with_objects

PRICE = "The price per ton is 120 euros 95 euros."  # Helvetica 11 from x = 72: “120 euros” is from 170 to 221
LEFT, RIGHT, BASE = 169.5, 221.5, 700
LEFT_TEXT = "The price per ton is 95 euros."
REMARK = "Hidden text was left out (struck out): “120 euros”"


def section_of(tmp_path: Path, data: bytes) -> Section:
    """Its only page."""
    path = tmp_path / "file.pdf"
    path.write_bytes(data)
    (section,) = pdf.parse(path, lambda *_: None)
    assert [section.text[word.start : word.end] for word in section.words] == section.text.split()
    return section


@pytest.mark.parametrize(
    "stroke",
    [
        f"0.8 w {LEFT} {BASE + 4} m {RIGHT} {BASE + 4} l S",
        f"{LEFT} {BASE + 3.6} {RIGHT - LEFT} 0.7 re f",
        f"1 0 0 RG 1 w {LEFT} {BASE + 3} m {RIGHT} {BASE + 3} l S",
        f"0.8 w {LEFT} {BASE + 4} m 190 {BASE + 4} l S 0.8 w 190 {BASE + 4} m {RIGHT} {BASE + 4} l S",
    ],
)
def test_a_line_through_words_strikes_them_out(tmp_path: Path, stroke: str) -> None:
    section = section_of(tmp_path, drawn(line(72, BASE, PRICE) + stroke))
    assert (section.text.strip(), section.hidden) == (LEFT_TEXT, REMARK)


@pytest.mark.parametrize(
    "stroke",
    [
        f"0.8 w {LEFT} {BASE - 1.5} m {RIGHT} {BASE - 1.5} l S",  # under
        f"0.8 w {LEFT} {BASE + 11} m {RIGHT} {BASE + 11} l S",  # over
        f"0.8 w 20 {BASE + 4} m 580 {BASE + 4} l S",  # a rule of the page, which its title interrupts
        f"0.9 0.9 0.2 rg {LEFT} {BASE - 2} {RIGHT - LEFT} 11 re f",  # a marker pen
        f"0.8 w {LEFT} {BASE + 60} m {RIGHT} {BASE + 60} l S",  # elsewhere
    ],
)
def test_other_lines_strike_nothing_out(tmp_path: Path, stroke: str) -> None:
    section = section_of(tmp_path, drawn(stroke + "\n0 g 0 G\n" + line(72, BASE, PRICE)))
    assert (section.text.strip(), section.hidden) == (PRICE, None)


def test_what_a_reviewer_struck_out_is_left_out(tmp_path: Path) -> None:
    quads = "108 750 161 750 108 738 161 738"
    annotation = (
        f"<< /Type /Annot /Subtype /StrikeOut /F 4 /Rect [108 738 161 750] /QuadPoints [{quads}] /C [1 0 0] >>".encode()
    )
    data = with_objects(files.pdf(["Fee is 120 euros 95 euros."]), [annotation], page=b"/Annots [NEXT0] ")
    section = section_of(tmp_path, data)
    assert (section.text.strip(), section.hidden) == ("Fee is 95 euros.", REMARK)


def test_all_words_of_a_line_may_be_struck_out(tmp_path: Path) -> None:
    stroke = f"0.8 w 72 {BASE + 4} m 186 {BASE + 4} l S"
    words = line(72, BASE, "Boats pay nothing here.") + line(72, BASE - 20, "Boats pay 4 euros.")
    assert section_of(tmp_path, drawn(words + stroke)).text.strip() == "Boats pay 4 euros."
