"""Columns of prose that a PDF holds row by row: each column is read by itself, from top to bottom. Runs in a child process only.

A gap that lies at the same place in several lines, with prose on both sides, parts two columns. Cells of a table are no prose: they
are short, or begin anew in each line.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from parsing.formats.pdf.pieces import Box, Piece, lines_of

LEAST_LINES = 4  # with words on both sides of the gap
LEAST_GAP = 0.7  # of a line's height
PLACES = 200  # across the page, at which a gap may end
LEAST_CHARS = 16  # half of the lines of a column have more
LEAST_GOING_ON = 0.3  # of the lines of a column begin within a sentence
MOST_COLUMNS_DEEP = 3
MOST_SPACING = 1.2  # of a line's height, between a column and a line that is still part of it
LINE_END = Piece("\n")

Line = list[Piece]


def in_columns(pieces: Sequence[Piece], width_to_height: float) -> list[Piece]:
    """Pieces with columns one after the other; other text stays as it is.

    Args:
        width_to_height: of the page.
    """
    lines = lines_of(pieces)
    return [piece for line in _ordered(lines, width_to_height, 1) for piece in line]


def _ordered(lines: Sequence[Line], width_to_height: float, depth: int) -> Iterator[Line]:
    """Lines, those of columns parted."""
    if len(lines) < LEAST_LINES or depth > MOST_COLUMNS_DEEP:
        yield from lines
        return
    gaps = [_gaps(line, width_to_height) for line in lines]
    start = 0
    while start < len(lines):
        left, right, end = _block(lines, gaps, start) if gaps[start] else ([], [], start)
        if left and right and _is_prose(left) and _is_prose(right):
            yield from _ordered(left, width_to_height, depth + 1)
            yield from _ordered(right, width_to_height, depth + 1)
        else:  # none of these lines is looked at again: a page may have very many
            end = max(end, start + 1)
            yield from lines[start:end]
        start = end


def _block(lines: Sequence[Line], gaps: Sequence[dict[int, int]], start: int) -> tuple[list[Line], list[Line], int]:
    """The left and right parts of the lines from one on that share a gap, and where they end; no parts when too few do."""
    counts = Counter(place for near in gaps[start : start + LEAST_LINES] for place in near)
    place, shared = max(counts.items(), key=lambda item: item[1])
    if shared < LEAST_LINES - 1:
        return [], [], start
    left: list[Line] = []
    right: list[Line] = []
    both = 0
    end = start
    while end < len(lines):
        at = next((gaps[end][near] for near in (place, place - 1, place + 1) if near in gaps[end]), None)
        if at is not None:
            before, after = lines[end][:at], lines[end][at:]
            left.append([*_stripped(before), LINE_END])
            right.append([*_stripped(after), LINE_END])
            both += 1
        elif (
            end > start
            and _follows(lines[end - 1], lines[end])
            and (side := _side(lines[end], place / PLACES)) is not None
        ):
            (left, right)[side].append([*_stripped(lines[end]), LINE_END])
        else:
            break
        end += 1
    return (left, right, end) if both >= LEAST_LINES else ([], [], end)


def _gaps(line: Line, width_to_height: float) -> dict[int, int]:
    """Where wide gaps of a line end: places across the page, and the piece after each."""
    found: dict[int, int] = {}
    last: Box | None = None
    for index, piece in enumerate(line):
        if piece.box is None:
            continue
        if last is not None:
            height = max(piece.box[3] - piece.box[1], last[3] - last[1])
            if piece.box[0] - last[2] > LEAST_GAP * height / width_to_height:
                found[round(piece.box[0] * PLACES)] = index
        last = piece.box
    return found


def _side(line: Line, cut: float) -> int | None:
    """0 for a line left of a place, 1 for one right of it; None for one that reaches over it, and for one without words."""
    boxes = [piece.box for piece in line if piece.box]
    if not boxes:
        return None
    if max(box[2] for box in boxes) <= cut:
        return 0
    return 1 if min(box[0] for box in boxes) >= cut - 1 / PLACES else None


def _follows(line: Line, following: Line) -> bool:
    """True for the next line of a column, or one in the other column; a footer stands further off."""
    above, below = ([piece.box for piece in one if piece.box] for one in (line, following))
    if not above or not below:
        return False
    height = max(bottom - top for _, top, _, bottom in below)
    return min(box[1] for box in below) - max(box[3] for box in above) < MOST_SPACING * height


def _is_prose(lines: Sequence[Line]) -> bool:
    """True for lines that are long enough and go on from one to the next."""
    texts = ["".join(piece.text for piece in line).strip() for line in lines]
    texts = [text for text in texts if text]
    if not texts or median(map(len, texts)) < LEAST_CHARS:
        return False
    cased = [text for text in texts if text[0].lower() != text[0].upper()]
    if len(cased) < len(texts) / 2:  # a script without capitals, or numbers
        return sum(map(str.isalpha, "".join(texts))) > sum(map(len, texts)) / 2
    return sum(text[0].islower() for text in texts) >= LEAST_GOING_ON * len(texts)


def _stripped(line: Line) -> Line:
    """Without spaces and line ends at its end."""
    end = len(line)
    while end and line[end - 1].box is None and line[end - 1].text.isspace():
        end -= 1
    return line[:end]
