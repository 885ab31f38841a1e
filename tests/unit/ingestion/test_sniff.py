"""What a file is, whatever it is called."""

import io
import zipfile

import pytest

from core.errors import Invalid, UnsupportedType
from ingestion.sniff import DOCX, HEAD_BYTES, HTML, MARKDOWN, PDF, TAIL_BYTES, TEXT, sniff
from tests import documents as files


def named(data: bytes, filename: str) -> str:
    """The type of a whole file."""
    return sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], filename)


def archive(*names: str) -> bytes:
    """A zip with these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in names:
            target.writestr(name, "x" * 10_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "filename", "mime_type"),
    [
        (files.HANDBOOK, "handbook.pdf", PDF),
        (files.HANDBOOK, "handbook.docx", PDF),
        (b"junk before it\n" + files.HANDBOOK, "handbook.txt", PDF),
        (files.word(["Text"]), "report.docx", DOCX),
        (files.word(["Text"]), "report.pdf", DOCX),
        (archive("a.bin", "b.bin", "word/document.xml"), "late.docx", DOCX),
        (b"<!DOCTYPE html><p>Hi</p>", "page.html", HTML),
        (b"\xef\xbb\xbf \n<!-- a --><HTML lang='en'>", "page.txt", HTML),
        ("<html>\n".encode("utf-16"), "page", HTML),
        (b"# Title", "README.MD", MARKDOWN),
        (b"# Title", "README", TEXT),
        (b"plain", "page.html", TEXT),
        (b"plain", "report.pdf", TEXT),
        ("Grüße".encode("latin-1"), "a.txt", TEXT),
        ("日本語のテキスト".encode("shift_jis"), "a.txt", TEXT),
        ("Dogs are the best".encode("utf-16-le"), "a.txt", TEXT),
        ("Dogs are the best".encode("utf-32"), "a.txt", TEXT),
        ("é".encode()[:1] + b" cut", "a.txt", TEXT),
    ],
)
def test_content_decides(data: bytes, filename: str, mime_type: str) -> None:
    assert named(data, filename) == mime_type


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"GIF89a" + bytes(100),
        b"\x7fELF" + bytes(100),
        b"MZ" + bytes(100),
        b"{\\rtf1\\ansi Text}",
        b"%!PS-Adobe-3.0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        archive("xl/workbook.xml"),
        archive("holiday.jpg"),
        bytes(range(256)) * 20,
        b"text with a NUL \x00 in it",
    ],
)
@pytest.mark.parametrize("filename", ["a.pdf", "a.txt", "a.docx"])
def test_the_rest_is_refused(data: bytes, filename: str) -> None:
    with pytest.raises(UnsupportedType):
        named(data, filename)


def test_an_archive_still_arriving_may_be_a_word_file() -> None:
    assert sniff(archive("a.bin")[:HEAD_BYTES], b"", "a.docx") == DOCX


def test_nothing_is_nothing() -> None:
    with pytest.raises(Invalid):
        named(b"", "a.pdf")
