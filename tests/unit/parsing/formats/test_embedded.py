"""Pictures inside files of other kinds: what is written in them is read once, within bounds, and what is not is said."""

import pytest
from PIL import Image

from parsing.formats.images import embedded, ocr
from parsing.formats.images.embedded import EmbeddedPictures
from tests import scans

PLAN = scans.png(scans.drawn(["Close valve V-17 first."]))


def test_the_writing_of_a_picture_is_read_once() -> None:
    pictures = EmbeddedPictures()
    assert "V-17" in pictures.text(PLAN)
    assert pictures.text(PLAN) == ""
    assert pictures.remark() is None


def test_a_picture_without_writing_lacks_nothing() -> None:
    pictures = EmbeddedPictures()
    assert pictures.text(scans.png(Image.new("RGB", (300, 300), "teal"))) == ""
    assert pictures.text(scans.png(Image.linear_gradient("L").resize((400, 400)))) == ""
    assert pictures.remark() is None


def test_icons_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MOST_PICTURES", 0)
    pictures = EmbeddedPictures()
    assert pictures.text(scans.png(Image.new("RGB", (16, 300), "black"))) == ""
    assert pictures.remark() is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x01\0\0\0" + bytes(60) + b" EMF" + bytes(200), embedded.OTHER_KIND),
        (PLAN[:200] + bytes(500), "it is damaged"),
        (b"", embedded.OTHER_KIND),
    ],
)
def test_what_cannot_be_read_is_counted(data: bytes, reason: str) -> None:
    pictures = EmbeddedPictures()
    assert pictures.text(data) == ""
    assert pictures.remark() == f"Pictures in this file that were not read: 1 ({reason})."


def test_their_number_size_and_time_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("MOST_PICTURES", 0), ("MOST_CPU_S", -1.0)):
        with monkeypatch.context() as changed:
            changed.setattr(embedded, name, most)
            pictures = EmbeddedPictures()
            assert pictures.text(PLAN) == ""
            assert pictures.unread == {embedded.TOO_MANY: 1}
    monkeypatch.setattr(embedded, "MOST_BYTES", 100)
    pictures = EmbeddedPictures()
    assert pictures.text(PLAN) == ""
    assert pictures.unread == {embedded.TOO_LARGE: 1}


def test_recognition_that_is_turned_off_is_said_once_with_the_count() -> None:
    token = ocr.CURRENT.set(ocr.Recogniser(ocr.OcrOptions(engine="off")))
    try:
        pictures = EmbeddedPictures()
        for number in range(3):
            assert pictures.text(scans.png(scans.drawn([f"Picture {number}"]))) == ""
    finally:
        ocr.CURRENT.reset(token)
    (section,) = pictures.remark_section()
    assert section.warning == "Pictures in this file that were not read: 3 (text recognition is turned off)."
