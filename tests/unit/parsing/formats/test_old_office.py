"""Word and PowerPoint files of 1997 to 2003, and files with a password."""

import contextlib
import struct
from collections.abc import Callable

import olefile  # type: ignore[import-untyped]
import pytest

from core.errors import DocumentUnreadable
from parsing.formats.ole import pictures
from parsing.types import Section
from tests import office, scans

Read = Callable[..., list[Section]]


def test_old_word_files(read: Read) -> None:
    words = "First.\rSee \x13 HYPERLINK \x14the page\x15.\rKind\x07Days\x07\x07annual\x0728\x07\x07Last\x1eone.\r"
    (section,) = read(office.old_word(words, wide="Größe 日本"))
    assert section.text == "First.\n\nSee the page.\n\nKind | Days\nannual | 28\n\nLast-one.\n\nGröße 日本"
    assert [block.kind for block in section.blocks] == ["paragraph", "paragraph", "table", "paragraph", "paragraph"]


def test_notes_of_old_slides_stand_with_their_slide(read: Read) -> None:
    first, second = read(
        office.old_slides(("Terns", "They are back."), ("Gulls", "They stayed."), notes="Speak slowly.")
    )
    assert first.text == "Terns\n\nThey are back.\n\nNotes: Speak slowly."
    assert second.text == "Gulls\n\nThey stayed."


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (office.locked_office(), "a.docx"),
        (office.locked_office(), "a.xlsx"),
        (office.locked_office(), "a"),
        (office.old_word("Text.", is_locked=True), "a.doc"),
        (office.old_slides(("a", "b"), is_locked=True), "a.ppt"),
    ],
)
def test_locked_files_say_so(read: Read, data: bytes, filename: str) -> None:
    with pytest.raises(DocumentUnreadable, match="protected with a password"):
        read(data, filename)


@pytest.mark.parametrize("name", ["a.doc", "a.ppt", "a.xls", "a.msg", "a"])
def test_files_of_no_known_kind_say_so(read: Read, name: str) -> None:
    with pytest.raises(DocumentUnreadable, match="newer format"):
        read(office.ole({"Other": bytes(5000)}), name)


@pytest.mark.parametrize("data", [office.old_word("Text."), office.old_slides(("a", "b")), office.outlook({0x37: "x"})])
def test_damaged_files_say_so(read: Read, data: bytes) -> None:
    for length in (700, 1500, len(data) - 600):
        with pytest.raises(DocumentUnreadable):
            read(data[:length], "a.doc")


def test_random_damage_is_a_clear_failure_or_text(read: Read) -> None:
    for data in (office.old_word("Text. " * 50), office.old_slides(*[("a", "b")] * 9)):
        for at in range(512, len(data) - 4, 97):
            with contextlib.suppress(DocumentUnreadable):
                assert read(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :], "a.doc")


def drawn(data: bytes, *, kind: int = 0xF01E) -> bytes:
    """A picture as a record of drawings."""
    return struct.pack("<HHI", 0x6E00, kind, len(data) + 17) + bytes(17) + data


PLAN = scans.png(scans.drawn(["Close valve V-17 first."]))


@pytest.mark.parametrize("stream", ["Data", "Pictures"])
def test_pictures_of_old_files(read: Read, stream: str) -> None:
    plain = office.old_word("The plan:\r") if stream == "Data" else office.old_slides(("The plan:", "x"))
    with olefile.OleFileIO(plain) as opened:
        streams = {path[0]: opened.openstream(path).read() for path in opened.listdir()}
    sections = read(office.ole(streams | {stream: b"before" + drawn(PLAN) + drawn(PLAN)}))
    assert sections[0].text.startswith("The plan:")
    assert "V-17" in sections[1].text
    assert sum(section.text.count("V-17") for section in sections) == 1


def test_a_picture_of_a_workbook_is_cut_into_pieces() -> None:
    whole = drawn(PLAN)
    pieces = [whole[at : at + 3000] for at in range(0, len(whole), 3000)]
    book = struct.pack("<HH", 0x0809, 4) + bytes(4)
    for number, piece in enumerate(pieces):
        book += struct.pack("<HH", 0x003C if number else 0x00EB, len(piece)) + piece
    assert list(pictures.pictures_in(b"".join(pictures._of_book(book)))) == [PLAN]
    assert list(pictures.pictures_in(b"\xff\xd8\xff" * 1000)) == []


def test_addresses_in_old_word_files(read: Read) -> None:
    words = (
        'See \x13 HYPERLINK "https://forms.example.org/7" \x14the form\x15 or \x13 HYPERLINK \\l "x" \x14below\x15.\r'
    )
    assert read(office.old_word(words))[0].text == "See the form (https://forms.example.org/7) or below."


def test_files_inside_old_files_are_said(read: Read) -> None:
    with olefile.OleFileIO(office.old_word("Our offer:\r")) as opened:
        streams = {path[0]: opened.openstream(path).read() for path in opened.listdir()}
    sections = read(office.ole(streams | {"MBD00000001/Workbook": bytes(100), "MBD00000002/Workbook": bytes(100)}))
    assert sections[0].text == "Our offer:"
    assert sections[-1].warning == "Files of other programs in this file that were not read: 2."


def packaged(name: str, data: bytes) -> bytes:
    """A file as other programs put it into a document."""
    path = name.encode() + b"\0"
    inner = (
        b"\x02\0"
        + path
        + path
        + b"\0\0\x03\0"
        + struct.pack("<I", len(path))
        + path
        + struct.pack("<I", len(data))
        + data
    )
    return office.ole({"\x01Ole10Native": struct.pack("<I", len(inner)) + inner})


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (packaged("offer.txt", b"Press HX-9 costs 48200."), "offer.txt"),
        (office.ole({"Package": office.workbook(Prices=[["Press HX-9 costs 48200."]])}), "object"),
        (office.ole({"CONTENTS": b"Press HX-9 costs 48200. " * 10}), "object"),
    ],
)
def test_objects_hold_files_of_any_kind(read: Read, data: bytes, name: str) -> None:
    (section,) = read(data, "oleObject1.bin")
    assert section.path[0] == name
    assert "Press HX-9 costs 48200." in section.text
