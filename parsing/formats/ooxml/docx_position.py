"""Where a paragraph of a Word document stands, and whether its row, its frame or its text box has room for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.docx_background import A4_PT, EMU, MOST_HOLDERS, TWIPS
from parsing.formats.ooxml.namespaces import W
from parsing.visibility.verdict import SMALLEST_PT

WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
WIDEST_MARGIN_PT, WIDEST_LETTER_PT = 150.0, 12.0
AXES = (("H", "cx", 0), ("V", "cy", 1))


@dataclass(frozen=True, slots=True)
class Position:
    """How a paragraph stands.

    Attributes:
        line_pt: the height of its lines, when higher letters are cut off; None when lines grow with their letters.
        is_outside: it is beside the page.
        is_covered: what holds it is too small to show any of it.
    """

    line_pt: float | None = None
    is_outside: bool = False
    is_covered: bool = False


class Positions:
    """Tells how the paragraphs of one document stand.

    Args:
        page_pt: width and height of the page.
    """

    def __init__(self, page_pt: tuple[float, float] | None) -> None:
        self._page_pt = page_pt or A4_PT
        self._row = lru_cache(MOST_HOLDERS)(_is_flat)
        self._drawing = lru_cache(MOST_HOLDERS)(self._of_drawing)

    def of(self, paragraph: etree._Element, properties: Sequence[etree._Element]) -> Position:
        """The position of a paragraph.

        Args:
            properties: its own (``pPr``), then those of its style, nearest first.
        """
        is_outside, is_covered = _is_indented_away(paragraph, properties, self._page_pt[0]), False
        for element in paragraph.iterancestors(f"{W}tr", f"{WP}anchor", f"{WP}inline"):
            if element.tag == f"{W}tr":
                is_covered = is_covered or self._row(element)
            else:
                is_closed, is_beside = self._drawing(element)
                is_covered, is_outside = is_covered or is_closed, is_outside or is_beside
        return Position(_line_pt(properties), is_outside, is_covered)

    def _of_drawing(self, drawn: etree._Element) -> tuple[bool, bool]:
        return _is_closed(drawn), _is_beside(drawn, self._page_pt)


def _line_pt(properties: Sequence[etree._Element]) -> float | None:
    spacing = next((one for layer in properties if (one := layer.find(f"{W}spacing[@{W}line]")) is not None), None)
    if spacing is None or spacing.get(f"{W}lineRule") != "exact":
        return None
    return _number(spacing, f"{W}line", TWIPS)


def _is_indented_away(paragraph: etree._Element, properties: Sequence[etree._Element], width_pt: float) -> bool:
    """True for a short line that begins and ends left of the page, or begins right of it."""
    indent = next((one for layer in properties if (one := layer.find(f"{W}ind")) is not None), None)
    if indent is None:
        return False
    left = _number(indent, f"{W}left", TWIPS) or _number(indent, f"{W}start", TWIPS) or 0.0
    letters = sum(len(text.text or "") for text in paragraph.iter(f"{W}t"))
    return left >= width_pt or left + WIDEST_MARGIN_PT + letters * WIDEST_LETTER_PT < 0


def _is_flat(row: etree._Element) -> bool:
    """True for a row of no height."""
    height = row.find(f"{W}trPr/{W}trHeight")
    if height is None or height.get(f"{W}hRule") != "exact":
        return False
    return (_number(height, f"{W}val", TWIPS) or 0.0) <= SMALLEST_PT


def _is_closed(drawn: etree._Element) -> bool:
    """True for a box of no size that does not grow with its text."""
    extent = drawn.find(f"{WP}extent")
    if extent is None or next(drawn.iter("{*}spAutoFit"), None) is not None:
        return False
    sides = [_number(extent, name, EMU) for name in ("cx", "cy")]
    return any(side is not None and side <= SMALLEST_PT for side in sides)


def _is_beside(drawn: etree._Element, page_pt: tuple[float, float]) -> bool:
    """True for a box beside the page. Where it is placed from is a point of the page, and not always its corner."""
    extent = drawn.find(f"{WP}extent")
    for axis, side, index in AXES:
        position = drawn.find(f"{WP}position{axis}")
        offset = position.find(f"{WP}posOffset") if position is not None else None
        if offset is None or extent is None:
            continue
        start, length = _parsed(offset.text, EMU), _number(extent, side, EMU)
        if start is None or length is None:
            continue
        corner = 0.0 if position.get("relativeFrom") == "page" else page_pt[index]
        if start >= page_pt[index] or start + length + corner < 0:
            return True
    return False


def _number(element: etree._Element, name: str, divisor: int) -> float | None:
    return _parsed(element.get(name), divisor)


def _parsed(text: str | None, divisor: int) -> float | None:
    try:
        return float(text) / divisor if text else None
    except ValueError:
        return None
