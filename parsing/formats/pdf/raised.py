"""Raised and lowered characters of a PDF page: ``420¹`` is not 4201, ``m²`` is not m2. Runs in a child process only.

A PDF says nothing of it but where characters stand and how large they are. Only words with a digit are looked at: their marks are
what makes another number of one.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from parsing.raised import POWER_OF_TEN, RAISED

WORD = re.compile(r"[^\s\0]++")
DIGIT = re.compile(r"\d")
SMALLER = 0.85  # of the height of the characters beside it
RAISED_BY, LOWERED_BY = 0.12, 0.05  # of that height
LEFT_OUT = "\0"
LONGEST = 200  # characters; nothing longer is a word
MOST_LETTERS = 1  # of a mark: more are an ordinal, as in 1st


class Shown(NamedTuple):
    """The characters of a page, one for each of pdfium's, and before which of them a space belongs."""

    text: str
    spaces: frozenset[int]


class _Place(NamedTuple):
    """Where a character stands: its left edge and its base line, and the height of its line, in points."""

    x: float
    y: float
    height: float


def with_raised(raw: str, text_page: pdfium.PdfTextPage) -> Shown:
    """The characters with raised digits as such, and without the line ends that pdfium sees after them."""
    places = _Places(text_page.raw)
    shown = list(raw)
    spaces: set[int] = set()
    for word in WORD.finditer(raw):
        if len(word[0]) > LONGEST or not DIGIT.search(word[0]):
            continue
        at = [places.of(index) for index in range(*word.span())]
        for start, end, is_raised in _runs(at):
            _mark(shown, spaces, raw, word, start, end, is_raised=is_raised)
        _rejoin(shown, raw, word, at, places)
    return Shown("".join(shown), frozenset(spaces))


def _mark(
    shown: list[str], spaces: set[int], raw: str, word: re.Match[str], start: int, end: int, *, is_raised: bool
) -> None:
    """Put a run of a word into its raised form; a mark after a number, or before a word, stands apart."""
    run = word[0][start:end]
    if not is_raised or sum(map(str.isalpha, run)) > MOST_LETTERS or not any(map(str.isdigit, run)):
        return
    first = word.start() + start
    for index, character in enumerate(run, first):
        shown[index] = character.translate(RAISED)
    if start == 0:
        spaces.add(word.start() + end)
    elif raw[first - 1].isdigit() and not POWER_OF_TEN.search(raw[max(first - 4, 0) : first]):
        spaces.add(first)


def _rejoin(shown: list[str], raw: str, word: re.Match[str], at: Sequence[_Place | None], places: "_Places") -> None:
    """Leave out a line end after a word when the next one goes on beside it: its last characters are raised or lowered."""
    end = word.end()
    if raw[end : end + 2] != "\r\n" or end + 2 >= len(raw):
        return
    last, following = at[-1], places.of(end + 2)
    if last is None or following is None or abs(last.y - following.y) < LOWERED_BY * following.height:
        return
    is_smaller = last.height < SMALLER * following.height
    is_beside = abs(last.y - following.y) < following.height and 0 <= following.x - last.x < 2 * following.height
    if is_smaller and is_beside:
        shown[end] = shown[end + 1] = LEFT_OUT
        if all(place is not None and place.height < SMALLER * following.height for place in at):
            for index in range(*word.span()):  # all of it: the mark of a footnote, before its text
                shown[index] = raw[index].translate(RAISED) if last.y > following.y else raw[index]


def _runs(at: Sequence[_Place | None]) -> Iterator[tuple[int, int, bool]]:
    """Runs of characters of a word that are smaller than its largest and off its base line: start, end, whether it is above."""
    largest = max((place.height for place in at if place), default=0.0)
    base = next((place.y for place in at if place and place.height > SMALLER * largest), 0.0)
    sides = [_side(place, base, largest) for place in at]
    start = 0
    for end in range(1, len(sides) + 1):
        if end == len(sides) or sides[end] != sides[start]:
            if sides[start]:
                yield start, end, sides[start] > 0
            start = end


def _side(place: _Place | None, base: float, largest: float) -> int:
    if place is None or place.height >= SMALLER * largest:
        return 0
    above = place.y - base
    return 1 if above > RAISED_BY * largest else -1 if above < -LOWERED_BY * largest else 0


class _Places:
    """Asks pdfium where characters stand."""

    def __init__(self, text_page: pdfium_c.FPDF_TEXTPAGE) -> None:
        self._text_page = text_page
        self._rect = pdfium_c.FS_RECTF()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()

    def of(self, index: int) -> _Place | None:
        """None for what has no place."""
        if not pdfium_c.FPDFText_GetLooseCharBox(self._text_page, index, self._rect):
            return None
        if not pdfium_c.FPDFText_GetCharOrigin(self._text_page, index, self._x, self._y):
            return None
        height = self._rect.top - self._rect.bottom
        return _Place(self._rect.left, self._y.value, height) if height > 0 else None
