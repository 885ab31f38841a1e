"""Text recognition: words and their places, whatever way the page lies, by the engine that knows the script."""

import io
import os
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image

from core.errors import DocumentUnreadable
from parsing.formats.images import ocr, reader
from parsing.formats.images.ocr import (
    NOT_ALL_READ,
    NOT_READ,
    NOTHING_READ,
    OUT_OF_MEMORY,
    TURNED_OFF,
    OcrOptions,
    Recogniser,
    Recognition,
)
from parsing.formats.images.ocr_layout import Line, composed, in_reading_order
from parsing.formats.images.ocr_tesseract import languages_in
from parsing.formats.pdf import text as pdf_text
from parsing.parser_input import InMemoryFile
from parsing.sandbox.sandbox import TESSDATA
from parsing.types import Word
from tests import documents as files
from tests import scans


@pytest.fixture(scope="module")
def wheel() -> Recogniser:
    """What every installation has."""
    return Recogniser(OcrOptions())


@pytest.fixture(scope="session")
def tessdata() -> str:
    """Where tesseract's language data is; ``python scripts/packages.py`` installs it."""
    for folder in (folder for pattern in TESSDATA for folder in Path("/").glob(pattern)):
        if {"eng", "rus", "heb"} <= set(languages_in(str(folder))):
            return str(folder)
    assert not os.environ.get("CI"), "python scripts/packages.py was not run"
    pytest.skip("tesseract's data for eng, rus and heb is not installed")


def box_of(seen: Recognition, text: str) -> tuple[float, float, float, float]:
    """Where a word was seen."""
    (word,) = (word for word in seen.words if seen.text[word.start : word.end] == text)
    return word.box


def true_box(text: str) -> tuple[float, float, float, float]:
    """Where a word of the letter stands."""
    page = pdfium.PdfDocument(scans.letter())[0]
    whole, words, _ = pdf_text.read(page, page.get_textpage())
    (word,) = (word for word in words if whole[word.start : word.end] == text)
    return word.box


@pytest.mark.recognition
def test_a_scan_is_read_and_its_words_are_where_they_are(wheel: Recogniser) -> None:
    seen = wheel.read(scans.picture_of(scans.letter()))
    assert seen.warning is None
    assert seen.text.split() == scans.LETTER.split()
    for word in ("Larkspur", "employee", "wardens"):
        assert box_of(seen, word) == pytest.approx(true_box(word), abs=0.015)


@pytest.mark.recognition
@pytest.mark.parametrize(
    ("turn", "locator"),
    [
        (90, lambda x, y: (y, 1 - x)),
        (180, lambda x, y: (1 - x, 1 - y)),
        (270, lambda x, y: (1 - y, x)),
    ],
)
def test_a_page_may_lie_on_its_side_or_head(wheel: Recogniser, turn: int, locator: object) -> None:
    seen = wheel.read(scans.picture_of(scans.letter(), turn=turn))
    assert seen.text.split()[:8] == scans.LETTER.split()[:8]
    left, top, right, bottom = true_box("wardens")
    seen_left, seen_top, seen_right, seen_bottom = box_of(seen, "wardens")
    assert callable(locator)
    x, y = locator((left + right) / 2, (top + bottom) / 2)
    assert seen_left < x < seen_right
    assert seen_top < y < seen_bottom


def test_an_empty_page_is_empty_and_asks_no_engine() -> None:
    asked: list[None] = []
    recogniser = Recogniser(OcrOptions(on_page=lambda: asked.append(None)))
    assert recogniser.read(scans.picture_of(files.pdf([""]))) == Recognition()
    assert asked == []


def test_turned_off() -> None:
    off = Recogniser(OcrOptions(engine="off"))
    assert off.read(scans.picture_of(scans.letter())) == Recognition(warning=TURNED_OFF)


@pytest.mark.parametrize(
    ("error", "left_mb", "warning"),
    [
        (RuntimeError("std::bad_alloc"), 1000, OUT_OF_MEMORY),
        (ImportError("libx.so: failed to map segment from shared object"), 2, OUT_OF_MEMORY),
        (RuntimeError("odd"), 1000, NOT_READ),
    ],
)
def test_why_a_page_was_not_read(monkeypatch: pytest.MonkeyPatch, error: Exception, left_mb: int, warning: str) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Recogniser, "_lines", fail)
    monkeypatch.setattr(ocr, "memory_left_bytes", lambda: left_mb * 1024**2)
    page = scans.picture_of(scans.letter())
    assert Recogniser(OcrOptions()).read(page) == Recognition(warning=warning)


