"""A page of a PDF as a section: its text layer, what is recognised in its pictures, what is written on it. Runs in a child process only."""

import contextlib
import time
from dataclasses import dataclass, field

import pypdfium2 as pdfium
from PIL import Image

from parsing.formats.images import ocr
from parsing.formats.images.reader import MOST_PIXELS, PAGE_DAMAGED, WARNING
from parsing.formats.pdf import text as pdf_text
from parsing.formats.pdf import visibility as pdf_hidden
from parsing.formats.pdf.annotations import Note, notes
from parsing.formats.pdf.attachments import AttachedFiles
from parsing.formats.pdf.columns import in_columns
from parsing.formats.pdf.labels import labelled
from parsing.formats.pdf.layers import TextLayers, is_implausible
from parsing.formats.pdf.links import links, with_links
from parsing.formats.pdf.painting import Painting
from parsing.formats.pdf.pieces import Piece, composed
from parsing.formats.pdf.repair import is_meaningless
from parsing.formats.pdf.scans import LARGE, area, regions_of, unread_regions, with_region, without_words
from parsing.formats.pdf.struck import lines_through, without_struck
from parsing.formats.pdf.tables import in_tables
from parsing.types import Section, Word
from parsing.visibility.report import sentence
from parsing.visibility.verdict import MARKED, Verdict

TOO_LARGE = "it needs more memory than is allowed"
PICTURE_WARNING = "A picture on page {page} could not be read: {reason}."
CODES_ONLY = "its text is stored without the letters that it shows"
TOO_MANY_PICTURES = (
    "From page {page} on, no words were looked for in pictures beside the text: there are too many pictures."
)
DOUBTFUL = "The text stored in page {page} may not be what the page shows."
POINTS_PER_INCH = 72
MOST_PICTURES_CPU_S = 120.0  # for the pictures beside the text of all pages; scans of pages do not count


@dataclass
class PageReader:
    """Reads the pages of one document.

    Attributes:
        form: the form in it; None when it has none.
        attached: the files that hang on the pages read so far.
        layers: what is known of its text layers.
        pictures_cpu_s: computing time that went into the pictures beside the text.
    """

    document: pdfium.PdfDocument
    form: pdfium.PdfFormEnv | None
    attached: AttachedFiles = field(default_factory=AttachedFiles)
    layers: TextLayers = field(default_factory=TextLayers)
    pictures_cpu_s: float = 0.0
    _has_said_too_many: bool = False

    def section(self, number: int) -> Section:
        """A page (1-based), whatever is wrong with it: the others are read all the same."""
        try:
            with contextlib.closing(self.document[number - 1]) as page:
                width, height = page.get_size()
                text, words, warning, hidden = self._read(page)
        except MemoryError:
            return _unread(number, TOO_LARGE)
        except Exception:
            return _unread(number, PAGE_DAMAGED)
        return Section.model_construct(
            number=number,
            page=number,
            text=text,
            width=width,
            height=height,
            words=words,
            blocks=labelled(self.document, number, text),
            warning=warning and warning.replace("{page}", str(number)),
            hidden=hidden,
        )

    def _read(self, page: pdfium.PdfPage) -> tuple[str, tuple[Word, ...], str | None, str | None]:
        """Text, words and warning of a page, and what is hidden on it. ``{page}`` in the warning stands for its number."""
        self.attached.look_at(page)
        painting = pdf_hidden.take_out(page)
        with contextlib.closing(page.get_textpage()) as text_page:
            pieces, unseen = pdf_text.pieces_of(page, text_page)
        width, height = page.get_size()
        pieces, struck = without_struck(pieces, lines_through(page, painting.rules), width / max(height, 1))
        pieces = in_columns(pieces, width / max(height, 1))
        pieces = in_tables(pieces, width / max(height, 1))
        pieces = with_links(pieces, links(self.document, page))
        text, _ = composed(pieces)
        if is_meaningless(text) or not text.strip():
            text, words, warning = _recognised(page, has_codes=bool(text.strip()))
        else:
            pieces, warning = self._checked(page, pieces, text, painting)
            text, words = composed(pieces)
        written = list(notes(page, self.form))
        hidden = painting.hidden + unseen + struck + [Verdict(note.text, MARKED) for note in written if note.is_hidden]
        return (
            *_with_notes(page, text, words, [note for note in written if not note.is_hidden]),
            warning,
            sentence(hidden),
        )

    def _checked(
        self, page: pdfium.PdfPage, pieces: list[Piece], text: str, painting: Painting
    ) -> tuple[list[Piece], str | None]:
        """The text of a page and of its pictures: what is seen on it where its text layer says something else."""
        pictures = regions_of(page, painting.pictures)
        if not self.layers.is_doubtful(text, pictures):
            return self._with_pictures(page, pieces, painting)
        seen = ocr.recogniser().read(_scanned(page))
        is_scan = any(area(picture) > LARGE for picture in pictures)
        if self.layers.is_wrong(text, seen, is_scan=is_scan):
            return with_region([], (0.0, 0.0, 1.0, 1.0), seen), None
        doubt = DOUBTFUL if seen.warning and is_implausible(text) else None
        pieces, warning = self._with_pictures(page, pieces, painting)
        return pieces, doubt or warning

    def _with_pictures(
        self, page: pdfium.PdfPage, pieces: list[Piece], painting: Painting
    ) -> tuple[list[Piece], str | None]:
        """The text of a page and of the pictures on it, and what is wrong with that."""
        known, warning = pieces, None
        regions = unread_regions(page, pieces, painting)
        wanted = [region for region in regions if area(region) > LARGE or self.pictures_cpu_s <= MOST_PICTURES_CPU_S]
        if len(wanted) < len(regions) and not self._has_said_too_many:
            self._has_said_too_many, warning = True, TOO_MANY_PICTURES
        if not wanted:
            return pieces, warning
        scan = _scanned(page)
        for region in wanted:
            is_page = area(region) > LARGE
            seen, cpu_s = _timed(without_words(scan, region, known))
            self.pictures_cpu_s += 0 if is_page else cpu_s
            pieces = with_region(pieces, region, seen)
            if seen.warning and (is_page or seen.warning not in (ocr.NOT_ALL_READ, ocr.NOTHING_READ)):
                warning = (WARNING if is_page else PICTURE_WARNING).replace("{reason}", seen.warning)
        return pieces, warning


def picture_of(page: pdfium.PdfPage, scale: float) -> Image.Image:
    """A page drawn at a scale, or smaller where that would be too many points."""
    width, height = page.get_size()
    most = (MOST_PIXELS / max(width * height, 1)) ** 0.5
    drawn: Image.Image = page.render(scale=min(scale, most)).to_pil()
    return drawn.convert("RGB")


def _recognised(page: pdfium.PdfPage, *, has_codes: bool) -> tuple[str, tuple[Word, ...], str | None]:
    """What is seen on a page without a text layer, or with one of codes."""
    seen = ocr.recogniser().read(_scanned(page))
    reason = CODES_ONLY if has_codes and not seen.text else seen.warning
    return seen.text, seen.words, WARNING.replace("{reason}", reason) if reason else None


def _timed(picture: Image.Image) -> tuple[ocr.Recognition, float]:
    """What is seen in a picture, and the computing time that it took."""
    started = time.process_time()
    return ocr.recogniser().read(picture), time.process_time() - started


def _scanned(page: pdfium.PdfPage) -> Image.Image:
    return picture_of(page, ocr.recogniser().options.dpi / POINTS_PER_INCH)


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


def _unread(number: int, reason: str) -> Section:
    return Section(number=number, page=number, text="", warning=WARNING.format(page=number, reason=reason))
