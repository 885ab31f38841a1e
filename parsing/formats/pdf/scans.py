"""Pictures on a PDF page with writing of which its text layer knows nothing: a scan under a stamp, a table as a picture.

The page is drawn small, what the text layer holds is painted over, and what is left in a picture is looked at: strokes on paper are
writing, anything else is a photograph. Runs in a child process only.
"""

from collections.abc import Iterator, Sequence

import pypdfium2 as pdfium
from PIL import Image, ImageChops, ImageDraw

from parsing.formats.images.ocr import Recognition
from parsing.formats.pdf.painting import Painting
from parsing.formats.pdf.pieces import Box, Piece, lines_of
from parsing.formats.pdf.text import Placement
from parsing.visibility.geometry import is_in, middle

CELLS = 64  # the page is looked at in so many columns and rows
LEAST_AREA = 0.015  # of the page: smaller pictures are logos
MOST_REGIONS = 6
LARGE = 0.5  # of the page: it is a scan of a page, and no figure
FEW_LETTERS = 60  # on a page that is one picture: a stamp, a page number, the name of the scanner
FEW_WORDS_LETTERS = 200  # of a page that may be drawn as outlines
MANY_SHAPES = 100
LOOK_PX = 800  # height or width of the page while it is looked at
LEVELS_PER_BIN = 32
LEAST_PAPER = 0.4  # of a region has the commonest grey
CONTRAST = 56
LEAST_INK, MOST_INK = 0.002, 0.45
LEAST_EDGES = 0.2  # of the points of ink: strokes are thin
LEAST_LEFT = 0.4  # of the ink, when the known words are painted over


def unread_regions(page: pdfium.PdfPage, pieces: Sequence[Piece], painting: Painting) -> list[Box]:
    """Parts of a page (fractions) that hold writing which is not in its text layer."""
    letters = sum(len(piece.text) for piece in pieces if piece.box)
    regions = regions_of(page, painting.pictures)
    if letters <= FEW_LETTERS and (whole := [region for region in regions if area(region) > LARGE]):
        return whole
    if letters <= FEW_WORDS_LETTERS and painting.shapes >= MANY_SHAPES:
        regions = [(0.0, 0.0, 1.0, 1.0)]
    if not regions:
        return []
    drawn = page.render(scale=LOOK_PX / max(*page.get_size(), 1), grayscale=True).to_pil().convert("L")
    words = [piece.box for piece in pieces if piece.box]
    found = [region for region in regions if _has_writing(drawn, region, words)]
    return found if len(found) <= MOST_REGIONS else [_around(found)]


def without_words(picture: Image.Image, region: Box, pieces: Sequence[Piece]) -> Image.Image:
    """A part of the picture of a page, its known words painted over."""
    part = picture.crop(_pixels(region, picture.size))
    paper = tuple(_paper(channel) for channel in part.split())
    return _painted_over(part, region, [piece.box for piece in pieces if piece.box], paper)


def with_region(pieces: Sequence[Piece], region: Box, seen: Recognition) -> list[Piece]:
    """Pieces with what was recognised in a region, after the lines above it."""
    new = list(_recognised(seen, region))
    if not new:
        return list(pieces)
    lines = lines_of(pieces)
    at = _place(lines, region)
    before = [piece for line in lines[:at] for piece in line]
    after = [piece for line in lines[at:] for piece in line]
    if before:
        new.insert(0, Piece("\n" if before[-1].text.endswith("\n") else "\n\n"))
    return [*before, *new, *([Piece("\n\n")] if after else []), *after]


def area(box: Box) -> float:
    """Of a part of a page, as a fraction of it."""
    return (box[2] - box[0]) * (box[3] - box[1])


def _place(lines: Sequence[Sequence[Piece]], region: Box) -> int:
    """Before which line a region stands: after the last one above it in its column."""
    above, below = -1, len(lines)
    nearest = 0.0
    for index, line in enumerate(lines):
        boxes = [piece.box for piece in line if piece.box]
        if not boxes or not _shares_column(_around(boxes), region):
            continue
        across = middle(_around(boxes))[1]
        if across > middle(region)[1]:
            below = min(below, index)
        elif across >= nearest:
            above, nearest = index, across
    return above + 1 if above >= 0 else below


def _shares_column(box: Box, region: Box) -> bool:
    return box[0] < region[2] and region[0] < box[2]


