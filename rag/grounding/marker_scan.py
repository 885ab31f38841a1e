"""Finds citation markers in a text that may still be on its way: ``[1]``, ``[1, 2]``, ``[1-3]`` and the ways models misspell them.

A marker inside code is not a marker, and neither is ``[2019]``. A model's own ``[unsupported]`` is taken out: that remark is ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.grounding.markdown import Scanner
from rag.grounding.parts import Kind, Part

UNSUPPORTED = "[unsupported]"
_NUMBERS = r"\d{1,3}(?:\s{0,3}[,;–-]\s{0,3}\d{1,3}){0,20}"
_WORD = r"(?:sources?\s{0,3}:?\s{0,3})?\^?"
_NOTE = r"†[^\]】\n]{0,80}"
_TARGET = r"\([^()\s]{0,500}"  # a model may make a link of it: its target is not ours
_SPACE = r"(?:(?<![ \t])[ \t]++)?+"  # a run of spaces is tried from its beginning alone: else it costs its square
_COMMA, _NUMBER = re.compile("[,;]"), re.compile(r"\d+")
FOUND = re.compile(
    rf"(?P<space>{_SPACE})(?:\\?[\[【]{_WORD}(?P<numbers>{_NUMBERS})(?:{_NOTE})?\\?[\]】](?:{_TARGET}\))?|{re.escape(UNSUPPORTED)})",
    re.IGNORECASE,
)
_BEGUN_WORDS = "|".join(word[:length] for word in ("sources", UNSUPPORTED[1:-1]) for length in range(len(word), 0, -1))
_BEGUN = rf"(?:(?:{_BEGUN_WORDS})?|{_WORD}(?:{_NUMBERS}(?:\s{{0,3}}(?:[,;–-]\s{{0,3}})?|(?:{_NOTE})?\\?))?)"
UNFINISHED = re.compile(rf"{_SPACE}\\?[\[【]{_BEGUN}\Z", re.IGNORECASE)
# What may become a marker, or a longer one, when more text comes.
PARTIAL = re.compile(
    rf"{_SPACE}\\?(?:[\[【](?:{_BEGUN}|{_WORD}{_NUMBERS}(?:{_NOTE})?\\?[\]】](?:{_TARGET})?))?\Z", re.IGNORECASE
)
SPACES = " \t"
MOST_IN_RANGE = 20
LONGEST_BEGUN = 400
FENCES = ("```", "~~~")
GAP = "…"  # keeps "[4" and "]" apart where a marker between them was taken out: joined they would be a number


@dataclass(frozen=True, slots=True)
class Cited:
    """Numbers cited together. ``space`` is what stood before them."""

    numbers: tuple[int, ...]
    space: str


@dataclass(slots=True)
class MarkerScanner:
    """Takes a text apart into text and markers. However it is cut into pieces on its way here, the result is the same."""

    _markdown: Scanner = field(default_factory=Scanner)
    _held: str = ""
    _holds_spaces: bool = False  # and nothing else
    _kind: Kind = Kind.PROSE  # of what is held
    _tail: str = ""
    _is_taken: bool = False
    _is_at_start: bool = True  # of a line

    def feed(self, piece: str, *, is_last: bool = False) -> Iterator[Part | Cited]:
        """What is decided now, in order; ``is_last`` decides everything. An unfinished marker at the end (a cut answer) is left out."""
        for part in self._markdown.feed(piece, is_last=is_last):
            if part.kind.is_words or (part.text.isspace() and UNFINISHED.search(self._held)):
                yield from self._words(part)
            else:
                yield from self._prose(self._held)
                self._held = ""
                yield from self._text(part)
        if is_last:
            rest, self._held = self._held, ""
            yield from self._prose(UNFINISHED.sub("", rest))

    def _words(self, part: Part) -> Iterator[Part | Cited]:
        if part.kind.is_words and part.kind is not self._kind:
            yield from self._prose(self._held)
            self._held, self._kind = "", part.kind
        if self._holds_spaces and self._held and not part.text.strip(SPACES):
            self._held += part.text  # however many there are, they are looked through once
            return
        whole = self._held + part.text
        partial = PARTIAL.search(whole)
        cut = partial.start() if partial else len(whole)
        self._held = whole[cut:]
        self._holds_spaces = bool(self._held) and not self._held.strip(SPACES)
        yield from self._prose(whole[:cut])

    def _prose(self, text: str) -> Iterator[Part | Cited]:
        position = 0
        for match in FOUND.finditer(text):
            yield from self._text(Part(text[position : match.start()], self._kind))
            position = match.end()
            self._is_taken = True
            if match["numbers"]:
                yield Cited(_numbers(match["numbers"]), match["space"])
            if UNFINISHED.search(self._tail):
                yield from self._text(Part(GAP, self._kind))
        yield from self._text(Part(text[position:], self._kind))

    def _text(self, part: Part) -> Iterator[Part]:
        """Text, kept apart where a marker stood before a mark of code: without it, that would be another one."""
        if not part.text:
            return
        apart = self._apart(part.text) if self._is_taken else ""
        if apart:
            yield Part(apart, self._kind)
        self._is_taken = False
        self._is_at_start = part.kind in (Kind.MARK, Kind.LEAD)
        self._tail = (self._tail + apart + part.text)[-LONGEST_BEGUN:]
        yield part

    def _apart(self, text: str) -> str:
        """What has to stand between the text before a marker that was taken out and the one behind it."""
        if text[0] in "`~" and self._tail[-1:] in ("`", "~", "\\"):
            return " "
        return GAP if self._is_at_start and text.startswith(FENCES) else ""


def _numbers(listed: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in _COMMA.split(listed):
        ends = [int(number) for number in _NUMBER.findall(part)]
        first, last = ends[0], ends[-1]
        numbers += range(first, last + 1) if 0 < last - first < MOST_IN_RANGE else ends
    return tuple(dict.fromkeys(numbers))
