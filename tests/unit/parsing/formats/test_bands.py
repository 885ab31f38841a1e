"""Tall pictures are read in bands, and lines of a page that was turned are composed as they were read."""

import itertools

import pytest
from PIL import Image, ImageDraw, ImageFont

from parsing.formats.images.bands import BAND, bands
from parsing.formats.images.ocr import Recogniser, Recognition, joined
from parsing.formats.images.ocr_layout import Line, composed
from parsing.types import Word

WIDTH, PITCH = 300, 40


def screenshot(rows: int) -> Image.Image:
    """Lines of black on white, one under the other."""
    picture = Image.new("L", (WIDTH, rows * PITCH), "white")
    pen = ImageDraw.Draw(picture)
    for row in range(rows):
        pen.rectangle((20, row * PITCH + 10, WIDTH - 20, row * PITCH + 30), fill="black")
        pen.rectangle((100, row * PITCH + 10, 110, row * PITCH + 30), fill="white")
    return picture


def test_a_page_is_one_band() -> None:
    page = screenshot(15)
    assert [(part is page, top, bottom) for part, top, bottom in bands(page)] == [(True, 0.0, 1.0)]


@pytest.mark.parametrize("rows", [20, 100, 333])
def test_a_tall_picture_is_cut_between_its_lines(rows: int) -> None:
    picture = screenshot(rows)
    parts = list(bands(picture))
    assert len(parts) > 1
    assert parts[0][1] == 0.0
    assert parts[-1][2] == 1.0
    for (_, _, bottom), (_, top, _) in itertools.pairwise(parts):
        assert bottom == top
        assert not 10 <= round(bottom * picture.height) % PITCH <= 30
    assert all(part.height <= BAND * WIDTH for part, _, _ in parts)


def test_a_picture_without_gaps_is_cut_all_the_same() -> None:
    noise = Image.effect_noise((100, 1000), 90)
    parts = list(bands(noise))
    assert sum(part.height for part, _, _ in parts) == 1000
    assert all(0 < part.height <= 150 for part, _, _ in parts)


@pytest.mark.parametrize("size", [(1, 3000), (2, 7), (3, 8)])
def test_the_narrowest_pictures_end(size: tuple[int, int]) -> None:
    assert sum(part.height for part, _, _ in bands(Image.new("L", size))) == size[1]


def test_words_of_bands_stand_where_they_are_on_the_picture() -> None:
    upper = Recognition("one two", (Word(0, 3, (0.1, 0.5, 0.2, 0.6)), Word(4, 7, (0.3, 0.5, 0.4, 0.6))))
    lower = Recognition("three", (Word(0, 5, (0.1, 0.0, 0.2, 0.5)),), "it is odd")
    whole = joined([upper, Recognition(), lower], [(0.0, 0.5), (0.5, 0.6), (0.6, 1.0)])
    assert whole.text == "one two\nthree"
    assert [whole.text[word.start : word.end] for word in whole.words] == ["one", "two", "three"]
    assert whole.words[0].box == (0.1, 0.25, 0.2, 0.3)
    assert whole.words[2].box == pytest.approx((0.1, 0.6, 0.2, 0.8))
    assert whole.warning == "it is odd"


@pytest.mark.recognition
def test_all_of_a_tall_screenshot_is_read() -> None:
    picture = Image.new("RGB", (360, 1400), "white")
    pen = ImageDraw.Draw(picture)
    for row in range(20):
        words = "Meet in room 214" if row == 18 else f"Message number {row}"
        pen.text((20, 30 + row * 68), words, font=ImageFont.truetype("DejaVuSans.ttf", 22), fill="black")
    seen = Recogniser().read(picture)
    assert "room 214" in seen.text
    (word,) = (word for word in seen.words if seen.text[word.start : word.end] == "214")
    assert word.box[1] < (30 + 18 * 68 + 14) / 1400 < word.box[3]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_lines_under_each_other_are_one_paragraph_however_the_page_lies(quarters: int) -> None:
    lines = []
    for row, text in enumerate(("The fee for late production", "is 4,350 dollars a day.", "Signed in Larkfield")):
        top = 0.1 + row * 0.05 + (0.2 if row == 2 else 0)
        box = (0.1, top, 0.6, top + 0.03)
        lines.append(Line(text, (Word(0, len(text), box),), box).turned(quarters))
    text, words = composed(lines)
    assert text == "The fee for late production\nis 4,350 dollars a day.\n\nSigned in Larkfield"
    assert words[0].box == lines[0].words[0].box


def test_cells_of_a_row_are_parted_by_spaces_on_a_page_on_its_head() -> None:
    cells = [("Total", 0.1), ("5,000", 0.7)]
    lines = [
        Line(text, (Word(0, len(text), (left, 0.1, left + 0.1, 0.12)),), (left, 0.1, left + 0.1, 0.12)).turned(2)
        for text, left in cells
    ]
    assert composed(lines)[0] == "Total  5,000"