@pytest.mark.recognition
def test_script_that_no_engine_knows_is_said_not_guessed(wheel: Recogniser, tessdata: str) -> None:
    assert tessdata  # whose installation brings the font
    seen = wheel.read(scans.drawn(scans.RUSSIAN))
    assert seen.warning == (NOT_ALL_READ if seen.text else NOTHING_READ)
    assert len(seen.text) < 20


@pytest.mark.recognition
def test_tesseract_reads_what_the_wheel_cannot(tessdata: str) -> None:
    seen = Recogniser(OcrOptions(tessdata=tessdata)).read(scans.drawn(scans.RUSSIAN))
    assert seen.warning is None
    assert " ".join(seen.text.split()) == " ".join(scans.RUSSIAN)
    left, top, _right, bottom = box_of(seen, "Заявления")
    assert left == pytest.approx(120 / scans.DRAWN_PX[0], abs=0.01)
    assert top < (150 + 120 + 20) / scans.DRAWN_PX[1] < bottom


@pytest.mark.recognition
def test_tesseract_turns_pages_too(tessdata: str) -> None:
    recogniser = Recogniser(OcrOptions(engine="tesseract", tessdata=tessdata))
    seen = recogniser.read(scans.picture_of(scans.letter(), dpi=150, turn=90))  # it is lost on smaller ones
    assert "twenty-eight days of paid annual leave" in " ".join(seen.text.split())
    left, _, right, _ = box_of(seen, "wardens")
    assert left < (true_box("wardens")[1] + true_box("wardens")[3]) / 2 < right


@pytest.mark.parametrize(
    ("languages", "script", "chosen"),
    [
        ("", "Cyrillic", "rus+eng"),
        ("eng+heb", "Hebrew", "heb+eng"),
        ("eng+heb", "Cyrillic", ""),
        ("eng", "Latin", "eng"),
        ("xxx", "Hebrew", ""),
    ],
)
def test_languages_follow_the_script(tessdata: str, languages: str, script: str, chosen: str) -> None:
    assert Recogniser(OcrOptions(tessdata=tessdata, languages=languages))._languages_for(script) == chosen


def line(text: str, left: float, top: float, *, width: float = 0.4, block: int | None = None) -> Line:
    """A line of one word."""
    box = (left, top, left + width, top + 0.012)
    return Line(text, (Word(start=0, end=len(text), box=box),), box, block)


def test_words_broken_at_a_line_end_are_joined() -> None:
    text, words = composed([line("the inno-", 0.1, 0.1, block=1), line("vation of", 0.1, 0.12, block=1)])
    assert text == "the innovation of"
    assert [text[word.start : word.end] for word in words] == ["the inno", "vation of"]


def test_paragraphs_and_cells_are_parted() -> None:
    rows = [line("Total", 0.1, 0.1, width=0.1), line("5,000", 0.7, 0.1, width=0.1), line("Thank you", 0.1, 0.3)]
    assert composed(in_reading_order(rows[::-1]))[0] == "Total  5,000\n\nThank you"


def test_columns_are_read_one_after_the_other() -> None:
    left = [line(f"left column number {n}", 0.08, 0.2 + n * 0.02) for n in range(6)]
    right = [line(f"right column number {n}", 0.52, 0.2 + n * 0.02) for n in range(6)]
    title, foot = (
        line("A headline over both columns", 0.08, 0.1, width=0.8),
        line("Page 7 of 12 of the report", 0.3, 0.9),
    )
    mixed = [foot, *(each for pair in zip(right, left, strict=True) for each in pair), title]
    assert in_reading_order(mixed) == [title, *left, *right, foot]


def test_rows_of_a_table_stay_together() -> None:
    names = [line(f"Station {n}", 0.1, 0.2 + n * 0.02, width=0.1) for n in range(6)]
    counts = [line(f"{n * 10}", 0.6, 0.2 + n * 0.02, width=0.05) for n in range(6)]
    rows = in_reading_order([*counts, *names])
    assert [each.text for each in rows] == [each.text for pair in zip(names, counts, strict=True) for each in pair]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "BMP"])
def test_an_icon_is_no_page_to_be_recognised(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recogniser, "read", lambda *_: pytest.fail("an icon was recognised"))
    icon = io.BytesIO()
    Image.effect_noise((32, 24), 80).convert("P").save(icon, kind)
    with pytest.raises(DocumentUnreadable, match=reader.NO_TEXT):
        list(reader.parse(InMemoryFile(icon.getvalue()), lambda *_: None))


def test_a_picture_of_which_nothing_is_read_is_not_said_to_be_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recogniser, "_lines", lambda *_: ([], 0.0))
    assert Recogniser(OcrOptions()).read(scans.picture_of(scans.letter())).warning == NOTHING_READ
