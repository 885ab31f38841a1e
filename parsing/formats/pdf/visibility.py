"""Text of a PDF page that nobody sees: invisible, transparent, in the colour of what is under it, covered, or on a layer switched off.

Objects are looked at once, in the order they are painted. Colour, cover and layers are only suspicions: the page is then drawn with and
without the suspects, and those that make no difference are hidden. What is recognised in a scan is invisible text over a picture, and
stays. Text that is tiny or off the page is found with its words, see ``pdf_text.py``. Runs in a child process only.
"""

import contextlib
import ctypes
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageChops

from parsing.formats.pdf.painting import Painting
from parsing.formats.pdf.text import box_on
from parsing.visibility.colour import WHITE, Colour, is_lost
from parsing.visibility.geometry import Box, holds, is_in, middle
from parsing.visibility.verdict import COVERED, INVISIBLE, MARKED, SAME_COLOUR, Verdict

TEXT, PATH, IMAGE, SHADING, FORM = 1, 2, 3, 4, 5
FILLED, STROKED = (0, 2, 4, 6), (1, 2, 5, 6)  # modes of text
NOT_PAINTED = 3
MOST_DEPTH = 6
SEEN = 12  # of 255, by which a pixel must change when the text is gone
TRANSPARENT, OPAQUE = 8, 250
BACKGROUND_PT = 4.0  # a filled shape narrower than this is a line
WHOLE_PAGE = 0.6  # a picture of this much of the page is the page
BAND_PT = 16.0
MOST_PIXELS_ACROSS = 2000
MOST_RULES = 5000  # that are remembered

Bounds = Box  # left, bottom, right, top, in points
Matrix = tuple[float, float, float, float, float, float]
MARK, MARK_LENGTH = ctypes.create_string_buffer(16), ctypes.c_ulong()  # one for all: a page has thousands of marks
MARK_POINTER = ctypes.cast(MARK, ctypes.POINTER(pdfium_c.FPDF_WCHAR))


@dataclass(slots=True, eq=False)
class _Text:
    """A text object. ``matrix`` places the form that it stands in, ``seen_from`` is by how much more a pixel must change without it."""

    handle: pdfium_c.FPDF_PAGEOBJECT
    matrix: Matrix | None
    seen_from: int = SEEN
    how: str = ""
    is_certain: bool = False


