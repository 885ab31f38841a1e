"""Files on their way in."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from core.errors import Invalid, QuotaExceeded, TooLarge, UnsupportedType
from core.settings import UploadSettings
from ingestion.documents.incoming import Incoming, title_of
from ingestion.documents.quotas import Headroom
from parsing.sniff.sniff import HEAD_BYTES
from tests.documents import word

HEADROOM = Headroom(UploadSettings())


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    """An upload."""
    for piece in pieces:
        yield piece


async def test_it_is_counted_and_hashed_on_the_way() -> None:
    incoming = Incoming(stream(b"Some ", b"", b"text"), "a.md", HEADROOM)
    assert b"".join([piece async for piece in incoming.pieces()]) == b"Some text"
    assert incoming.size_bytes == 9
    assert incoming.sha256 == hashlib.sha256(b"Some text").hexdigest()
    assert incoming.mime_type == "text/markdown"


async def test_too_much_is_noticed_at_the_first_byte_beyond() -> None:
    pieces = Incoming(stream(b"x" * 1000, b"y" * 25, b"z"), "a.txt", Headroom(UploadSettings(max_bytes=1024))).pieces()
    assert len(await anext(pieces)) == 1000
    with pytest.raises(TooLarge, match="1 KB"):
        await anext(pieces)


async def test_the_wrong_kind_is_noticed_early() -> None:
    program = b"\x7fELF" + bytes(HEAD_BYTES - 5)
    pieces = Incoming(stream(program, b"x" * 2, b"never read"), "a.pdf", HEADROOM).pieces()
    assert await anext(pieces) == program
    with pytest.raises(UnsupportedType):
        await anext(pieces)


async def test_more_than_the_person_may_keep_is_noticed_at_the_first_byte_beyond() -> None:
    pieces = Incoming(stream(b"x" * 1000, b"y" * 25), "a.txt", Headroom(UploadSettings(user_bytes=5000), 1024)).pieces()
    assert len(await anext(pieces)) == 1000
    with pytest.raises(QuotaExceeded, match=r"room for 1 KB more of the 4\.88 KB"):
        await anext(pieces)


async def test_a_kind_that_is_not_accepted_is_noticed_early() -> None:
    headroom = Headroom(UploadSettings(types="pdf,image"))
    pieces = Incoming(stream(b"Some words. " * 1000, b"never read"), "a.txt", headroom).pieces()
    with pytest.raises(UnsupportedType, match=r"\(text\) are not accepted here\. Accepted are: pdf, image\."):
        await anext(pieces)


async def test_an_office_file_is_judged_by_its_end() -> None:
    content = word(["Some words."])
    for types, is_accepted in (("document", True), ("spreadsheet", False)):
        incoming = Incoming(stream(content), "a.bin", Headroom(UploadSettings(types=types)))
        assert b"".join([piece async for piece in incoming.pieces()]) == content
        if is_accepted:
            assert incoming.mime_type.endswith("wordprocessingml.document")
        else:
            with pytest.raises(UnsupportedType):
                _ = incoming.mime_type


async def test_a_kind_may_have_a_lower_limit() -> None:
    headroom = Headroom(UploadSettings(type_bytes="text=1KB"))
    said = r"\(text\) are limited: it is larger than the 1 KB"
    incoming = Incoming(stream(b"Some words. " * 100), "a.txt", headroom)
    assert len([piece async for piece in incoming.pieces()]) == 1  # too short to be sure before its end
    with pytest.raises(TooLarge, match=said):
        _ = incoming.mime_type
    headroom = Headroom(UploadSettings(type_bytes="text=10KB"))
    pieces = Incoming(stream(b"x" * HEAD_BYTES, b"y" * HEAD_BYTES, b"never read"), "a.txt", headroom).pieces()
    assert len(await anext(pieces)) == HEAD_BYTES
    with pytest.raises(TooLarge, match=said.replace("1 KB", "10 KB")):
        await anext(pieces)


async def test_nothing_came() -> None:
    incoming = Incoming(stream(), "a.txt", HEADROOM)
    assert [piece async for piece in incoming.pieces()] == []
    with pytest.raises(Invalid):
        _ = incoming.mime_type


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("report.pdf", "report.pdf"),
        ("notes/2026/a.md", "notes/2026/a.md"),
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\Users\\me\\a.txt", "C:/Users/me/a.txt"),
        ("a\x00b\n\u202egpj.pdf", "abgpj.pdf"),
        ("", "document"),
        ("///", "document"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("re\u0301sume\u0301.pdf", "résumé.pdf"),
    ],
)
def test_titles_are_fit_to_be_shown(filename: str, title: str) -> None:
    assert title_of(filename) == title
