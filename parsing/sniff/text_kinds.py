"""Is it text, and of which flavour: a name may decide between flavours, the bytes decide whether it can be true."""

import re
from pathlib import PurePath

from core.errors import UnsupportedType
from parsing.sniff.mime import CSV, EML, HTML, JSON, MARKDOWN, MBOX, SOURCE, TEXT, XML
from parsing.sniff.suffixes import (
    CSV_SUFFIXES,
    HTML_SUFFIXES,
    JSON_SUFFIXES,
    MAIL_SUFFIXES,
    MARKDOWN_SUFFIXES,
    NEVER_TEXT,
    PROSE_SUFFIXES,
    SOURCE_NAMES,
    SOURCE_SUFFIXES,
    TEMPLATE_SUFFIXES,
    XML_SUFFIXES,
)
from parsing.sniff.utf import wide_encoding

# The first bytes of a file are looked at in the server's own process: each pattern here is linear, see tests/unit/test_patterns.py.
XML_MARK, COMMENT, COMMENT_END = "<?xml", "<!--", "-->"
INK = re.compile(r"\S")
HTML_FIRST = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta|table|div)\b", re.IGNORECASE)
PAGE_FIRST = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
HTML_TAG = re.compile(r"<(?:p|div|span|table|meta|title|h[1-6]|ul|ol|a|br|article|section|body)\b", re.IGNORECASE)
XML_FIRST = re.compile(r"\A\s*<(?:\?xml\b|!DOCTYPE\s)", re.IGNORECASE)
XML_TAG = re.compile(r"\A\s*<[\w:.-]+[\s/>]")
XML_NAMED = re.compile(r"\A\s*<[\w:.-]+\s[^<>]{0,2000}?\bxmlns\b")
JSON_START = re.compile(r"""\A\s*(?:\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*\{\s*"|\{\s*\}|\[\s*\])""")
JSON_VALUE = re.compile(r"\A\s*[\[{\"\d-]")
MAIL_FIELD = re.compile(r"^([!-9;-~]{1,80}):(?!//)", re.MULTILINE)  # a space behind the colon is usual, and no more
MAIL_FIELDS = {
    *("from", "to", "cc", "subject", "date", "received", "message-id", "mime-version", "content-type", "return-path"),
    *("delivered-to", "reply-to", "sender", "dkim-signature", "x-mailer", "content-transfer-encoding"),
}
MAIL_COUNT = re.compile(r"\A\d{1,10}[ \t]*+\r?\n")  # of bytes: how Apple Mail begins a message
TELLING_FIELDS = {"from", "received", "message-id", "mime-version", "return-path", "delivered-to"}
SENT_FIELDS = TELLING_FIELDS - {"from"}  # notes may begin with the others
MBOX_LINE = re.compile(r"\AFrom \S.*\d{4}\s*$", re.MULTILINE)

BLANK_LINE = re.compile(r"\r?\n\r?\n")

UTF_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
PRINTABLE_CONTROLS = b"\t\n\r\f\x1b\x08"
CONTROLS = bytes(code for code in range(32) if code not in PRINTABLE_CONTROLS)
MOST_CONTROLS = 0.01


def is_text(head: bytes) -> bool:
    """True when the first bytes of a file are characters in some encoding."""
    if head.startswith(UTF_MARKS) or wide_encoding(head) is not None:
        return True
    return b"\0" not in head and sum(head.count(control) for control in CONTROLS) <= MOST_CONTROLS * len(head)


def flavour(head: bytes, filename: str) -> str:
    """The MIME type of a text file.

    Raises:
        UnsupportedType: it is plain text and its name says that it is anything but.
    """
    start, suffix = _start(head), PurePath(filename).suffix.lower()
    if suffix in SOURCE_SUFFIXES or PurePath(filename).name.lower() in SOURCE_NAMES:
        return HTML if suffix not in TEMPLATE_SUFFIXES and PAGE_FIRST.match(_behind_comments(start) or "") else SOURCE
    if markup := _markup(start, suffix):
        return markup
    if mail := _mail(start, suffix):
        return mail
    if suffix in MARKDOWN_SUFFIXES:
        return MARKDOWN
    if suffix in CSV_SUFFIXES:
        return CSV
    if (suffix in JSON_SUFFIXES and JSON_VALUE.match(start)) or JSON_START.match(start):
        return JSON
    if suffix in NEVER_TEXT:
        raise UnsupportedType(f"This file is damaged: its name ends in “{suffix}”, but it holds plain text.")
    return TEXT


def _markup(start: str, suffix: str) -> str | None:
    """HTML or XML; None for what is neither.

    Comments and tags may begin a Markdown file or a text: those must begin as a whole page does, or say that they are XML.
    """
    first = _behind_comments(start)
    is_prose = suffix in MARKDOWN_SUFFIXES or suffix in PROSE_SUFFIXES
    if first is None:  # a comment, as far as can be seen
        return HTML if suffix in HTML_SUFFIXES else None if is_prose else XML
    if (PAGE_FIRST if is_prose else HTML_FIRST).match(first) or (suffix in HTML_SUFFIXES and HTML_TAG.search(start)):
        return HTML
    if XML_FIRST.match(start) or (not is_prose and _is_xml(start, first, suffix)):
        return HTML if HTML_TAG.search(start) and "<html" in start.lower() else XML
    return None


def _is_xml(start: str, first: str, suffix: str) -> bool:
    """True for a tag at its beginning, where a comment, the tag itself or the name makes sure that it is one of XML."""
    if not XML_TAG.match(first):
        return False
    return suffix in XML_SUFFIXES or start.lstrip().startswith(COMMENT) or XML_NAMED.match(first) is not None


def _behind_comments(start: str) -> str | None:
    """The text from the first thing on that is neither space, nor XML's declaration, nor a comment; None when a comment does not end."""
    position = _ink(start, 0)
    if start[position : position + len(XML_MARK)].lower() == XML_MARK:
        position = _ink(start, start.find(">", position) + 1 or len(start))
    while start.startswith(COMMENT, position):
        end = start.find(COMMENT_END, position + 2)  # "<!-->" is one, too
        if end < 0:
            return None
        position = _ink(start, end + len(COMMENT_END))
    return start[position:]


def _ink(text: str, position: int) -> int:
    """Where the next character is that is no space; the end, when there is none."""
    found = INK.search(text, position)
    return found.start() if found else len(text)


def _mail(start: str, suffix: str) -> str | None:
    if MBOX_LINE.match(start) and _is_mail(start.split("\n", 1)[-1], suffix):
        return MBOX
    return EML if _is_mail(start, suffix) else None


def _is_mail(start: str, suffix: str) -> bool:
    """True when it begins with lines like ``From: …``: three of them, or one in a file that is named as mail."""
    fields = BLANK_LINE.split(MAIL_COUNT.sub("", start.lstrip(), 1), maxsplit=1)[0]
    if not MAIL_FIELD.match(fields):
        return False
    found = {name.lower() for name in MAIL_FIELD.findall(fields)}
    if suffix in MAIL_SUFFIXES:
        return bool(found & MAIL_FIELDS)
    if suffix in MARKDOWN_SUFFIXES and not found & SENT_FIELDS:
        return False
    return len(found & MAIL_FIELDS) >= 3 and bool(found & TELLING_FIELDS)


def _start(head: bytes) -> str:
    """The first characters, as far as the ASCII among them goes."""
    for mark, encoding in ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            return head[: len(head) // 4 * 4].decode(encoding, "replace")
    encoding = wide_encoding(head) or "latin-1"
    return head.removeprefix(b"\xef\xbb\xbf").decode(encoding, "replace")
