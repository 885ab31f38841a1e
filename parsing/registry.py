"""Which parser reads which type."""

import importlib
import zipfile
from collections.abc import Callable, Iterator

from core.errors import DocumentUnreadable
from parsing.formats.html import epub, markdown
from parsing.formats.html import reader as partition
from parsing.formats.images import reader as images
from parsing.formats.mail import eml
from parsing.formats.ole import reader as legacy
from parsing.formats.ooxml import docx, pptx, xlsx
from parsing.formats.opendocument import reader as opendocument
from parsing.formats.pdf import reader as pdf
from parsing.formats.text import csv, json_xml, rtf
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
from parsing.visibility import ONLY_HIDDEN, without_unseen

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
    DOC: legacy.parse,
    PPT: legacy.parse,
    XLS: legacy.parse,
    MSG: legacy.parse,
    OLE: legacy.parse,
    RTF: rtf.parse,
    EML: eml.parse,
    MBOX: eml.parse_mailbox,
    HTML: partition.parse_html,
    MARKDOWN: markdown.parse,
    CSV: csv.parse,
    JSON: json_xml.parse_json,
    XML: json_xml.parse_xml,
    TEXT: partition.parse_text,
}
PARSERS |= dict.fromkeys(IMAGES, images.parse)
ZIPS = (DOCX, PPTX, XLSX)
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
        raise DocumentUnreadable(ONLY_HIDDEN if is_any_hidden else partition.NO_TEXT)


def warm_up() -> None:
    """Load what the parsers load at first use."""
    partition.warm_up()
    for name in LOADED_LATE:
        importlib.import_module(name)


def _settled(source: ParserInput, mime_type: str) -> str:
    """The type again, where the whole file tells more than its ends did: the list of a large zip is longer than they are."""
    if mime_type not in ZIPS:
        return mime_type
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            return containers.type_by_names(archive.namelist()) or mime_type
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return mime_type
