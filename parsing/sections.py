"""Blocks of text in reading order to sections: cut at headings, neither tiny nor huge, each with the path of headings above it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from parsing.types import Block, Section
from parsing.visibility import Hidden, sentence

WANTED_CHARS = 1500
MOST_CHARS = 6000
BETWEEN = "\n\n"
LONGEST_HEADING = 200
HIDDEN = "hidden"  # a piece that is not part of the text; its ``place`` says how it was hidden
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of a document before it is part of a section.

    Attributes:
        level: 1 and more for headings, else 0.
        place: see ``ingestion.types.Block``.
        gap: what stands between it and the block before.
    """

    kind: str
    text: str
    level: int = 0
    place: str | None = None
    gap: str = BETWEEN


@dataclass
class Draft:
    """A section being filled."""

    pieces: list[Piece] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    length: int = 0
    hidden: list[Hidden] = field(default_factory=list)

    def add(self, piece: Piece, path: Path) -> None:
        """Put a block at its end, which stands under these headings."""
        self.pieces.append(piece)
        self.paths.append(path)
        self.length += len(piece.text) + len(piece.gap)

    def section(self, number: int, *, page: int | None = None) -> Section:
        """It as a section."""
        text, blocks = "", []
        for piece in self.pieces:
            text += piece.gap if text else ""
            end = len(text) + len(piece.text)
            blocks.append(Block(kind=piece.kind, start=len(text), end=end, place=piece.place, level=piece.level))
            text += piece.text
        hidden = sentence(self.hidden)
        return Section(
            number=number, text=text, page=page, path=_shared(self.paths), blocks=tuple(blocks), hidden=hidden
        )


def _shared(paths: list[Path]) -> Path:
    """The headings that all paths begin with."""
    levels = takewhile(lambda headings: len(set(headings)) == 1, zip(*paths, strict=False))
    return tuple(headings[0] for headings in levels)


def sections_of(pieces: Iterable[Piece], *, first: int = 1, above: Path = ()) -> Iterator[Section]:
    """Sections of about 1,500 to 6,000 characters. Small neighbours share one, whose path is what their headings have in common.

    Args:
        first: the number of the first section.
        above: headings above all of them.
    """
    number = first
    draft = Draft()
    headings: list[Piece] = []
    for piece in cut(pieces):
        if piece.kind == HIDDEN:
            draft.hidden.append(Hidden(piece.text, piece.place or ""))
            continue
        is_full = draft.length + len(piece.text) > MOST_CHARS
        if draft.pieces and (is_full or (piece.level and draft.length >= WANTED_CHARS)):
            yield draft.section(number)
            number, draft = number + 1, Draft()
        if piece.level:
            headings = [*(heading for heading in headings if heading.level < piece.level), piece]
        draft.add(piece, (*above, *(named(heading.text) for heading in headings)))
    if draft.pieces or sentence(draft.hidden):
        yield draft.section(number)


def page_of(pieces: Iterable[Piece], number: int, page: int) -> Section:
    """One section for a page or a slide, whatever its length; its first heading is its path."""
    draft = Draft()
    stripped = [replace(piece, text=piece.text.strip()) for piece in pieces if piece.text.strip()]
    kept = [piece for piece in stripped if piece.kind != HIDDEN]
    draft.hidden = [Hidden(piece.text, piece.place or "") for piece in stripped if piece.kind == HIDDEN]
    title = next((named(piece.text) for piece in kept if piece.level), None)
    for piece in kept:
        draft.add(piece, (title,) if title else ())
    return draft.section(number, page=page)


def named(heading: str) -> str:
    """A heading as part of a path: on one line, not too long."""
    return " ".join(heading.split())[:LONGEST_HEADING]


def cut(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces, none longer than a section may be; empty ones left out."""
    for piece in pieces:
        rest = piece.text.strip()
        if piece.kind == HIDDEN:
            yield piece
            continue
        while len(rest) > MOST_CHARS:
            at = _cutting_point(rest)
            yield replace(piece, text=rest[:at].rstrip())
            rest = rest[at:].lstrip()
        if rest:
            yield replace(piece, text=rest)


def _cutting_point(text: str) -> int:
    for separator in ("\n", ". ", " "):
        found = text.rfind(separator, MOST_CHARS // 2, MOST_CHARS)
        if found > 0:
            return found + len(separator)
    return MOST_CHARS
