"""A page's text in pieces, each a word with its box or what stands between two: what is rearranged and added before it is one text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from parsing.types import Word

Box = tuple[float, float, float, float]
ROWS = 200  # bands of a page in which words are looked for


class Piece(NamedTuple):
    """A word, a space or a line end. ``box`` is left, top, right, bottom as fractions of the page as displayed; None has no place."""

    text: str
    box: Box | None = None


def composed(pieces: Iterable[Piece]) -> tuple[str, tuple[Word, ...]]:
    """The text of pieces, and where its words stand in it."""
    texts: list[str] = []
    words: list[Word] = []
    length = 0
    for text, box in pieces:
        if box:
            words.append(Word(length, length + len(text), box))
        texts.append(text)
        length += len(text)
    return "".join(texts), tuple(words)


def lines_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces by their lines; a piece with a line end is the last of its line."""
    lines: list[list[Piece]] = [[]]
    for piece in pieces:
        lines[-1].append(piece)
        if "\n" in piece.text:
            lines.append([])
    return lines if lines[-1] else lines[:-1]


def rows_of(pieces: Sequence[Piece]) -> dict[int, list[int]]:
    """Which pieces are words of which band of the page, by their middle."""
    rows: dict[int, list[int]] = {}
    for index, piece in enumerate(pieces):
        if piece.box:
            rows.setdefault(int((piece.box[1] + piece.box[3]) / 2 * ROWS), []).append(index)
    return rows


def words_in_rows(rows: dict[int, list[int]], top: float, bottom: float) -> Iterator[int]:
    """The words whose middle is between two heights of the page, or a little beyond."""
    for row in range(int(top * ROWS) - 1, int(bottom * ROWS) + 2):
        yield from rows.get(row, ())
