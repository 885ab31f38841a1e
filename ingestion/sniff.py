"""What a file is, told by its bytes. A name decides nothing but which flavour of text it is; no file is opened here."""

import re
from pathlib import PurePath

import filetype

from core.errors import Invalid, UnsupportedType

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"

HEAD_BYTES = 8192
TAIL_BYTES = 65_536  # where a zip lists its entries
READABLE = "PDF, Word (DOCX), HTML, Markdown and text files can be read"

ZIP = b"PK\x03\x04"
PDF_WITHIN = 1024
WORD_ENTRY = b"word/document"
MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
HTML_START = re.compile(
    rb"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
UTF_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
NOT_PROSE = (b"{\\rtf", b"%!PS", b"From ", b"\x1f\x8b")
PRINTABLE_CONTROLS = b"\t\n\r\f\x1b\x08"
CONTROLS = bytes(code for code in range(32) if code not in PRINTABLE_CONTROLS)
MOST_CONTROLS = 0.01


def sniff(head: bytes, tail: bytes, filename: str) -> str:
    """The MIME type of a file.

    Args:
        head: its first bytes, up to HEAD_BYTES.
        tail: its last bytes, up to TAIL_BYTES; empty while it is still arriving, and then a zip passes for a Word file.

    Raises:
        Invalid: it is empty.
        UnsupportedType: nothing here can read it.
    """
    if not head:
        raise Invalid("The file is empty.")
    if b"%PDF-" in head[:PDF_WITHIN]:
        return PDF
    if head.startswith(ZIP):
        if tail and WORD_ENTRY not in tail and WORD_ENTRY not in head:
            raise UnsupportedType(f"This is an archive or an office file of another kind; {READABLE}.")
        return DOCX
    if filetype.guess(head) is not None or head.startswith(NOT_PROSE) or not _is_text(head):
        raise UnsupportedType(f"This kind of file cannot be read; {READABLE}.")
    return _flavour(head, filename)


def _is_text(head: bytes) -> bool:
    if head.startswith(UTF_MARKS) or _is_wide(head):
        return True
    return b"\0" not in head and sum(head.count(control) for control in CONTROLS) <= MOST_CONTROLS * len(head)


def _is_wide(head: bytes) -> bool:
    """UTF-16 or UTF-32 without a mark: NUL bytes stand at the same places throughout."""
    return any(
        len(head) >= 8
        and head[offset::width].count(0) > 0.6 * len(head[offset::width])
        and head[keep::width].count(0) == 0
        for width, offset, keep in ((2, 0, 1), (2, 1, 0), (4, 1, 0), (4, 2, 3))
    )


def _flavour(head: bytes, filename: str) -> str:
    plain = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    if HTML_START.match(plain):
        return HTML
    return MARKDOWN if PurePath(filename).suffix.lower() in MARKDOWN_SUFFIXES else TEXT
