"""Is it text, and of which flavour: a name may decide between flavours, the bytes decide whether it can be true."""

import re
from pathlib import PurePath

from core.errors import UnsupportedType
from parsing.sniff.mime import CSV, EML, HTML, JSON, MARKDOWN, MBOX, TEXT, XML
from parsing.sniff.utf import wide_encoding

MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd")
CSV_SUFFIXES = (".csv", ".tsv", ".tab", ".psv", ".xls", ".xlsx")  # programs write text and call it Excel
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson", ".geojson", ".json5", ".webmanifest", ".ipynb")
HTML_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")
MAIL_SUFFIXES = (".eml", ".mht", ".mhtml", ".mail")
NEVER_TEXT = (
    ".pdf",
    ".docx",
    ".pptx",
    ".odt",
    ".ods",
    ".odp",
    ".epub",
    ".msg",
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".heic",
    ".avif",
)

HTML_START = re.compile(
    r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|table|div)\b",
    re.IGNORECASE | re.DOTALL,
)
HTML_TAG = re.compile(r"<(?:p|div|span|table|meta|title|h[1-6]|ul|ol|a|br|article|section|body)\b", re.IGNORECASE)
XML_START = re.compile(r"\A\s*<(?:\?xml\b|!DOCTYPE\s|!--)", re.IGNORECASE)
XML_TAG = re.compile(r"\A\s*<[\w:.-]+[\s/>]")
JSON_START = re.compile(r"""\A\s*(?:\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*\{\s*"|\{\s*\}|\[\s*\])""")
JSON_VALUE = re.compile(r"\A\s*[\[{\"\d-]")
MAIL_FIELD = re.compile(r"^([!-9;-~]{1,80}):(?:[ \t]|$)", re.MULTILINE)
MAIL_FIELDS = {
    *("from", "to", "cc", "subject", "date", "received", "message-id", "mime-version", "content-type", "return-path"),
    *("delivered-to", "reply-to", "sender", "dkim-signature", "x-mailer", "content-transfer-encoding"),
}
TELLING_FIELDS = {"from", "received", "message-id", "mime-version", "return-path", "delivered-to"}
MBOX_LINE = re.compile(r"\AFrom \S.*\d{4}\s*$", re.MULTILINE)

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
    if HTML_START.match(start) or (suffix in HTML_SUFFIXES and HTML_TAG.search(start)):
        return HTML
    if XML_START.match(start):
        return HTML if HTML_TAG.search(start) and "<html" in start.lower() else XML
    if mail := _mail(start, suffix):
        return mail
    if suffix in MARKDOWN_SUFFIXES:
        return MARKDOWN
    if suffix in CSV_SUFFIXES:
        return CSV
    if (suffix in JSON_SUFFIXES and JSON_VALUE.match(start)) or JSON_START.match(start):
        return JSON
    if suffix == ".xml" and XML_TAG.match(start):
        return XML
    if suffix in NEVER_TEXT:
        raise UnsupportedType(f"This file is damaged: its name ends in “{suffix}”, but it holds plain text.")
    return TEXT


def _mail(start: str, suffix: str) -> str | None:
    if MBOX_LINE.match(start) and _is_mail(start.split("\n", 1)[-1], suffix):
        return MBOX
    return EML if _is_mail(start, suffix) else None


def _is_mail(start: str, suffix: str) -> bool:
    """True when it begins with lines like ``From: …``: three of them, or one in a file that is named as mail."""
    fields = re.split(r"\r?\n\r?\n", start.lstrip(), maxsplit=1)[0]
    if not MAIL_FIELD.match(fields):
        return False
    found = {name.lower() for name in MAIL_FIELD.findall(fields)}
    if suffix in MAIL_SUFFIXES:
        return bool(found & MAIL_FIELDS)
    return len(found & MAIL_FIELDS) >= 3 and bool(found & TELLING_FIELDS)


def _start(head: bytes) -> str:
    """The first characters, as far as the ASCII among them goes."""
    for mark, encoding in ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            return head[: len(head) // 4 * 4].decode(encoding, "replace")
    encoding = wide_encoding(head) or "latin-1"
    return head.removeprefix(b"\xef\xbb\xbf").decode(encoding, "replace")
