"""Where a span of a section stands, as people say it: ``A2:D9``, ``pages 3–4``."""

import re
from collections.abc import Sequence

CELLS = re.compile(r"(?P<sheet>.*!)?(?P<left>[A-Z]{1,3})(?P<top>\d+)(?::(?P<right>[A-Z]{1,3})(?P<bottom>\d+))?")
NUMBERED = re.compile(r"(?P<word>[^\W\d]+) (?P<number>\d+)")


def combined(locators: Sequence[str]) -> str | None:
    """The places as one; None when there is none."""
    if not locators:
        return None
    first, last = locators[0], locators[-1]
    if first == last:
        return first
    return _cells(locators) or _numbers(first, last) or f"{first} – {last}"


def _cells(locators: Sequence[str]) -> str | None:
    """The smallest range that holds all of them; a first row far above the others, a header's, is named apart.

    Returns:
        None when they are no cells of one sheet.
    """
    found = [CELLS.fullmatch(locator) for locator in locators]
    ranges = [match for match in found if match]
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
