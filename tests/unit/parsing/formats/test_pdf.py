"""Text and word boxes of PDFs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from parsing.types import Section

from parsing.formats.images import reader as images
from parsing.formats.pdf import reader as pdf
from parsing.formats.pdf import text as pdf_text
from tests import documents as files


@pytest.fixture
def parsed(tmp_path: Path) -> Callable[[bytes], list[Section]]:
    """Parses bytes."""

    def parse(data: bytes) -> list[Section]:
        path = tmp_path / "file.pdf"
        path.write_bytes(data)
        return list(pdf.parse(path, lambda _done, _total: None))

    return parse


def word_box(section: Section, text: str) -> tuple[float, float, float, float]:
    """Where a word stands."""
    (word,) = (word for word in section.words if section.text[word.start : word.end] == text)
    return word.box


def test_every_page_is_a_section_of_its_number(parsed: Callable[[bytes], list[Section]]) -> None:
    sections = parsed(files.pdf(["One", "", "Three"]))
    assert [(section.number, section.page, section.text.strip()) for section in sections] == [
        (1, 1, "One"),
        (2, 2, ""),
        (3, 3, "Three"),
    ]
    assert (sections[0].width, sections[0].height) == (612, 792)


def test_words_are_the_text_without_its_spaces(parsed: Callable[[bytes], list[Section]]) -> None:
    for section in parsed(files.HANDBOOK):
        words = [section.text[word.start : word.end] for word in section.words]
        assert words == section.text.split()
        assert all(
            0 <= left < right <= 1 and 0 <= top < bottom <= 1
            for left, top, right, bottom in (w.box for w in section.words)
        )
        assert "\r" not in section.text


@pytest.mark.parametrize(
    ("rotate", "expected"),
    [
        (0, lambda x, y: (x, y)),
        (90, lambda x, y: (1 - y, x)),
        (180, lambda x, y: (1 - x, 1 - y)),
        (270, lambda x, y: (y, 1 - x)),
    ],
)
def test_boxes_turn_with_the_page(
    parsed: Callable[[bytes], list[Section]], rotate: int, expected: Callable[[float, float], tuple[float, float]]
) -> None:
    (section,) = parsed(files.pdf(["Larkspur"], rotate=rotate))
    left, top, right, bottom = word_box(section, "Larkspur")
    x, y = expected(72 / 612 + 0.035, (792 - 745) / 792)  # some way into the word, half way up its letters
    assert left < x < right
    assert top < y < bottom
    assert (section.width, section.height) == ((612, 792) if rotate % 180 == 0 else (792, 612))


def test_boxes_are_fractions_of_the_cropped_page(parsed: Callable[[bytes], list[Section]]) -> None:
    whole = files.pdf(["Larkspur outside"])
    cropped = whole.replace(b"/MediaBox [0 0 612 792]", b"/CropBox [36 396 342 792] /MediaBox [0 0 612 792]")
    (section,) = parsed(cropped)
    left, top, right, bottom = word_box(section, "Larkspur")
    assert (section.width, section.height) == (306, 396)
    assert left == pytest.approx((72 - 36) / 306, abs=0.01)
    assert top < (792 - 745) / 396 < bottom
    assert right < 0.5


def test_a_word_broken_at_a_line_end_is_joined_and_stands_on_both_lines(
    parsed: Callable[[bytes], list[Section]],
) -> None:
    (section,) = parsed(files.pdf(["We looked at the easy reuse of im-\nportant innovations in this field of work."]))
    assert "important innovations" in section.text
    start = section.text.index("important")
    parts = [word for word in section.words if start <= word.start < start + len("important")]
    assert [section.text[word.start : word.end] for word in parts] == ["im", "portant"]
    assert parts[1].box[1] > parts[0].box[3] - 0.005
    assert parts[1].box[0] < parts[0].box[0]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (0x41, "A"),
        (0x0A, "\n"),
        (0x0D, ""),
        (0x00, ""),
        (0x02, ""),
        (0x07, ""),
        (0x85, ""),
        (0xA0, " "),
        (0xD800, ""),
        (0xFFFE, ""),
        (0x1F600, "\U0001f600"),
    ],
)
def test_characters_that_cannot_be_stored_are_left_out(code: int, shown: str) -> None:
    assert pdf_text._shown(chr(code)) == shown


def test_a_picture_of_a_page_has_the_width_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(files.pdf(["Larkspur"]))
    png = pdf.render(path, 1, 500)
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 500
    assert int.from_bytes(png[20:24], "big") == pytest.approx(500 * 792 / 612, abs=1)
    endless = files.pdf(["Larkspur"]).replace(b"[0 0 612 792]", b"[0 0 2 14400]")
    path.write_bytes(endless)
    tall = pdf.render(path, 1, 3000)
    assert int.from_bytes(tall[16:20], "big") * int.from_bytes(tall[20:24], "big") <= images.MOST_PIXELS * 1.01