def _recognised(seen: Recognition, region: Box) -> Iterator[Piece]:
    left, top, right, bottom = region
    width, height = right - left, bottom - top
    last = 0
    for word in sorted(seen.words):
        if word.start > last:
            yield Piece(seen.text[last : word.start])
        x1, y1, x2, y2 = word.box
        yield Piece(
            seen.text[word.start : word.end],
            (left + x1 * width, top + y1 * height, left + x2 * width, top + y2 * height),
        )
        last = max(last, word.end)
    if seen.text[last:].strip():
        yield Piece(seen.text[last:].rstrip())


def regions_of(page: pdfium.PdfPage, pictures: Sequence[Box]) -> list[Box]:
    """Where pictures stand; those that touch, as the strips of a scan do, are one."""
    if not pictures:
        return []
    cells = Image.new("L", (CELLS, CELLS))
    pen = ImageDraw.Draw(cells)
    placement = Placement(page)
    for picture in pictures:
        if box := placement.of(picture):
            left, top, right, bottom = (edge * CELLS for edge in box)
            pen.rectangle((int(left), int(top), min(int(right), CELLS - 1), min(int(bottom), CELLS - 1)), fill=1)
    taken = bytearray(cells.tobytes())
    found = (_component(taken, start) for start in range(len(taken)) if taken[start])
    return [region for region in found if area(region) >= LEAST_AREA]


def _component(taken: bytearray, start: int) -> Box:
    """The box around the cells that hang together with one; they are taken out."""
    left = right = start % CELLS
    top = bottom = start // CELLS
    waiting = [start]
    taken[start] = 0
    while waiting:
        cell = waiting.pop()
        row, column = divmod(cell, CELLS)
        left, right, top, bottom = min(left, column), max(right, column), min(top, row), max(bottom, row)
        for near, is_inside in (
            (cell - 1, column > 0),
            (cell + 1, column < CELLS - 1),
            (cell - CELLS, row > 0),
            (cell + CELLS, row < CELLS - 1),
        ):
            if is_inside and taken[near]:
                taken[near] = 0
                waiting.append(near)
    return left / CELLS, top / CELLS, (right + 1) / CELLS, (bottom + 1) / CELLS


def _has_writing(drawn: Image.Image, region: Box, words: Sequence[Box]) -> bool:
    """True for strokes on paper, most of which are no known words."""
    part = drawn.crop(_pixels(region, drawn.size))
    levels = part.histogram()
    paper = _paper(part)
    bins = [sum(levels[start : start + LEVELS_PER_BIN]) for start in range(0, 256, LEVELS_PER_BIN // 2)]
    points = part.width * part.height
    if max(bins) < LEAST_PAPER * points:
        return False
    before = _ink(part, paper)
    ink = _ink(_painted_over(part, region, words, paper), paper)
    all_points, left_points = (mask.histogram()[255] for mask in (before, ink))
    if not LEAST_INK * points <= left_points <= MOST_INK * points or left_points < LEAST_LEFT * all_points:
        return False
    edges = ImageChops.difference(ink, ImageChops.offset(ink, 1, 0)).histogram()[255]
    return edges >= LEAST_EDGES * left_points


def _ink(part: Image.Image, paper: int) -> Image.Image:
    return part.point([255 if abs(level - paper) > CONTRAST else 0 for level in range(256)])


def _paper(channel: Image.Image) -> int:
    """The commonest level."""
    levels = channel.histogram()
    return levels.index(max(levels))


def _painted_over(part: Image.Image, region: Box, words: Sequence[Box], paper: int | tuple[int, ...]) -> Image.Image:
    """A part of a page without its known words."""
    width, height = part.width / (region[2] - region[0]), part.height / (region[3] - region[1])
    copy = part.copy()
    pen = ImageDraw.Draw(copy)
    for left, top, right, bottom in words:
        if is_in(((left + right) / 2, (top + bottom) / 2), region):
            edges = (
                (left - region[0]) * width,
                (top - region[1]) * height,
                (right - region[0]) * width,
                (bottom - region[1]) * height,
            )
            pen.rectangle((edges[0] - 1, edges[1] - 1, edges[2] + 1, edges[3] + 1), fill=paper)
    return copy


def _pixels(region: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = region
    x, y = int(left * size[0]), int(top * size[1])
    return x, y, max(int(right * size[0]), x + 1), max(int(bottom * size[1]), y + 1)


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
