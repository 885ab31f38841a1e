"""Words with a line through them: left out and reported, since a price that was struck out is no price. Runs in a child process only."""

from collections.abc import Iterator, Sequence
from itertools import islice

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from parsing.formats.pdf.annotations import NOT_SHOWN, annotations
from parsing.formats.pdf.pieces import Box, Piece, rows_of, words_in_rows
from parsing.formats.pdf.text import Placement
from parsing.visibility.verdict import STRUCK_OUT, Verdict

UPPER, LOWER = 0.33, 0.7  # of a word's height: what is lower underlines it
LEAST_COVER = 0.6  # of a word's width
SLACK = 0.6  # of a word's height, by which the line may be longer than its words
MOST_QUADS = 5000  # of a page


def lines_through(page: pdfium.PdfPage, rules: Sequence[Box]) -> list[Box]:
    """Where lines run across a page and may strike words out, as fractions of it: painted ones, and those of reviewers.

    Args:
        rules: painted lines, in points.
    """
    placement = Placement(page)
    return [placed for rule in (*rules, *islice(_by_reviewers(page), MOST_QUADS)) if (placed := placement.of(rule))]


def without_struck(
    pieces: Sequence[Piece], lines: Sequence[Box], width_to_height: float
) -> tuple[list[Piece], list[Verdict]]:
    """Pieces without struck-out words, and what these said.

    Args:
        width_to_height: of the page.
    """
    rows = rows_of(pieces) if lines else {}
    struck: set[int] = set()
    for line in lines:
        across = (line[1] + line[3]) / 2
        near = words_in_rows(rows, across, across)
        found = [index for index in near if (box := pieces[index].box) and _is_through(line, across, box)]
        if found and _begins_and_ends(line, [box for index in found if (box := pieces[index].box)], width_to_height):
            struck.update(found)
    if not struck:
        return list(pieces), []
    said = Verdict(" ".join(pieces[index].text for index in sorted(struck)), STRUCK_OUT)
    return list(_left(pieces, struck)), [said]


def _is_through(line: Box, across: float, word: Box) -> bool:
    left, top, right, bottom = word
    is_at_height = UPPER <= (across - top) / (bottom - top) <= LOWER
    return is_at_height and min(line[2], right) - max(line[0], left) >= LEAST_COVER * (right - left)


def _begins_and_ends(line: Box, words: Sequence[Box], width_to_height: float) -> bool:
    """True when a line is no longer than its words: others are rules that text stands upon, or a drawing."""
    slack = SLACK * max(bottom - top for _, top, _, bottom in words) / width_to_height
    return line[0] >= min(box[0] for box in words) - slack and line[2] <= max(box[2] for box in words) + slack


def _left(pieces: Sequence[Piece], struck: set[int]) -> Iterator[Piece]:
    """The other words; a space after one that is gone goes with it, a line end stays."""
    was_struck = False
    for index, piece in enumerate(pieces):
        if index not in struck and not (was_struck and piece.text.isspace() and "\n" not in piece.text):
            yield piece
        was_struck = index in struck


def _by_reviewers(page: pdfium.PdfPage) -> Iterator[Box]:
    """The middle lines of what reviewers struck out, in points."""
    quad = pdfium_c.FS_QUADPOINTSF()
    for annotation in annotations(page):
        is_strike = pdfium_c.FPDFAnnot_GetSubtype(annotation) == pdfium_c.FPDF_ANNOT_STRIKEOUT
        if not is_strike or pdfium_c.FPDFAnnot_GetFlags(annotation) & NOT_SHOWN:
            continue
        for index in range(pdfium_c.FPDFAnnot_CountAttachmentPoints(annotation)):
            if pdfium_c.FPDFAnnot_GetAttachmentPoints(annotation, index, quad):
                xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
                middle = (min(ys) + max(ys)) / 2
                yield min(xs), middle - 0.1, max(xs), middle + 0.1
