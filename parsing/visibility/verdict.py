"""When text counts as hidden: the one rule that all formats share. An adapter for each format fills in a look and asks."""

from dataclasses import dataclass
from typing import NamedTuple

from parsing.visibility.colour import Colour, is_lost

MARKED = "marked as hidden"
TINY = "too small to be seen"
INVISIBLE = "invisible"
OFF_PAGE = "outside the page"
COVERED = "covered"
SAME_COLOUR = "in the colour of its background"
STRUCK_OUT = "struck out"  # seen, but it does not hold any more
DELETED = "deleted, and the change not yet accepted"
UNSEEN = "in characters without a shape"
SAMPLES = frozenset(
    [
        *(
            "strike",
            "strikethrough",
            "strike-through",
            "strikeout",
            "struck-out",
            "durchgestrichen",
            "barré",
            "tachado",
            "riscado",
        ),
        *("barrato", "przekreślone", "зачёркнутый", "删除线", "刪除線", "取り消し線", "취소선", "ขีดฆ่า"),
    ]
)  # names of the look

SMALLEST_PT = 1.0  # type of this height or width, or less, is read by nobody


class Verdict(NamedTuple):
    """A text that is hidden, and how."""

    text: str
    how: str


def struck_out(text: str) -> str:
    """How a text with a line through it is hidden: not at all where its words name that look, as a sample of it."""
    return "" if "-".join(text.strip(" ,.;").casefold().split()) in SAMPLES else STRUCK_OUT


@dataclass(frozen=True, slots=True)
class Look:
    """How a run of text looks. What a file does not say, or what cannot be known, is None and hides nothing.

    Attributes:
        is_marked: the file says that the text is not shown.
        size_pt: height or width of its letters, the smaller one.
        is_outside: it stands where the page is not.
        is_covered: its box is too small to show any of it, and cuts off the rest.
        colour: of its letters.
        behind: the nearest colour behind it; None also when that is a picture.
    """

    is_marked: bool = False
    size_pt: float | None = None
    is_outside: bool = False
    is_covered: bool = False
    colour: Colour | None = None
    behind: Colour | None = None

    def how(self) -> str:
        """How the text is hidden; empty when it is seen, or may be."""
        if self.is_marked:
            return MARKED
        if self.size_pt is not None and self.size_pt <= SMALLEST_PT:
            return TINY
        if self.is_outside:
            return OFF_PAGE
        if self.is_covered:
            return COVERED
        if self.colour is None:
            return ""
        if not self.colour.is_seen:
            return INVISIBLE
        return SAME_COLOUR if self.behind is not None and is_lost(self.colour, self.behind) else ""
