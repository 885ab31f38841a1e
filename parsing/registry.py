"""Which parser reads which type."""

import importlib
import zipfile
from collections.abc import Callable, Iterator

from core.errors import DocumentUnreadable
from parsing.encoding import NO_TEXT
from parsing.formats.html import epub, markdown
from parsing.formats.html import reader as html
from parsing.formats.images import reader as images
from parsing.formats.mail import eml
from parsing.formats.ole import msg
from parsing.formats.ole import reader as ole
from parsing.formats.ooxml import docx, pptx, xlsx
from parsing.formats.opendocument import reader as opendocument
from parsing.formats.pdf import reader as pdf
from parsing.formats.text import csv, json_xml, plain, rtf
from parsing.parser_input import ParserInput, size_of
from parsing.sniff import containers
from parsing.sniff.mime import (
    CSV,
    DOC,
    DOCX,
    EML,
    EPUB,
    HTML,
    IMAGES,
    JSON,
    MARKDOWN,
    MBOX,
    MSG,
    ODP,
    ODS,
    ODT,
    OLE,
    PDF,
    PPT,
    PPTX,
    RTF,
    TEXT,
    XLS,
    XLSX,
    XML,
)
from parsing.types import Section
from parsing.visibility.report import ONLY_HIDDEN
from parsing.visibility.unseen import without_unseen

Parser = Callable[[ParserInput, Callable[[int, int], None]], Iterator[Section]]

PARSERS: dict[str, Parser] = {
    PDF: pdf.parse,
    DOCX: docx.parse,
    PPTX: pptx.parse,
    XLSX: xlsx.parse,
    ODT: opendocument.parse,
    ODS: opendocument.parse,
    ODP: opendocument.parse,
    EPUB: epub.parse,
    DOC: ole.parse_doc,
    PPT: ole.parse_ppt,
    XLS: ole.parse_xls,
    MSG: lambda source, _: msg.parse(source, parse),
    RTF: rtf.parse,
    EML: lambda source, _: eml.parse(source, parse),
    MBOX: lambda source, _: eml.parse_mailbox(source, parse),
    HTML: html.parse,
    MARKDOWN: markdown.parse,
    CSV: csv.parse,
    JSON: json_xml.parse_json,
    XML: json_xml.parse_xml,
    TEXT: plain.parse,
}
PARSERS |= dict.fromkeys(IMAGES, images.parse)
ZIPS = (DOCX, PPTX, XLSX)
OLES = (DOC, PPT, XLS, MSG, OLE)
LOADED_LATE = (  # what the libraries import at first use
    "charset_normalizer.cd",
    "encodings.cp1252",
    "encodings.utf_16",
    "encodings.gb18030",
    "encodings.cp932",
    "encodings.cp1251",
)


def parse(source: ParserInput, mime_type: str, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """Sections of a file of a type found by ``parsing.sniff.sniff``.

    Raises:
        DocumentUnreadable: it holds no text, or none can be had; possibly after the first sections.
    """
    if size_of(source) == 0:
        raise DocumentUnreadable("The file is empty.")
    has_text = is_any_hidden = False
    for parsed in PARSERS[_settled(source, mime_type)](source, on_progress):
        section = without_unseen(parsed)
        has_text, is_any_hidden = has_text or bool(section.text.strip()), is_any_hidden or bool(section.hidden)
        yield section
    if not has_text:
        raise DocumentUnreadable(ONLY_HIDDEN if is_any_hidden else NO_TEXT)


def warm_up() -> None:
    """Load what the parsers load at first use."""
    html.warm_up()
    for name in LOADED_LATE:
        importlib.import_module(name)


def _settled(source: ParserInput, mime_type: str) -> str:
    """The type again, where the whole file tells more than its ends did: the list of a large zip is longer than they are."""
    if mime_type in OLES:
        return ole.kind_of(source)
    if mime_type not in ZIPS:
        return mime_type
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            return containers.type_by_names(archive.namelist()) or mime_type
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return mime_type
