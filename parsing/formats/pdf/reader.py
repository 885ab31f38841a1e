"""PDF by pypdfium2: each page's text layer, or what is recognised in its picture, and pictures of pages. Runs in a child process only."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from core.errors import DocumentUnreadable
from parsing.formats.images import ocr
from parsing.formats.images.reader import MOST_PIXELS, PAGE_DAMAGED, WARNING, png_of, why_empty
from parsing.formats.pdf import text as pdf_text
from parsing.formats.pdf import visibility as pdf_hidden
from parsing.formats.pdf.annotations import Note, notes
from parsing.formats.pdf.repair import is_meaningless
from parsing.parser_input import InMemoryFile, ParserInput
from parsing.types import Section, Word
from parsing.visibility import MARKED, ONLY_HIDDEN, Hidden, sentence

ENCRYPTED = "This PDF is protected with a password. Save it without one and upload it again."
DAMAGED = "This PDF is damaged and cannot be opened."
NO_PAGES = "This PDF has no pages."
NO_TEXT = "This PDF holds no text: its pages are empty, or no writing could be recognised on them."
ONLY_PICTURES = "This PDF holds pictures of pages and no text, and text recognition is turned off."
XFA = "This PDF is a form that only Adobe Reader can show. Print it to a new PDF there and upload that."
XFA_FORMS = (pdfium_c.FORMTYPE_XFA_FULL, pdfium_c.FORMTYPE_XFA_FOREGROUND)
XFA_NOTICE = "please wait"  # what such a form says to all other programs
TOO_LARGE = "it needs more memory than is allowed"
CODES_ONLY = "its text is stored without the letters that it shows"

REASONS = {
    pdfium_c.FPDF_ERR_PASSWORD: ENCRYPTED,
    pdfium_c.FPDF_ERR_SECURITY: ENCRYPTED,
    pdfium_c.FPDF_ERR_SUCCESS: NO_PAGES,  # nothing is wrong with it, and yet it does not open
}
POINTS_PER_INCH = 72
FEW_LETTERS = 60  # on a page that is one picture: a stamp, a page number, the name of the scanner
WHOLE_PAGE = 0.6  # of the page under its largest picture


def parse(source: ParserInput, on_progress: Callable[[int, int], None], first_page: int = 1) -> Iterator[Section]:
    """Every page as a section, empty ones too, so that section n is page n.

    Args:
        first_page: the pages before it are left out, and nothing is said of a text that the others lack.

    Raises:
        DocumentUnreadable: encrypted, damaged, without pages or without text.
    """
    with _opened(source) as document, _form(document) as form:
        pages = len(document)
        on_progress(first_page - 1, pages)
        has_text, is_any_hidden, warnings = first_page > 1, False, []
        for page in range(first_page, pages + 1):
            section = _section(document, form, page)
            has_text = has_text or bool(section.text.strip())
            warnings.extend([section.warning] if section.warning else [])
            is_any_hidden = is_any_hidden or bool(section.hidden)
            if pages == 1 and document.get_formtype() in XFA_FORMS and XFA_NOTICE in section.text[:300].casefold():
                raise DocumentUnreadable(XFA)
            yield section
            on_progress(page, pages)
    if not has_text:
        empty = ONLY_HIDDEN if is_any_hidden else NO_TEXT
        raise DocumentUnreadable(why_empty(warnings, ONLY_PICTURES, DAMAGED, empty))


def render(path: Path, page: int, width_px: int) -> bytes:
    """A page (1-based) as a PNG of this width, forms drawn in.

    Raises:
        DocumentUnreadable: there is no such page, or it cannot be drawn.
    """
    with _opened(path) as document, _form(document):
        try:
            pdf_page = document[page - 1]
        except (pdfium.PdfiumError, IndexError) as error:
            raise DocumentUnreadable("This page cannot be drawn.") from error
        return png_of(_picture(pdf_page, width_px / max(pdf_page.get_width(), 1)))


def _opened(source: ParserInput) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(source.data if isinstance(source, InMemoryFile) else source)
    except pdfium.PdfiumError as error:
        raise DocumentUnreadable(REASONS.get(error.err_code, DAMAGED)) from error
    if len(document) == 0:
        raise DocumentUnreadable(NO_PAGES)
    return document


@contextlib.contextmanager
def _form(document: pdfium.PdfDocument) -> Iterator[pdfium.PdfFormEnv | None]:
    """The form in a document; None when it has none."""
    if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
        document.init_forms()
    yield document.formenv


def _section(document: pdfium.PdfDocument, form: pdfium.PdfFormEnv | None, number: int) -> Section:
    """A page, whatever is wrong with it: the others are read all the same."""
    try:
        with contextlib.closing(document[number - 1]) as page:
            width, height = page.get_size()
            text, words, warning, hidden = _read(page, form)
    except MemoryError:
        return Section(number=number, page=number, text="", warning=WARNING.format(page=number, reason=TOO_LARGE))
    except Exception:
        return Section(number=number, page=number, text="", warning=WARNING.format(page=number, reason=PAGE_DAMAGED))
    said = WARNING.format(page=number, reason=warning) if warning else None
    return Section.model_construct(
        number=number,
        page=number,
        text=text,
        width=width,
        height=height,
        words=words,
        warning=said,
        hidden=hidden,
    )


def _read(page: pdfium.PdfPage, form: pdfium.PdfFormEnv | None) -> tuple[str, tuple[Word, ...], str | None, str | None]:
    """Text, words and warning of a page, and what is hidden on it."""
    hidden = pdf_hidden.take_out(page)
    with contextlib.closing(page.get_textpage()) as text_page:
        text, words, unseen = pdf_text.read(page, text_page)
    warning = None
    has_codes = is_meaningless(text)
    if has_codes or _is_picture(page, text):
        seen = ocr.recogniser().read(_picture(page, ocr.recogniser().options.dpi / POINTS_PER_INCH))
        warning = seen.warning
        if has_codes or len(seen.text) > len(text):
            text, words = seen.text, seen.words
            warning = CODES_ONLY if has_codes and not text else warning
    written = list(notes(page, form))
    hidden += unseen + [Hidden(note.text, MARKED) for note in written if note.is_hidden]
    return *_with_notes(page, text, words, [note for note in written if not note.is_hidden]), warning, sentence(hidden)


def _is_picture(page: pdfium.PdfPage, text: str) -> bool:
    """True for a page that must be looked at: it has no text, or a stamp on a picture of a page."""
    if not text.strip():
        return True
    if len(text) > FEW_LETTERS:
        return False
    width, height = page.get_size()
    pictures = (each for each in page.get_objects(max_depth=3) if each.type == pdfium_c.FPDF_PAGEOBJ_IMAGE)
    areas = [(right - left) * (top - bottom) for left, bottom, right, top in (each.get_bounds() for each in pictures)]
    return bool(max(areas, default=0.0) > WHOLE_PAGE * width * height)


def _picture(page: pdfium.PdfPage, scale: float) -> Image.Image:
    width, height = page.get_size()
    most = (MOST_PIXELS / max(width * height, 1)) ** 0.5
    drawn: Image.Image = page.render(scale=min(scale, most)).to_pil()
    return drawn.convert("RGB")


def _with_notes(
    page: pdfium.PdfPage, text: str, words: tuple[Word, ...], written: list[Note]
) -> tuple[str, tuple[Word, ...]]:
    """What is written on top of the page after its text, where it is not in there already."""
    added = []
    for note in written:
        if note.text in text:
            continue
        text += ("\n" if text and not text.endswith("\n") else "") + note.text
        if box := pdf_text.box_on(page, note.rect):
            added.append(Word(start=len(text) - len(note.text), end=len(text), box=box))
    return text, (*words, *added)
