"""Highlights of a passage on its page: joins word boxes to one rectangle per line, and draws these into a page image."""

import io
from collections.abc import Iterable, Sequence

from PIL import Image, ImageChops, ImageDraw

from ingestion.types import Box
from rag.types import Span

COLOUR = (255, 226, 100)  # multiplied into the page, so that the text stays as dark as it is
SAME_LINE = 0.5  # part of the lower box's height that must overlap the other's
WIDEST_GAP = 3.0  # between words of a line, in heights of the line
MARGIN_PX = 2

StoredWord = Sequence[float]  # start, end, left, top, right, bottom


def boxes_of(words: Iterable[StoredWord], spans: Sequence[Span]) -> list[Box]:
    """Rectangles over the words that the spans touch, in reading order, neighbours on a line joined.

    Args:
        words: as stored with a section.
        spans: offsets into the section's text.
    """
    touched = [
        Box(l=left, t=top, r=right, b=bottom)
        for start, end, left, top, right, bottom in words
        if any(start < span.end and span.start < end for span in spans)
    ]
    is_upright = sum(box.b - box.t for box in touched) > sum(box.r - box.l for box in touched)
    lines: list[Box] = []
    for box in touched:
        if lines and _is_continued_by(lines[-1], box, is_upright):
            lines[-1] = _around(lines[-1], box)
        else:
            lines.append(box)
    return lines


def draw(png: bytes, boxes: Sequence[Box]) -> bytes:
    """The page image (PNG) with the boxes marked. Blocks for about 100 ms: call it in a thread."""
    page = Image.open(io.BytesIO(png)).convert("RGB")
    marks = Image.new("RGB", page.size, "white")
    pen = ImageDraw.Draw(marks)
    for box in boxes:
        left, right = box.l * page.width - MARGIN_PX, box.r * page.width + MARGIN_PX
        top, bottom = box.t * page.height - MARGIN_PX, box.b * page.height + MARGIN_PX
        pen.rectangle((left, top, right, bottom), fill=COLOUR)
    marked = io.BytesIO()
    ImageChops.multiply(page, marks).save(marked, "PNG", compress_level=4)
    return marked.getvalue()


def _is_continued_by(line: Box, word: Box, is_upright: bool) -> bool:
    """True when a word is on the same line as the words before it; upright lines run up or down the page."""
    if is_upright:
        is_same_line = _overlap(line.l, line.r, word.l, word.r)
        return is_same_line and _gap(line.t, line.b, word.t, word.b) <= WIDEST_GAP * (line.r - line.l)
    is_same_line = _overlap(line.t, line.b, word.t, word.b)
    return is_same_line and _gap(line.l, line.r, word.l, word.r) <= WIDEST_GAP * (line.b - line.t)


def _overlap(low: float, high: float, other_low: float, other_high: float) -> bool:
    shared = min(high, other_high) - max(low, other_low)
    return shared > SAME_LINE * min(high - low, other_high - other_low)


def _gap(low: float, high: float, other_low: float, other_high: float) -> float:
    return max(other_low - high, low - other_high, 0.0)


def _around(one: Box, other: Box) -> Box:
    return Box(l=min(one.l, other.l), t=min(one.t, other.t), r=max(one.r, other.r), b=max(one.b, other.b))
