"""Files on their way in."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from core.errors import Invalid, TooLarge, UnsupportedType
from ingestion.incoming import Incoming, title_of
from ingestion.sniff import HEAD_BYTES


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    """An upload."""
    for piece in pieces:
        yield piece


async def test_it_is_counted_and_hashed_on_the_way() -> None:
    incoming = Incoming(stream(b"Some ", b"", b"text"), "a.md", 100)
    assert b"".join([piece async for piece in incoming.pieces()]) == b"Some text"
    assert incoming.size_bytes == 9
    assert incoming.sha256 == hashlib.sha256(b"Some text").hexdigest()
    assert incoming.mime_type == "text/markdown"


async def test_too_much_is_noticed_at_the_first_byte_beyond() -> None:
    pieces = Incoming(stream(b"x" * 1000, b"y" * 25, b"z"), "a.txt", 1024).pieces()
    assert len(await anext(pieces)) == 1000
    with pytest.raises(TooLarge, match="1 KB"):
        await anext(pieces)


async def test_the_wrong_kind_is_noticed_early() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(HEAD_BYTES - 10)
    pieces = Incoming(stream(picture, b"x" * 2, b"never read"), "a.pdf", 10**9).pieces()
    assert await anext(pieces) == picture
    with pytest.raises(UnsupportedType):
        await anext(pieces)


async def test_nothing_came() -> None:
    incoming = Incoming(stream(), "a.txt", 100)
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
