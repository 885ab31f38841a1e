"""Finds citation markers in a text that may still be on its way: ``[1]``, ``[1, 2]``, ``[1-3]`` and the ways models misspell them.

A marker inside code is not a marker, and neither is ``[2019]``. A model's own ``[unsupported]`` is taken out: that remark is ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.grounding.code_spans import CodeSplitter

UNSUPPORTED = "[unsupported]"
_NUMBERS = r"\d{1,3}(?:\s{0,3}[,;–-]\s{0,3}\d{1,3}){0,20}"
_WORD = r"(?:sources?\s{0,3}:?\s{0,3})?\^?"
_NOTE = r"†[^\]】\n]{0,80}"
_TARGET = r"\([^()\s]{0,500}"  # a model may make a link of it: its target is not ours
FOUND = re.compile(
    rf"(?P<space>[ \t]*)(?:\\?[\[【]{_WORD}(?P<numbers>{_NUMBERS})(?:{_NOTE})?\\?[\]】](?:{_TARGET}\))?|{re.escape(UNSUPPORTED)})",
    re.IGNORECASE,
)
_BEGUN_WORDS = "|".join(word[:length] for word in ("sources", UNSUPPORTED[1:-1]) for length in range(len(word), 0, -1))
_BEGUN = rf"(?:(?:{_BEGUN_WORDS})?|{_WORD}(?:{_NUMBERS}(?:\s{{0,3}}(?:[,;–-]\s{{0,3}})?|(?:{_NOTE})?\\?))?)"
UNFINISHED = re.compile(rf"[ \t]*\\?[\[【]{_BEGUN}\Z", re.IGNORECASE)
# What may become a marker, or a longer one, when more text comes.
PARTIAL = re.compile(
    rf"[ \t]*\\?(?:[\[【](?:{_BEGUN}|{_WORD}{_NUMBERS}(?:{_NOTE})?\\?[\]】](?:{_TARGET})?))?\Z", re.IGNORECASE
)
MOST_IN_RANGE = 20
LONGEST_BEGUN = 400
GAP = "…"  # keeps "[4" and "]" apart where a marker between them was taken out: joined they would be a number


@dataclass(frozen=True, slots=True)
class Cited:
    """Numbers cited together. ``space`` is what stood before them."""

    numbers: tuple[int, ...]
    space: str


@dataclass(slots=True)
class MarkerScanner:
    """Takes a text apart into text and markers. However it is cut into pieces on its way here, the result is the same."""

    _code: CodeSplitter = field(default_factory=CodeSplitter)
    _held: str = ""
    _tail: str = ""
    _is_taken: bool = False

    def feed(self, piece: str, *, is_last: bool = False) -> Iterator[str | Cited]:
        """What is decided now, in order; ``is_last`` decides everything. An unfinished marker at the end (a cut answer) is left out."""
        for text, is_code in self._code.feed(piece, is_last=is_last):
            if is_code:
                yield from self._prose(self._held)
                self._held = ""
                yield from self._text(text)
            else:
                whole = self._held + text
                partial = PARTIAL.search(whole)
                cut = partial.start() if partial else len(whole)
                self._held = whole[cut:]
                yield from self._prose(whole[:cut])
        if is_last:
            rest, self._held = self._held, ""
            yield from self._prose(UNFINISHED.sub("", rest))

    def _prose(self, text: str) -> Iterator[str | Cited]:
        position = 0
        for match in FOUND.finditer(text):
            yield from self._text(text[position : match.start()])
            position = match.end()
            self._is_taken = True
            if match["numbers"]:
                yield Cited(_numbers(match["numbers"]), match["space"])
            if UNFINISHED.search(self._tail):
                yield from self._text(GAP)
        yield from self._text(text[position:])

    def _text(self, text: str) -> Iterator[str]:
        """Text, kept apart where a marker stood between two code marks: run together they would mean something else."""
        if not text:
            return
        if self._is_taken and self._tail[-1:] in ("`", "~") and text[0] in "`~":
            text = f" {text}"
        self._is_taken = False
        self._tail = (self._tail + text)[-LONGEST_BEGUN:]
        yield text


def _numbers(listed: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in re.split(r"[,;]", listed):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        first, last = ends[0], ends[-1]
        numbers += range(first, last + 1) if 0 < last - first < MOST_IN_RANGE else ends
    return tuple(dict.fromkeys(numbers))
