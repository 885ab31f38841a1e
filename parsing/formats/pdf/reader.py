"""PDF by pypdfium2: each page's text layer, or what is recognised in its picture, and pictures of pages. Runs in a child process only."""

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from core.errors import DocumentUnreadable
from parsing.formats.images.reader import png_of, why_empty
from parsing.formats.pdf import xfa
from parsing.formats.pdf.attachments import ParseAttachment
from parsing.formats.pdf.page import PageReader, picture_of
from parsing.parser_input import InMemoryFile, OpenFile, ParserInput
from parsing.types import Section
from parsing.visibility.report import ONLY_HIDDEN

ENCRYPTED = "This PDF is protected with a password. Save it without one and upload it again."
DAMAGED = "This PDF is damaged and cannot be opened."
NO_PAGES = "This PDF has no pages."
NO_TEXT = "This PDF holds no text: its pages are empty, or no writing could be recognised on them."
ONLY_PICTURES = "This PDF holds pictures of pages and no text, and text recognition is turned off."
XFA = "This PDF is a form that only Adobe Reader can show. Print it to a new PDF there and upload that."
XFA_VALUES = (
    "This PDF is a form that only Adobe Reader can show: what was filled in was read, its own words were not. Print it to a new "
    "PDF there and upload that."
)

REASONS = {
    pdfium_c.FPDF_ERR_PASSWORD: ENCRYPTED,
    pdfium_c.FPDF_ERR_SECURITY: ENCRYPTED,
    pdfium_c.FPDF_ERR_SUCCESS: NO_PAGES,  # nothing is wrong with it, and yet it does not open
}
MOST_PAGES = 20_000
TOO_MANY_PAGES = f"Only the first {MOST_PAGES:,} of {{pages:,}} pages were read."


def parse(
    source: ParserInput,
    on_progress: Callable[[int, int], None],
    first_page: int = 1,
    parse_attachment: ParseAttachment | None = None,
) -> Iterator[Section]:
    """Every page as a section, empty ones too, so that section n is page n; then the files inside it.

    Args:
        first_page: the pages before it are left out, and nothing is said of a text that the others lack.
        parse_attachment: reads a file inside, see ``parsing.registry.parse``.

    Raises:
        DocumentUnreadable: encrypted, damaged, without pages or without text.
    """
    with _opened(source) as document, _form(document) as form:
        reader = PageReader(document, form)
        has_text, is_any_hidden, warnings = first_page > 1, False, []
        for section in _sections(reader, on_progress, first_page, parse_attachment):
            has_text = has_text or bool(section.text.strip())
            warnings.extend([section.warning] if section.warning else [])
            is_any_hidden = is_any_hidden or bool(section.hidden)
            yield section
    if not has_text:
        empty = ONLY_HIDDEN if is_any_hidden else NO_TEXT
        raise DocumentUnreadable(why_empty(warnings, ONLY_PICTURES, DAMAGED, empty))


def _sections(
    reader: PageReader,
    on_progress: Callable[[int, int], None],
    first_page: int,
    parse_attachment: ParseAttachment | None,
) -> Iterator[Section]:
    document = reader.document
    pages = min(len(document), MOST_PAGES)
    on_progress(first_page - 1, pages)
    for page in range(first_page, pages + 1):
        section = reader.section(page)
        if page == MOST_PAGES < len(document):
            section = section.model_copy(update={"warning": TOO_MANY_PAGES.format(pages=len(document))})
        if page == 1 and xfa.is_placeholder(document, section.text):
            section = _filled_in(document)
        yield section
        on_progress(page, pages)
    if parse_attachment:
        for section in reader.attached.sections(document, pages + 1, parse_attachment):
            yield section
            on_progress(pages, pages)  # each has a page's time


def render(source: ParserInput, page: int, width_px: int) -> bytes:
    """A page (1-based) as a PNG of this width, forms drawn in.

    Raises:
        DocumentUnreadable: there is no such page, or it cannot be drawn.
    """
    with _opened(source) as document, _form(document):
        try:
            pdf_page = document[page - 1]
        except (pdfium.PdfiumError, IndexError) as error:
            raise DocumentUnreadable("This page cannot be drawn.") from error
        return png_of(picture_of(pdf_page, width_px / max(pdf_page.get_width(), 1)))


def _opened(source: ParserInput) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(_for_pdfium(source))
    except pdfium.PdfiumError as error:
        raise DocumentUnreadable(REASONS.get(error.err_code, DAMAGED)) from error
    if len(document) == 0:
        raise DocumentUnreadable(NO_PAGES)
    return document


def _for_pdfium(source: ParserInput) -> bytes | Path | io.BufferedReader:
    if isinstance(source, InMemoryFile):
        return source.data
    return source.open() if isinstance(source, OpenFile) else source


@contextlib.contextmanager
def _form(document: pdfium.PdfDocument) -> Iterator[pdfium.PdfFormEnv | None]:
    """The form in a document; None when it has none."""
    if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
        document.init_forms()
    yield document.formenv


def _filled_in(document: pdfium.PdfDocument) -> Section:
    """What was filled into a form that only Adobe's programs can show."""
    text = xfa.values(document)
    if not text:
        raise DocumentUnreadable(XFA)
    return Section(number=1, page=1, text=text, warning=XFA_VALUES)
