"""Pictures that a page or a book brings along: what is written in them is read, and what is not read is named."""

import base64
import io
import zipfile
from collections.abc import Callable

import pytest

from parsing.formats.images import ocr
from parsing.types import Section
from tests import office, scans
from tests.unit.parsing.formats.test_pages import text_of

Read = Callable[..., list[Section]]

PLAN = scans.png(scans.drawn(["Close valve V-17 first."]))
PLAN_URI = f"data:image/png;base64,{base64.b64encode(PLAN).decode()}"


@pytest.mark.recognition
@pytest.mark.parametrize(
    "markup",
    [
        "<img src='{}'>",
        "<img alt='plan' src={}>",
        "<object data='{}'></object>",
        "<svg><image href='{}'/></svg>",
        "<table><tr><td>Plan</td><td><img src='{}'></td></tr></table>",
    ],
)
def test_writing_in_pictures_of_a_page_is_read(read: Read, markup: str) -> None:
    assert "V-17" in text_of(read, f"<p>The plan:</p>{markup.format(PLAN_URI)}")


def test_pictures_that_were_not_read_are_named(read: Read) -> None:
    ocr.use(ocr.OcrOptions(engine="off"))
    try:
        sections = read(
            f"<html><body><p>The plan:</p><img src='{PLAN_URI}'><img src='{PLAN_URI}'></body></html>".encode()
        )
    finally:
        ocr.use(ocr.OcrOptions())
    assert [section.warning for section in sections] == [
        None,
        "Pictures in this file that were not read: 1 (text recognition is turned off).",
    ]


def test_a_drawing_in_an_address_shows_its_words(read: Read) -> None:
    drawing = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><text>Valve V-17</text></svg>").decode()
    assert text_of(read, f"<img src='data:image/svg+xml;base64,{drawing}'>") == "Valve V-17"
    assert text_of(read, '<img src="data:image/svg+xml;utf8,%3Csvg%3E%3Ctext%3EValve%3C/text%3E%3C/svg%3E">') == "Valve"


def book(picture: bytes) -> bytes:
    """A book with a picture."""
    made = office.book(["<h1>One</h1><p>The plan:</p><img src='images/a%20plan.png'/>"])
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return office.zipped(entries | {"OPS/images/a plan.png": picture})


@pytest.mark.recognition
def test_writing_in_pictures_of_a_book_is_read(read: Read) -> None:
    assert "V-17" in read(book(PLAN))[0].text


def test_a_damaged_picture_of_a_book_is_named(read: Read) -> None:
    sections = read(book(PLAN[:100] + bytes(200)))
    assert "The plan:" in sections[0].text
    assert sections[-1].warning == "Pictures in this file that were not read: 1 (it is damaged)."
