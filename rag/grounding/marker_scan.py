"""Finds citation markers in a text that may still be streaming: ``[1]``, ``[1, 2]``, ``[1-3]`` and common misspellings by models.

A marker inside code is not a marker, and neither is ``[2019]``. A model's ``[unsupported]`` and the like are removed: only the
check writes them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.grounding.markdown import Scanner
from rag.grounding.markdown_parts import Part, PartKind
from rag.types import Verdict

UNSUPPORTED = f"[{Verdict.UNSUPPORTED}]"
REMARKS = tuple(verdict for verdict in Verdict if verdict is not Verdict.SUPPORTED)
_NUMBERS = r"\d{1,3}(?:\s{0,3}[,;–-]\s{0,3}\d{1,3}){0,20}"
_WORD = r"(?:sources?\s{0,3}:?\s{0,3})?\^?"
_NOTE = r"†[^\]】\n]{0,80}"
_TARGET = r"\([^()\s]{0,500}"  # a model may write the marker as a link: its target is dropped
_SPACE = r"(?:(?<![ \t])[ \t]++)?+"  # matched from the start of a run of spaces only: else the cost is quadratic
_COMMA, _NUMBER = re.compile("[,;]"), re.compile(r"\d+")
FOUND = re.compile(
    rf"(?P<space>{_SPACE})(?:\\?[\[【]{_WORD}(?P<numbers>{_NUMBERS})(?:{_NOTE})?\\?[\]】](?:{_TARGET}\))?|\[(?:{'|'.join(REMARKS)})\])",
    re.IGNORECASE,
)
_BEGUN_WORDS = "|".join(word[:length] for word in ("sources", *REMARKS) for length in range(len(word), 0, -1))
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
GAP = "…"  # keeps "[4" and "]" apart where a marker between them was removed: joined they would be a marker


@dataclass(frozen=True, slots=True)
class CitedNumbers:
    """Numbers cited together. ``space`` is the space before them."""

    numbers: tuple[int, ...]
    space: str


@dataclass(slots=True)
class MarkerScanner:
    """Splits a streamed text into text and markers. The result does not depend on the pieces in which the text arrives."""

    _markdown: Scanner = field(default_factory=Scanner)
    _held: str = ""
    _holds_spaces: bool = False  # only spaces are held
    _spaces: list[str] = field(
        default_factory=list
    )  # more of them; joined when something else comes, which takes linear time
    _kind: PartKind = PartKind.PROSE  # of the held text
    _tail: str = ""
    _is_after_marker: bool = False
    _is_at_start: bool = True  # of a line

    def feed(self, piece: str, *, is_last: bool = False) -> Iterator[Part | CitedNumbers]:
        """What is decided after this piece, in order; ``is_last`` decides all and drops an unfinished marker (cut answer)."""
        for part in self._markdown.feed(piece, is_last=is_last):
            if self._held and self._holds_spaces and part.kind is self._kind and not part.text.strip(SPACES):
                self._spaces.append(part.text)
                continue
            self._join_spaces()
            if part.kind.is_words or (part.text.isspace() and UNFINISHED.search(self._held)):
                yield from self._words(part)
            else:
                yield from self._prose(self._held)
                self._held = ""
                yield from self._text(part)
        if is_last:
            self._join_spaces()
            rest, self._held = self._held, ""
            yield from self._prose(UNFINISHED.sub("", rest))

    def _join_spaces(self) -> None:
        self._held += "".join(self._spaces)
        self._spaces.clear()

    def _words(self, part: Part) -> Iterator[Part | CitedNumbers]:
        if part.kind.is_words and part.kind is not self._kind:
            yield from self._prose(self._held)
            self._held, self._kind = "", part.kind
        whole = self._held + part.text
        partial = PARTIAL.search(whole)
        cut = partial.start() if partial else len(whole)
        self._held = whole[cut:]
        self._holds_spaces = bool(self._held) and not self._held.strip(SPACES)
        yield from self._prose(whole[:cut])

    def _prose(self, text: str) -> Iterator[Part | CitedNumbers]:
        position = 0
        for match in FOUND.finditer(text):
            yield from self._text(Part(text[position : match.start()], self._kind))
            position = match.end()
            self._is_after_marker = True
            if match["numbers"]:
                yield CitedNumbers(_numbers(match["numbers"]), match["space"])
            if UNFINISHED.search(self._tail):
                yield from self._text(Part(GAP, self._kind))
        yield from self._text(Part(text[position:], self._kind))

    def _text(self, part: Part) -> Iterator[Part]:
        """Text, with a separator where a marker was removed before a mark of code, which would otherwise become a different mark."""
        if not part.text:
            return
        separator = self._separator(part.text) if self._is_after_marker else ""
        if separator:
            yield Part(separator, self._kind)
        self._is_after_marker = False
        self._is_at_start = part.kind in (PartKind.MARK, PartKind.LEAD)
        self._tail = (self._tail + separator + part.text)[-LONGEST_BEGUN:]
        yield part

    def _separator(self, text: str) -> str:
        """What must separate the texts before and after a removed marker; mostly empty."""
        if text[0] in "`~$" and self._tail[-1:] in ("`", "~", "$", "\\"):
            return " "
        return GAP if self._is_at_start and text.startswith(FENCES) else ""


def _numbers(listed: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in _COMMA.split(listed):
        ends = [int(number) for number in _NUMBER.findall(part)]
        first, last = ends[0], ends[-1]
        numbers += range(first, last + 1) if 0 < last - first < MOST_IN_RANGE else ends
    return tuple(dict.fromkeys(numbers))
