"""Blocks of text in reading order to sections: cut at headings, neither tiny nor huge, each with the path of headings above it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from ingestion.types import Block, Section

WANTED_CHARS = 1500
MOST_CHARS = 6000
BETWEEN = "\n\n"
LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of a document before it is part of a section. ``level`` is 1 and more for headings, else 0."""

    kind: str
    text: str
    level: int = 0


@dataclass
class _Draft:
    """A section being filled."""

    pieces: list[Piece] = field(default_factory=list)
    paths: list[tuple[str, ...]] = field(default_factory=list)
    length: int = 0

    def add(self, piece: Piece, path: tuple[str, ...]) -> None:
        self.pieces.append(piece)
        self.paths.append(path)
        self.length += len(piece.text) + len(BETWEEN)

    def section(self, number: int) -> Section:
        text, blocks = "", []
        for piece in self.pieces:
            text += BETWEEN if text else ""
            blocks.append(Block(kind=piece.kind, start=len(text), end=len(text) + len(piece.text)))
            text += piece.text
        return Section(number=number, text=text, path=_shared(self.paths), blocks=tuple(blocks))


def _shared(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The headings that all paths begin with."""
    levels = takewhile(lambda headings: len(set(headings)) == 1, zip(*paths, strict=False))
    return tuple(headings[0] for headings in levels)


def sections_of(pieces: Iterable[Piece]) -> Iterator[Section]:
    """Sections of about 1,500 to 6,000 characters. Small neighbours share one, whose path is what their headings have in common."""
    number = 1
    draft = _Draft()
    headings: list[Piece] = []
    for piece in _cut(pieces):
        is_full = draft.length + len(piece.text) > MOST_CHARS
        if draft.pieces and (is_full or (piece.level and draft.length >= WANTED_CHARS)):
            yield draft.section(number)
            number, draft = number + 1, _Draft()
        if piece.level:
            headings = [*(above for above in headings if above.level < piece.level), piece]
        draft.add(piece, tuple(heading.text[:LONGEST_HEADING] for heading in headings))
    if draft.pieces:
        yield draft.section(number)


def _cut(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces, none longer than a section may be; empty ones left out."""
    for piece in pieces:
        rest = piece.text.strip()
        while len(rest) > MOST_CHARS:
            at = _cutting_point(rest)
            yield Piece(piece.kind, rest[:at].rstrip(), piece.level)
            rest = rest[at:].lstrip()
        if rest:
            yield Piece(piece.kind, rest, piece.level)


def _cutting_point(text: str) -> int:
    for separator in ("\n", ". ", " "):
        found = text.rfind(separator, MOST_CHARS // 2, MOST_CHARS)
        if found > 0:
            return found + len(separator)
    return MOST_CHARS
