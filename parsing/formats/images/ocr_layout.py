"""Recognised lines: into the order a person reads them, and into one text with boxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from parsing.types import Word

Box = tuple[float, float, float, float]

LEAST_LINES = 4  # on either side of a gap between columns
LONG_LINE = 8.0  # heights: prose is longer than this, cells of a table are mostly shorter
WIDEST_SPAN = 0.15  # of the lines may reach over the gap: headlines and footers
PARAGRAPH_GAP = 1.2  # line heights between two paragraphs
SAME_ROW = 0.5  # of the lower line's height


@dataclass(frozen=True, slots=True)
class Line:
    """A recognised line.

    Attributes:
        words: with offsets into ``text`` and boxes as fractions of the page.
        box: around all of it, as fractions of the page.
        block: lines of the same block belong to one paragraph; None when nobody said so.
        read_box: the box on the page as it was turned to be read; None when it was not turned.
    """

    text: str
    words: tuple[Word, ...]
    box: Box
    block: int | None = None
    read_box: Box | None = None

    def turned(self, quarters: int) -> "Line":
        """The line on the page as it is, when it was read after turning that by so many quarters against the clock."""
        if quarters == 0:
            return self
        words = tuple(word._replace(box=_turned(word.box, quarters)) for word in self.words)
        return Line(self.text, words, _turned(self.box, quarters), self.block, self.box)


def composed(lines: Sequence[Line]) -> tuple[str, tuple[Word, ...]]:
    """One text of lines in reading order, words broken at a line's end joined, an empty line between paragraphs."""
    text = ""
    words: list[Word] = []
    for index, line in enumerate(lines):
        if index:
            is_broken = text.endswith("-") and text[-2:-1].islower() and line.text[:1].islower()
            text = text[:-1] if is_broken else text + _between(lines[index - 1], line)
            if is_broken:
                words[-1:] = _shortened(words[-1:])
        words.extend(Word(start=len(text) + word.start, end=len(text) + word.end, box=word.box) for word in line.words)
        text += line.text
    return text, tuple(words)


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Columns one after the other where there are some, rows from top to bottom elsewhere."""
    if cut := _gap_between_columns(lines):
        above, left, right, below = _parted(lines, cut)
        return [*in_reading_order(above), *in_reading_order(left), *in_reading_order(right), *in_reading_order(below)]
    return _by_rows(lines)


def _between(line: Line, following: Line) -> str:
    """What stands between two lines: cells of a row are parted by spaces, paragraphs by an empty line."""
    if line.block is not None and line.block == following.block:
        return "\n"
    if line.block is not None:
        return "\n\n"
    box, following_box = line.read_box or line.box, following.read_box or following.box
    if _is_beside(box, following_box):
        return "  "
    height = min(box[3] - box[1], following_box[3] - following_box[1])
    is_new = following_box[1] - box[3] > PARAGRAPH_GAP * height or following_box[1] < box[1]
    return "\n\n" if is_new else "\n"


def _shortened(words: Sequence[Word]) -> Iterable[Word]:
    """Words whose hyphen is gone."""
    return (word._replace(end=word.end - 1) for word in words if word.end - 1 > word.start)


def _by_rows(lines: Sequence[Line]) -> list[Line]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda one: one.box[1] + one.box[3]):
        if rows and any(_is_beside(line.box, other.box) for other in rows[-1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda one: one.box[0])]


def _is_beside(one: Box, other: Box) -> bool:
    shared = min(one[3], other[3]) - max(one[1], other[1])
    is_apart = one[2] <= other[0] + 0.01 or other[2] <= one[0] + 0.01
    return is_apart and shared > SAME_ROW * min(one[3] - one[1], other[3] - other[1])


def _gap_between_columns(lines: Sequence[Line]) -> float | None:
    """Where (across the page) a gap between two columns of prose runs, if there is one."""
    if len(lines) < 2 * LEAST_LINES:
        return None
    best: tuple[int, float] | None = None
    for edge in {round(line.box[0], 3) for line in lines}:
        cut = edge - 0.004
        left = [line for line in lines if line.box[2] <= cut + 0.008]
        right = [line for line in lines if line.box[0] >= cut]
        over = len(lines) - len(left) - len(right)
        if over > WIDEST_SPAN * len(lines) or not (_is_column(left) and _is_column(right)):
            continue
        if best is None or over < best[0]:
            best = (over, cut)
    return best[1] if best else None


def _is_column(lines: Sequence[Line]) -> bool:
    """True for enough lines of prose under each other."""
    if len(lines) < LEAST_LINES:
        return False
    return median(len(line.text) for line in lines) >= 2 * LONG_LINE


def _parted(lines: Sequence[Line], cut: float) -> tuple[list[Line], list[Line], list[Line], list[Line]]:
    """Lines above the columns, left and right of the cut, and below. Those that reach over it end the part above."""
    left = [line for line in lines if line.box[2] <= cut + 0.008]
    right = [line for line in lines if line.box[0] >= cut]
    over = [line for line in lines if line not in left and line not in right]
    middle = median((line.box[1] + line.box[3]) / 2 for line in (*left, *right))
    top = max((line.box[3] for line in over if line.box[3] <= middle), default=0.0)
    bottom = min((line.box[1] for line in over if line.box[1] > middle), default=1.0)

    def within(some: Sequence[Line]) -> list[Line]:
        return [line for line in some if top <= (line.box[1] + line.box[3]) / 2 <= bottom]

    inside = [*within(left), *within(right)]
    rest = [line for line in lines if line not in inside]
    above = [line for line in rest if (line.box[1] + line.box[3]) / 2 < middle]
    return above, within(left), within(right), [line for line in rest if line not in above]


def _turned(box: Box, quarters: int) -> Box:
    left, top, right, bottom = box
    if quarters == 1:  # the top of the turned page was the right side
        return 1 - bottom, left, 1 - top, right
    if quarters == 2:
        return 1 - right, 1 - bottom, 1 - left, 1 - top
    return top, 1 - right, bottom, 1 - left
