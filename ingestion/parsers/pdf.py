"""PDF by pypdfium2: the text layer of each page with a box for every word, and pictures of pages. Runs in a child process only."""

import ctypes
import io
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from core.errors import DocumentUnreadable
from ingestion.parsers.source import Held, Source
from ingestion.types import Section, Word

ENCRYPTED = "This PDF is protected with a password. Save it without one and upload it again."
DAMAGED = "This PDF is damaged and cannot be opened."
NO_PAGES = "This PDF has no pages."
ONLY_PICTURES = "This PDF holds pictures of pages and no text, and text recognition is not set up."

REASONS = {
    pdfium_c.FPDF_ERR_PASSWORD: ENCRYPTED,
    pdfium_c.FPDF_ERR_SECURITY: ENCRYPTED,
    pdfium_c.FPDF_ERR_SUCCESS: NO_PAGES,  # nothing is wrong with it, and yet it does not open
}

HYPHEN_AT_LINE_END = 0x02
NONCHARACTERS = (0xFFFE, 0xFFFF)
DEVICE = 1_000_000  # pdfium turns page points into whole device pixels; this many make a fraction exact enough
MOST_PIXELS = 25_000_000
Box = tuple[float, float, float, float]


def parse(path: Source, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """Every page as a section, empty ones too, so that section n is page n.

    Raises:
        DocumentUnreadable: encrypted, damaged, without pages or without text.
    """
    with _opened(path) as document:
        pages = len(document)
        failed = 0
        has_text = False
        for index in range(pages):
            try:
                section = _section(document, index)
            except pdfium.PdfiumError:
                failed += 1
                section = Section(number=index + 1, page=index + 1, text="")
            has_text = has_text or bool(section.text.strip())
            yield section
            on_progress(index + 1, pages)
    if not has_text:
        raise DocumentUnreadable(DAMAGED if failed else ONLY_PICTURES)


def render(path: Path, page: int, width_px: int) -> bytes:
    """A page (1-based) as a PNG of this width, forms drawn in.

    Raises:
        DocumentUnreadable: there is no such page, or it cannot be drawn.
    """
    with _opened(path) as document:
        document.init_forms()
        try:
            pdf_page = document[page - 1]
        except (pdfium.PdfiumError, IndexError) as error:
            raise DocumentUnreadable("This page cannot be drawn.") from error
        width, height = pdf_page.get_size()
        scale = min(width_px / max(width, 1), (MOST_PIXELS / max(width * height, 1)) ** 0.5)
        image = pdf_page.render(scale=scale).to_pil().convert("RGB")
        png = io.BytesIO()
        image.save(png, "PNG", compress_level=4)
        return png.getvalue()


def _opened(path: Source) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(path.data if isinstance(path, Held) else path)
    except pdfium.PdfiumError as error:
        raise DocumentUnreadable(REASONS.get(error.err_code, DAMAGED)) from error
    if len(document) == 0:
        raise DocumentUnreadable(NO_PAGES)
    return document


def _section(document: pdfium.PdfDocument, index: int) -> Section:
    page = document[index]
    text_page = page.get_textpage()
    try:
        width, height = page.get_size()
        text, words = _text_and_words(page, text_page)
        return Section(number=index + 1, page=index + 1, text=text, width=width, height=height, words=tuple(words))
    finally:
        text_page.close()
        page.close()


def _text_and_words(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> tuple[str, list[Word]]:
    """The cleaned text of a page and its words. A word split by a line end is joined in the text and has a box on each line."""
    text: list[str] = []
    words: list[Word] = []
    run: list[int] = []  # pdfium's indices of the word being read
    start = length = 0

    def end_word() -> None:
        if run and length > start and (box := _box(page, text_page, run)):
            words.append(Word(start=start, end=length, box=box))
        run.clear()

    for index, code in enumerate(_codes(text_page)):
        character = _cleaned(code)
        if code == HYPHEN_AT_LINE_END or character.isspace() or (run and _stands_alone(character)):
            end_word()
        if character and not character.isspace():
            start = start if run else length
            run.append(index)
        if character:
            text.append(character)
            length += len(character)
    end_word()
    return "".join(text), words


def _codes(text_page: pdfium.PdfTextPage) -> list[int]:
    """Unicode of each of pdfium's characters. "\\r\\n" is one line end; halves of a surrogate pair become its code point and a gap."""
    codes = [pdfium_c.FPDFText_GetUnicode(text_page, index) for index in range(text_page.count_chars())]
    for index in range(len(codes) - 1):
        high, low = codes[index], codes[index + 1]
        if 0xD800 <= high < 0xDC00 <= low < 0xE000:
            codes[index], codes[index + 1] = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 0
    return codes


def _cleaned(code: int) -> str:
    """The character as it is stored: line ends as "\\n", nothing for what cannot be shown or stored."""
    if code in (0x09, 0x0A):
        return chr(code)
    if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code in NONCHARACTERS:
        return ""
    return " " if code == 0xA0 else chr(code)


def _stands_alone(character: str) -> bool:
    """True in scripts written without spaces, where each character is a word of its own."""
    return character != "" and unicodedata.east_asian_width(character) in "WF"


def _box(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, indices: list[int]) -> Box | None:
    """Where some characters stand on the page as displayed (turned and cropped), as fractions; None when they are not on it."""
    rect = pdfium_c.FS_RECTF()
    rects = []
    for index in indices:
        if (
            pdfium_c.FPDFText_GetLooseCharBox(text_page, index, rect)
            and rect.right > rect.left
            and rect.top > rect.bottom
        ):
            rects.append((rect.left, rect.bottom, rect.right, rect.top))
    if not rects:
        return None
    lefts, bottoms, rights, tops = zip(*rects, strict=True)
    one, other = _displayed(page, min(lefts), min(bottoms)), _displayed(page, max(rights), max(tops))
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    if right <= 0 or bottom <= 0 or left >= 1 or top >= 1:
        return None
    return (max(left, 0.0), max(top, 0.0), min(right, 1.0), min(bottom, 1.0))


def _displayed(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A point of the page's own space as fractions of the displayed page, origin at the top left."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, DEVICE, DEVICE, 0, x, y, across, down)
    return across.value / DEVICE, down.value / DEVICE
