"""The text layer of a PDF page: its cleaned text and a box for every word. Runs in a child process only."""

import ctypes
import re
from collections.abc import Iterator
from functools import reduce

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from parsing.formats.pdf.pieces import Box, Piece, composed
from parsing.formats.pdf.raised import with_raised
from parsing.formats.pdf.repair import undoubled, with_ligatures, with_thai_marks
from parsing.types import Word
from parsing.visibility.verdict import OFF_PAGE, SMALLEST_PT, TINY, Verdict
from parsing.words import TOKENS

HYPHEN_AT_LINE_END = "\x02"
SMALL_PAGE_PT = 100.0
DEVICE = 1_000_000  # pdfium turns page points into whole device pixels; this many make a fraction exact enough

LEFT_OUT = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0D, 0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF])
CLEANED = LEFT_OUT | {0xA0: " "} | dict.fromkeys(range(0xD800, 0xE000))
BEYOND = re.compile("[\U00010000-\U0010ffff]")
ODD = re.compile("[\0-\x08\x0b-\x1f\x7f-\xa0\ud800-\udfff\ufffe\uffff]")


def read(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> tuple[str, tuple[Word, ...], list[Verdict]]:
    """The text of a page and its words, and what is too small for any eye or off the page."""
    pieces, hidden = pieces_of(page, text_page)
    return *composed(pieces), hidden


def pieces_of(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> tuple[list[Piece], list[Verdict]]:
    """The text of a page. A word split by a line end is joined, and each of its parts has its box.

    Words that stand off the page, or are too small for any eye, are not among the pieces; they come last.
    """
    raw, spaces = with_raised(with_thai_marks(undoubled(characters(text_page))), text_page)
    boxes = _Boxes(page, text_page)
    tiny = _Tiny(page)
    pieces: list[Piece] = []
    hidden: dict[str, list[str]] = {}
    for start, end in _tokens(raw, spaces):
        token = raw[start:end]
        shown = token if token.isprintable() else _shown(token)
        if not shown:
            continue
        box = None
        if not shown.isspace():
            box = boxes.around(start, end)
            how = (TINY if tiny.is_(box, len(shown)) else "") if box else boxes.why_not(start)
            if how:
                hidden.setdefault(how, []).append(shown)
                continue
            if start in spaces:
                pieces.append(Piece(" "))
        pieces.append(Piece(shown, box))
    return pieces, [Verdict(" ".join(found), how) for how, found in hidden.items()]


def _tokens(raw: str, spaces: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Words and what is between them; a word is cut where a space belongs."""
    for token in TOKENS.finditer(raw):
        start, end = token.span()
        if spaces:
            for index in range(start + 1, end):
                if index in spaces:
                    yield start, index
                    start = index
        yield start, end


def box_on(page: pdfium.PdfPage, rect: Box) -> Box | None:
    """A rectangle of the page (left, bottom, right, top, in points) as fractions of it as displayed; None when it is not on it."""
    return Placement(page).of(rect)


def characters(text_page: pdfium.PdfTextPage) -> str:
    """One character for each of pdfium's. The second half of one beyond U+FFFF is "\\0", the hyphen at a line's end U+0002."""
    count = text_page.count_chars()
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium_c.FPDFText_GetText(text_page, 0, count, buffer) - 1 == count:
        text = bytes(buffer)[: 2 * count].decode("utf-16-le", "surrogatepass").replace("\ufffe", HYPHEN_AT_LINE_END)
    else:  # it left some out, and the indices of the rest moved
        codes = (pdfium_c.FPDFText_GetUnicode(text_page, index) for index in range(count))
        text = "".join(map(chr, codes)).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text if len(text) == count else BEYOND.sub("\\g<0>\0", text)


def _shown(token: str) -> str:
    """A token as it is stored: line ends as "\\n", nothing for what cannot be shown or stored."""
    if not ODD.search(token):
        return token
    return with_ligatures(token).translate(CLEANED)


class Placement:
    """Where things stand on a page as displayed (turned and cropped), as fractions, origin at the top left."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        origin, right, up = (_displayed(page, x, y) for x, y in ((0, 0), (1000, 0), (0, 1000)))
        self._x0, self._y0 = origin
        self._xx, self._xy = (right[0] - origin[0]) / 1000, (right[1] - origin[1]) / 1000
        self._yx, self._yy = (up[0] - origin[0]) / 1000, (up[1] - origin[1]) / 1000
        self._is_upright = not self._xy and not self._yx

    def of(self, rect: Box) -> Box | None:
        """A rectangle (left, bottom, right, top, in points) as displayed; None when it is not on the page."""
        x1, y1, x2, y2 = rect
        if self._is_upright:  # as nearly all are; a page has a thousand words
            left, right = self._x0 + x1 * self._xx, self._x0 + x2 * self._xx
            top, bottom = self._y0 + y2 * self._yy, self._y0 + y1 * self._yy
        else:
            left, top = self._x0 + x1 * self._xx + y1 * self._yx, self._y0 + x1 * self._xy + y1 * self._yy
            right, bottom = self._x0 + x2 * self._xx + y2 * self._yx, self._y0 + x2 * self._xy + y2 * self._yy
        if left > right:
            left, right = right, left
        if top > bottom:
            top, bottom = bottom, top
        if 0 <= left < right <= 1 and 0 <= top < bottom <= 1:
            return (left, top, right, bottom)
        if right <= 0 or bottom <= 0 or left >= 1 or top >= 1:
            return None
        return (max(left, 0.0), max(top, 0.0), min(right, 1.0), min(bottom, 1.0))


class _Tiny:
    """Tells words whose letters are no higher than a point, whichever way they run."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self._width, self._height = page.get_size()
        self._is_small = min(self._width, self._height) < SMALL_PAGE_PT  # such pages are enlarged to be read

    def is_(self, box: Box, letters: int) -> bool:
        """True for a word of so many letters in this box."""
        width, height = (box[2] - box[0]) * self._width, (box[3] - box[1]) * self._height
        if width >= SMALLEST_PT <= height or self._is_small:
            return False
        return bool(min(width, height) > 0 and max(width, height) < SMALLEST_PT * max(letters, 1))


class _Boxes:
    """The boxes of pdfium's characters."""

    def __init__(self, page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> None:
        self._locator = Placement(page)
        self._text_page = text_page.raw
        self._rect = pdfium_c.FS_RECTF()
        self._at = ctypes.byref(self._rect)

    def around(self, start: int, end: int) -> Box | None:
        """The box around the characters ``start`` to ``end``; None when they are not on the page.

        A word is as long as from its first to its last character, so the others are asked only when one of these has no box.
        """
        first = self._of(start)
        if first and end - start == 1:
            return self._locator.of(first)
        last = self._of(end - 1)
        if first and last:
            return self._locator.of(_joined(first, last))
        found = [box for index in range(start, end) if (box := self._of(index))]
        return self._locator.of(reduce(_joined, found)) if found else None

    def why_not(self, index: int) -> str:
        """Why a character is not on the page, when it has a box and is not; else empty."""
        box = self._of(index)
        return OFF_PAGE if box and self._locator.of(box) is None else ""

    def _of(self, index: int) -> Box | None:
        rect = self._rect
        if not pdfium_c.FPDFText_GetLooseCharBox(self._text_page, index, self._at):
            return None
        left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
        return (left, bottom, right, top) if right > left and top > bottom else None


def _joined(one: Box, other: Box) -> Box:
    """Around both."""
    left, bottom, right, top = one
    other_left, other_bottom, other_right, other_top = other
    return (
        left if left < other_left else other_left,
        bottom if bottom < other_bottom else other_bottom,
        right if right > other_right else other_right,
        top if top > other_top else other_top,
    )


def _displayed(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, DEVICE, DEVICE, 0, x, y, across, down)
    return across.value / DEVICE, down.value / DEVICE
