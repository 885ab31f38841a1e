"""Which parser reads which type."""

import importlib
import zipfile
from collections.abc import Callable, Iterator

from core.errors import DocumentUnreadable
from parsing.encoding import NO_TEXT
from parsing.formats.data import json, xml
from parsing.formats.html import epub, markdown
from parsing.formats.html import reader as html
from parsing.formats.images import reader as images
from parsing.formats.mail import eml
from parsing.formats.ole import msg
from parsing.formats.ole import reader as ole
from parsing.formats.ooxml import docx, pptx, xlsx
from parsing.formats.opendocument import reader as opendocument
from parsing.formats.pdf import reader as pdf
from parsing.formats.text import csv, plain, rtf, source_code
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
    ODG,
    ODP,
    ODS,
    ODT,
    OLE,
    OLE_OBJECT,
    PDF,
    PPT,
    PPTX,
    RTF,
    SOURCE,
    TEXT,
    XLS,
    XLSX,
    XML,
)
from parsing.storable import storable_section
from parsing.types import Section
from parsing.visibility.report import ONLY_HIDDEN
from parsing.visibility.unseen import without_unseen

Progress = Callable[[int, int], None]
Parser = Callable[[ParserInput, Progress], Iterator[Section]]

PARSERS: dict[str, Parser] = {
    PDF: lambda source, on_progress: pdf.parse(source, on_progress, parse_attachment=parse),
    DOCX: lambda source, on_progress: docx.parse(source, on_progress, parse),
    PPTX: lambda source, on_progress: pptx.parse(source, on_progress, parse),
    XLSX: lambda source, on_progress: xlsx.parse(source, on_progress, parse),
    ODT: lambda source, on_progress: opendocument.parse(source, on_progress, parse),
    ODS: lambda source, on_progress: opendocument.parse(source, on_progress, parse),
    ODP: lambda source, on_progress: opendocument.parse(source, on_progress, parse),
    ODG: lambda source, on_progress: opendocument.parse(source, on_progress, parse),
    EPUB: epub.parse,
    DOC: ole.parse_doc,
    PPT: ole.parse_ppt,
    XLS: ole.parse_xls,
    OLE_OBJECT: lambda source, _: ole.parse_object(source, parse),
    MSG: lambda source, _: msg.parse(source, parse),
    RTF: rtf.parse,
    EML: lambda source, _: eml.parse(source, parse),
    MBOX: lambda source, _: eml.parse_mailbox(source, parse),
    HTML: html.parse,
    MARKDOWN: markdown.parse,
    CSV: csv.parse,
    JSON: json.parse,
    XML: xml.parse,
    TEXT: plain.parse,
    SOURCE: source_code.parse,
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


def parse(source: ParserInput, mime_type: str, on_progress: Progress, first_page: int = 1) -> Iterator[Section]:
    """Sections of a file of a type found by ``parsing.sniff.sniff``, fit to be stored, without what its readers do not see.

    Args:
        first_page: for formats with pages (``parsing.sniff.mime.PAGED``); what stands before it is passed over.

    Raises:
        DocumentUnreadable: it holds no text, or none can be had; possibly after the first sections. A file that is not read from
            its first page may hold none.
    """
    if size_of(source) == 0:
        raise DocumentUnreadable("The file is empty.")
    has_text = is_any_hidden = False
    warning: str | None = None
    for parsed in _parsed(source, mime_type, on_progress, first_page):
        section = without_unseen(storable_section(parsed))
        has_text, is_any_hidden = has_text or bool(section.text.strip()), is_any_hidden or bool(section.hidden)
        warning = warning or section.warning
        yield section
    if not has_text and first_page == 1:
        raise DocumentUnreadable(warning or (ONLY_HIDDEN if is_any_hidden else NO_TEXT))


def _parsed(source: ParserInput, mime_type: str, on_progress: Progress, first_page: int) -> Iterator[Section]:
    if first_page > 1:
        if mime_type == PDF:
            return pdf.parse(source, on_progress, first_page, parse)
        return images.parse(source, on_progress, first_page)
    return PARSERS[_settled(source, mime_type)](source, on_progress)


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
