"""Locators of spans of a section, as people write them: ``A2:D9``, ``pages 3–4``."""

import re
from collections import deque
from collections.abc import Iterable, Sequence

from parsing.types import Block

CELLS = re.compile(r"\A(?P<sheet>.*!)?(?P<left>[A-Z]{1,3})(?P<top>\d+)(?::(?P<right>[A-Z]{1,3})(?P<bottom>\d+))?")
NUMBERED = re.compile(r"\A(?P<word>[^\W\d]++) (?P<number>\d+)")


class Locators:
    """The locators of spans of one section. The spans come in order, so that each block is looked at a few times only.

    Args:
        blocks: of the section; they need not be in order.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._coming = deque(sorted((block for block in blocks if block.locator), key=lambda block: block.start))
        self._open: list[Block] = []

    def of(self, span: tuple[int, int]) -> str | None:
        """The locator of the next span, which starts no earlier than the one before it."""
        start, end = span
        while self._coming and self._coming[0].start < end:
            self._open.append(self._coming.popleft())
        self._open = [block for block in self._open if start < block.end]
        return combined([block.locator for block in self._open if block.locator and block.start < end])


def combined(locators: Sequence[str]) -> str | None:
    """Several locators as one; None when there are none."""
    if not locators:
        return None
    first, last = locators[0], locators[-1]
    if first == last:
        return first
    return _cells(locators) or _numbers(first, last) or f"{first} – {last}"


def _cells(locators: Sequence[str]) -> str | None:
    """The smallest range with all cells; a first row that is not adjacent to the others (a header) is named separately.

    Returns:
        None when they are not cells of one sheet.
    """
    matches = [CELLS.fullmatch(locator) for locator in locators]
    ranges = [match for match in matches if match]
    if len(ranges) < len(locators) or len({cells["sheet"] for cells in ranges}) > 1:
        return None
    if _bottom(ranges[0]) + 1 < int(ranges[1]["top"]):
        return f"{locators[0]}, {_range(ranges[1:])}"
    return f"{ranges[0]['sheet'] or ''}{_range(ranges)}"


def _range(ranges: Sequence[re.Match[str]]) -> str:
    left = min((cells["left"] for cells in ranges), key=_column)
    right = max((cells["right"] or cells["left"] for cells in ranges), key=_column)
    first, last = f"{left}{min(int(cells['top']) for cells in ranges)}", f"{right}{max(map(_bottom, ranges))}"
    return first if first == last else f"{first}:{last}"


def _bottom(cells: re.Match[str]) -> int:
    return int(cells["bottom"] or cells["top"])


def _column(letters: str) -> tuple[int, str]:
    return len(letters), letters


def _numbers(first: str, last: str) -> str | None:
    """``page 3`` and ``page 4`` as ``pages 3–4``; None when they count different things."""
    begin, end = NUMBERED.fullmatch(first), NUMBERED.fullmatch(last)
    if not begin or not end or begin["word"] != end["word"]:
        return None
    return f"{begin['word']}s {begin['number']}–{end['number']}"