@dataclass(slots=True)
class _Look:
    """What was met on a page so far, in the order of painting.

    Attributes:
        size: of the page, in square points.
        texts: seen so far and not yet placed; those that are, are in ``bands`` by where they stand.
    """

    size: float
    texts: list[_Text] = field(default_factory=list)
    bands: dict[int, list[tuple[Bounds, _Text]]] = field(default_factory=lambda: defaultdict(list))
    suspects: list[_Text] = field(default_factory=list)
    fills: list[tuple[Bounds, Colour]] = field(default_factory=list)
    colours: set[Colour] = field(default_factory=set)
    near: dict[Colour, bool] = field(default_factory=dict)  # colour of a text → is it that of the paper or a shape?
    pictures: list[Bounds] = field(default_factory=list)
    rules: list[Bounds] = field(default_factory=list)
    shapes: int = 0
    invisible: list[_Text] = field(default_factory=list)
    _numbers: list[ctypes.c_float] = field(default_factory=lambda: [ctypes.c_float() for _ in range(4)])
    _channels: list[ctypes.c_uint] = field(default_factory=lambda: [ctypes.c_uint() for _ in range(4)])
    _flags: list[ctypes.c_int] = field(default_factory=lambda: [ctypes.c_int() for _ in range(2)])

    def walk(
        self, count: int, get: Callable[[int], pdfium_c.FPDF_PAGEOBJECT], matrix: Matrix | None, depth: int = 0
    ) -> None:
        """Take note of objects, those in forms too."""
        kind_of = pdfium_c.FPDFPageObj_GetType
        for index in range(count):
            handle = get(index)
            kind = kind_of(handle)
            if kind == TEXT:
                self._text(handle, matrix)
            elif kind == PATH:
                self._path(handle, matrix)
            elif kind in (IMAGE, SHADING):
                self._picture(self.bounds(handle, matrix))
            elif kind == FORM and depth < MOST_DEPTH:
                inner = pdfium_c.FS_MATRIX()
                pdfium_c.FPDFPageObj_GetMatrix(handle, inner)
                placed = _product((inner.a, inner.b, inner.c, inner.d, inner.e, inner.f), matrix)
                self.walk(pdfium_c.FPDFFormObj_CountObjects(handle), _in_form(handle), placed, depth + 1)

    def bounds(self, handle: pdfium_c.FPDF_PAGEOBJECT, matrix: Matrix | None) -> Bounds:
        """Where an object stands on the page."""
        left, bottom, right, top = self._numbers
        if not pdfium_c.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
            return (0.0, 0.0, 0.0, 0.0)
        found = (left.value, bottom.value, right.value, top.value)
        return _placed(found, matrix) if matrix else found

    def suspect(self, text: _Text, how: str, *, is_certain: bool = False) -> None:
        """Take note of a text that may be hidden."""
        text.how, text.is_certain = how, is_certain
        self.suspects.append(text)

    def _text(self, handle: pdfium_c.FPDF_PAGEOBJECT, matrix: Matrix | None) -> None:
        mode = pdfium_c.FPDFTextObj_GetTextRenderMode(handle)
        text = _Text(handle, matrix)
        if mode == NOT_PAINTED:
            self.invisible.append(text)
            return
        how = self._filled(text) if mode == 0 else self._painted(text, mode)
        if how:
            self.suspect(text, how, is_certain=how == INVISIBLE)
        elif pdfium_c.FPDFPageObj_CountMarks(handle) and _is_in_layer(handle):
            self.suspect(text, MARKED)
        else:
            self.texts.append(text)

    def _filled(self, text: _Text) -> str:
        """Why the colour of an ordinary text may not be seen; empty when it may."""
        red, green, blue, alpha = self._channels
        if not pdfium_c.FPDFPageObj_GetFillColor(text.handle, red, green, blue, alpha):
            return ""
        if alpha.value <= TRANSPARENT:
            return INVISIBLE
        colour = Colour(red.value, green.value, blue.value, alpha.value / 255)
        return SAME_COLOUR if self._is_lost(text, colour) else ""

    def _painted(self, text: _Text, mode: int) -> str:
        """The same for text with an outline, or with an outline alone."""
        looks = []
        for modes, ask in ((FILLED, pdfium_c.FPDFPageObj_GetFillColor), (STROKED, pdfium_c.FPDFPageObj_GetStrokeColor)):
            if mode in modes:
                if not ask(text.handle, *self._channels):
                    return ""
                looks.append([channel.value for channel in self._channels])
        painted = [Colour(red, green, blue, alpha / 255) for red, green, blue, alpha in looks if alpha > TRANSPARENT]
        if looks and not painted:
            return INVISIBLE
        return SAME_COLOUR if painted and all(self._is_lost(text, colour) for colour in painted) else ""

    def _is_lost(self, text: _Text, colour: Colour) -> bool:
        """True when a text has the colour of the last shape painted under it, or the paper's where there is none."""
        if colour not in self.near:
            self.near[colour] = any(is_lost(colour, one) for one in (WHITE, *self.colours))
        if not self.near[colour]:
            return False
        point = middle(self.bounds(text.handle, text.matrix))
        under = next((fill for bounds, fill in reversed(self.fills) if is_in(point, bounds)), WHITE)
        if not is_lost(colour, under):
            return False
        text.seen_from = max(text.seen_from, colour.over(under).distance(under))
        return True

    def _path(self, handle: pdfium_c.FPDF_PAGEOBJECT, matrix: Matrix | None) -> None:
        mode, is_stroked = self._flags
        pdfium_c.FPDFPath_GetDrawMode(handle, mode, is_stroked)
        self.shapes += 1
        if not mode.value and not is_stroked.value:
            return
        bounds = self.bounds(handle, matrix)
        if bounds[2] - bounds[0] < BACKGROUND_PT or bounds[3] - bounds[1] < BACKGROUND_PT:
            if bounds[2] - bounds[0] > bounds[3] - bounds[1] and len(self.rules) < MOST_RULES:
                self.rules.append(bounds)
            return
        if not mode.value:
            return
        if pdfium_c.FPDFPageObj_GetFillColor(handle, *self._channels):
            red, green, blue, alpha = (channel.value for channel in self._channels)
            if alpha >= OPAQUE:
                colour = Colour(red, green, blue)
                self.fills.append((bounds, colour))
                if colour not in self.colours:
                    self.colours.add(colour)
                    self.near.clear()
                self._cover(bounds)

    def _picture(self, bounds: Bounds) -> None:
        self.pictures.append(bounds)
        if (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) < WHOLE_PAGE * self.size:
            self._cover(bounds)  # a picture of the whole page above its text is a scan

    def _cover(self, bounds: Bounds) -> None:
        """Suspect the texts that lie under this."""
        for text in self.texts:
            placed = self.bounds(text.handle, text.matrix)
            self.bands[int(placed[1] // BAND_PT)].append((placed, text))
        self.texts.clear()
        bands = range(int(bounds[1] // BAND_PT), int(bounds[3] // BAND_PT) + 1)
        for band in bands if len(bands) < len(self.bands) else self.bands:
            for placed, text in self.bands.get(band, ()):
                if not text.how and holds(bounds, placed, slack=1):
                    self.suspect(text, COVERED)


def take_out(page: pdfium.PdfPage) -> Painting:
    """Switch off what is hidden on a page, before its text is asked for; what it said, and what else is painted there."""
    width, height = page.get_size()
    look = _Look(width * height)
    raw = page.raw
    look.walk(pdfium_c.FPDFPage_CountObjects(raw), lambda index: pdfium_c.FPDFPage_GetObject(raw, index), None)
    for text in look.invisible:
        if not any(is_in(middle(look.bounds(text.handle, text.matrix)), picture) for picture in look.pictures):
            look.suspect(text, INVISIBLE, is_certain=True)
    if not look.suspects:
        return Painting([], look.pictures, look.rules, look.shapes)
    said = [(text, words) for text, words in _said(page, look.suspects) if words.strip()]
    doubtful = {text: look.bounds(text.handle, text.matrix) for text, _ in said if not text.is_certain}
    seen = _seen(page, doubtful) if doubtful else set()
    hidden = [(text, words) for text, words in said if text not in seen]
    for text, _ in hidden:
        pdfium_c.FPDFPageObj_SetIsActive(text.handle, False)
    return Painting([Verdict(words, text.how) for text, words in hidden], look.pictures, look.rules, look.shapes)


def _in_form(handle: pdfium_c.FPDF_PAGEOBJECT) -> Callable[[int], pdfium_c.FPDF_PAGEOBJECT]:
    return lambda index: pdfium_c.FPDFFormObj_GetObject(handle, index)


def _is_in_layer(handle: pdfium_c.FPDF_PAGEOBJECT) -> bool:
    """True for what belongs to a layer, which may be switched off."""
    for index in range(pdfium_c.FPDFPageObj_CountMarks(handle)):
        mark = pdfium_c.FPDFPageObj_GetMark(handle, index)
        is_named = pdfium_c.FPDFPageObjMark_GetName(mark, MARK_POINTER, len(MARK), MARK_LENGTH)
        if is_named and MARK.raw.startswith(b"O\0C\0\0\0"):
            return True
    return False


def _said(page: pdfium.PdfPage, texts: Sequence[_Text]) -> list[tuple[_Text, str]]:
    with contextlib.closing(page.get_textpage()) as text_page:
        return [(text, _words(text_page, text.handle)) for text in texts]


def _words(text_page: pdfium.PdfTextPage, handle: pdfium_c.FPDF_PAGEOBJECT) -> str:
    size = pdfium_c.FPDFTextObj_GetText(handle, text_page, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium_c.FPDFTextObj_GetText(handle, text_page, ctypes.cast(buffer, ctypes.POINTER(pdfium_c.FPDF_WCHAR)), size)
    return buffer.raw[: max(size - 2, 0)].decode("utf-16-le", "replace")


def _seen(page: pdfium.PdfPage, texts: Mapping[_Text, Bounds]) -> set[_Text]:
    """Those without which the page looks different."""
    drawn = _drawn(page)
    for text in texts:
        pdfium_c.FPDFPageObj_SetIsActive(text.handle, False)
    difference = ImageChops.difference(drawn, _drawn(page))
    for text in texts:
        pdfium_c.FPDFPageObj_SetIsActive(text.handle, True)
    return {text for text, bounds in texts.items() if _most(difference, box_on(page, bounds)) > text.seen_from}


def _drawn(page: pdfium.PdfPage) -> Image.Image:
    scale = min(1.0, MOST_PIXELS_ACROSS / max(*page.get_size(), 1))
    picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
    return picture.convert("RGB")


def _most(difference: Image.Image, box: Bounds | None) -> int:
    """The largest change of a pixel within a part of the page."""
    if box is None:
        return 0
    width, height = difference.size
    left, top = math.floor(box[0] * width), math.floor(box[1] * height)
    right, bottom = max(math.ceil(box[2] * width), left + 1), max(math.ceil(box[3] * height), top + 1)
    counts = (channel.histogram() for channel in difference.crop((left, top, right, bottom)).split())
    return max(level for count in counts for level, pixels in enumerate(count) if pixels)


def _product(inner: Matrix, outer: Matrix | None) -> Matrix:
    if outer is None:
        return inner
    a, b, c, d, e, f = inner
    m, n, o, p, q, r = outer
    return a * m + b * o, a * n + b * p, c * m + d * o, c * n + d * p, e * m + f * o + q, e * n + f * p + r


def _placed(bounds: Bounds, matrix: Matrix) -> Bounds:
    """The box around a box in a form, on the page."""
    a, b, c, d, e, f = matrix
    across = [a * x + c * y + e for x in (bounds[0], bounds[2]) for y in (bounds[1], bounds[3])]
    up = [b * x + d * y + f for x in (bounds[0], bounds[2]) for y in (bounds[1], bounds[3])]
    return min(across), min(up), max(across), max(up)
