"""Raised and lowered characters of a PDF: no digit joins the number before it, and no line ends after one."""

from pathlib import Path

import pytest

from parsing.formats.pdf import reader as pdf
from tests.unit.parsing.formats.pdf_files import drawn

WIDTHS = {" ": 278, ".": 278, ";": 278, "m": 833, "i": 222, "l": 222, "t": 278, "c": 500, "r": 333, "I": 278, "×": 584}


def width(text: str, size: float) -> float:
    """How wide Helvetica sets it, about."""
    return sum(WIDTHS.get(character, 556) for character in text) * size / 1000


def set_line(*parts: tuple[str, str], top: float = 700, size: float = 11, scale: float = 1.0) -> str:
    """Parts one after the other: each is ``on`` the base line, ``up`` or ``down``."""
    x, operators = 72.0, ""
    for where, text in parts:
        small = size if where == "on" else 0.6 * size
        y = top + {"on": 0.0, "up": 0.36 * size, "down": -0.15 * size}[where]
        operators += f"BT /F1 {small / scale:.3f} Tf {scale} 0 0 {scale} {x:.3f} {y:.3f} Tm ({text}) Tj ET\n"
        x += width(text, small)
    return operators


@pytest.mark.parametrize(
    ("parts", "right"),
    [
        ([("on", "Revenue was 420"), ("up", "1"), ("on", " million euros.")], "Revenue was 420 ¹ million euros."),
        ([("on", "It tolerates 10"), ("up", "6"), ("on", " cycles.")], "It tolerates 10⁶ cycles."),
        ([("on", "It is 10"), ("up", "-12"), ("on", " metres.")], "It is 10⁻¹² metres."),
        ([("on", "Its area is 35 m"), ("up", "2"), ("on", ".")], "Its area is 35 m²."),
        ([("on", "It holds 7 cm"), ("up", "3"), ("on", " of oil.")], "It holds 7 cm³ of oil."),
        ([("on", "In 2025"), ("up", "12"), ("on", " ships")], "In 2025 ¹² ships"),
        ([("on", "The pump"), ("up", "3"), ("on", " delivers 61 litres")], "The pump³ delivers 61 litres"),
        ([("on", "CO"), ("down", "2"), ("on", " is 420 ppm")], "CO2 is 420 ppm"),
        ([("on", "the 1"), ("up", "st"), ("on", " of May")], "the 1st of May"),
        ([("on", "A plain 4201 stays")], "A plain 4201 stays"),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 11.0])
def test_a_raised_digit_is_no_digit_of_the_number(
    tmp_path: Path, parts: list[tuple[str, str]], right: str, scale: float
) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(drawn(set_line(*parts, scale=scale) + set_line(("on", "The next line."), top=680)))
    (section,) = pdf.parse(path, lambda *_: None)
    first, second = section.text.strip().split("\n")
    assert (first.strip(), second) == (right, "The next line.")
    words = [section.text[word.start : word.end] for word in section.words]
    assert words == section.text.split()


def test_the_mark_of_a_footnote_stands_before_its_text(tmp_path: Path) -> None:
    path = tmp_path / "file.pdf"
    note = set_line(("up", "1"), ("on", " Without the slipway."), top=60)
    path.write_bytes(drawn(set_line(("on", "Revenue was 420"), ("up", "1"), ("on", ".")) + note))
    (section,) = pdf.parse(path, lambda *_: None)
    assert section.text.split("\n")[-1].strip() == "¹ Without the slipway."
