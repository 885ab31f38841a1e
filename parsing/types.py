"""What a parser gives back: sections with their words and blocks."""

from typing import NamedTuple

from core.values import Frozen


class Word(NamedTuple):
    """A run of characters and where it stands on its page. A tuple, because a page has a thousand of them.

    Attributes:
        start, end: offsets into the section's text.
        box: left, top, right, bottom as fractions (0–1) of the page as displayed, origin at the top left.
    """

    start: int
    end: int
    box: tuple[float, float, float, float]


PAGE = "page"


class Block(Frozen):
    """A structural run of a section's text: kind is ``heading``, ``paragraph``, ``list_item``, ``table`` or ``code``.

    One of kind ``page`` is around a whole page that the file calls otherwise than by its number.

    Attributes:
        locator: where it stands, when the format has no pages but an address: a range of cells (``A2:D2``), a page of an attachment;
            of a page, how the file names it, with its count (``iv (6/12)``).
        level: of a heading, 1 the highest; 0 when unknown and for other kinds.
    """

    kind: str
    start: int
    end: int
    locator: str | None = None
    level: int = 0


def block_around(kind: str, text: str, locator: str | None = None) -> tuple[Block, ...]:
    """One block around all words of a text, without the white space at its ends; none around a text without words."""
    words = text.strip()
    start = text.find(words)
    return (Block(kind=kind, start=start, end=start + len(words), locator=locator),) if words else ()


class Section(Frozen):
    """A parsed part: a page of a PDF, or a run of text under its headings elsewhere.

    Attributes:
        number: 1-based, unique in the document.
        page: page number for formats with pages, else None.
        path: headings above, outermost first.
        width, height: page size in points as displayed, for formats with pages.
        warning: why this part could not be read, in a sentence, when it could not; the others are searched all the same.
        hidden: what a reader of the file does not see, in a sentence; it is not part of ``text``.
    """

    number: int
    text: str
    page: int | None = None
    path: tuple[str, ...] = ()
    width: float | None = None
    height: float | None = None
    words: tuple[Word, ...] = ()
    blocks: tuple[Block, ...] = ()
    warning: str | None = None
    hidden: str | None = None
