"""Zips are judged before they are unpacked."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from parsing.types import Section

from core.errors import DocumentUnreadable
from parsing.formats.ooxml import package
from parsing.parser_input import InMemoryFile
from tests import documents as files
from tests import office

Read = Callable[..., list[Section]]
MAKERS: dict[str, tuple[bytes, str]] = {
    "Word file": (files.word(["Text."]), "word/document.xml"),
    "PowerPoint file": (
        office.presentation(lambda shown: shown.slides.add_slide(shown.slide_layouts[0])),
        "ppt/slides/slide1.xml",
    ),
    "Excel workbook": (office.workbook(One=[["a"]]), "xl/workbook.xml"),
    "OpenDocument file": (office.open_text(["Text."], heading="H"), "content.xml"),
    "EPUB book": (office.book(["<p>Text.</p>"]), "OPS/book.opf"),
}


@pytest.mark.parametrize("noun", MAKERS)
def test_what_unpacks_to_far_more_is_not_opened(read: Read, noun: str) -> None:
    data, part = MAKERS[noun]
    bomb = office.rezipped(data, lambda name, content: content + b" " * 20_000_000 if name == part else content)
    with pytest.raises(DocumentUnreadable, match=f"This {noun} unpacks to far more"):
        read(bomb)


@pytest.mark.parametrize("noun", MAKERS)
def test_locked_zips_say_so(read: Read, noun: str) -> None:
    data = bytearray(MAKERS[noun][0])
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := data.find(mark, start + 1)) >= 0:
            (flags,) = struct.unpack_from("<H", data, start + at)
            struct.pack_into("<H", data, start + at, flags | 1)
    with pytest.raises(DocumentUnreadable, match=f"This {noun} is protected with a password"):
        read(bytes(data))


@pytest.mark.parametrize("noun", MAKERS)
def test_damaged_zips_say_so(read: Read, noun: str) -> None:
    data, part = MAKERS[noun]
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        entry = source.getinfo(part)
    start = entry.header_offset + 30 + len(part)
    broken = data[:start] + bytes(entry.compress_size) + data[start + entry.compress_size :]
    with pytest.raises(DocumentUnreadable, match=f"This {noun} is damaged"):
        read(broken)


def test_too_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_ENTRIES", 3)
    with (
        pytest.raises(DocumentUnreadable, match="far too many parts"),
        package.opened(InMemoryFile(MAKERS["Word file"][0]), "Word file"),
    ):
        pass


def test_parts_lead_to_parts() -> None:
    with package.opened(InMemoryFile(MAKERS["PowerPoint file"][0]), "PowerPoint file") as opened:
        found = {kind: target for _, kind, target in opened.related("ppt/slides/slide1.xml")}
    assert found["slideLayout"].startswith("ppt/slideLayouts/")


def test_a_part_is_searched_without_being_held() -> None:
    import re

    data = office.zipped({"a.xml": b"x" * (package.SCAN_BYTES - 5) + b"<m r='12'/>" + b"y" * 10 + b"<m r='13'/>"})
    with package.opened(InMemoryFile(data), "Excel workbook") as opened:
        assert opened.scan("a.xml", re.compile(rb"<m r='(\d+)'"), 9) == [b"12", b"13"]
        assert opened.scan("none.xml", re.compile(rb"x"), 9) == []
