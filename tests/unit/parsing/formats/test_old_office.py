"""Word and PowerPoint files of 1997 to 2003, and files with a password."""

import contextlib
from collections.abc import Callable

import pytest
from parsing.types import Section

from core.errors import DocumentUnreadable
from tests import office

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
