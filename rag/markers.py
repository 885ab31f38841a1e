"""Citation markers in an answer: ``[1]``, ``[1, 2]``, ``[1][2]``, ``[1-3]`` and the ways models misspell them.

A marker inside code is not a marker. Canonical text has one number per bracket: ``[1][2]``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

UNSUPPORTED = "[unsupported]"
CODE = re.compile(r"(`{3,}|~{3,}).*?(?:\1|\Z)|(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)\2(?!`)", re.DOTALL)
MARKER = re.compile(
    r"[ \t]*\\?[\[【](?:sources?\s*:?\s*)?\^?"
    r"(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)"
    r"(?:†[^\]】]*)?\\?[\]】](?:\([^()\s]*\))?",  # a model may make a link of it: its target is not ours
    re.IGNORECASE,
)
CLAIMED = re.compile(r"[ \t]*\[unsupported\]", re.IGNORECASE)
UNFINISHED = re.compile(r"[ \t]*[\[【][\d\s,;–-]*\Z")
MOST_IN_RANGE = 20


@dataclass(frozen=True, slots=True)
class Marker:
    """Numbers cited at a position of the bare text. ``space`` is the space that stood before."""

    position: int
    numbers: tuple[int, ...]
    space: str


@dataclass(frozen=True, slots=True)
class Marked:
    """An answer taken apart: ``bare`` is its text without markers."""

    bare: str
    markers: tuple[Marker, ...]


def parse(answer: str) -> Marked:
    """Take the markers out. An unfinished one at the end (a cut answer) is removed."""
    bare, markers = "", []
    for text, is_code in _by_code(answer):
        if is_code:
            bare = _joined(bare, text)
            continue
        position = 0
        text = CLAIMED.sub("", text)
        for match in MARKER.finditer(text):
            bare = _joined(bare, text[position : match.start()])
            numbers = _numbers(match[1])
            markers.append(Marker(len(bare), numbers, match[0][: len(match[0]) - len(match[0].lstrip())]))
            position = match.end()
        bare = _joined(bare, text[position:])
    return Marked(UNFINISHED.sub("", bare), tuple(markers))


def _joined(left: str, right: str) -> str:
    """Both, kept apart where a marker stood between two code marks: run together they would mean something else."""
    return f"{left} {right}" if left[-1:] in ("`", "~") and right[:1] in ("`", "~") else left + right


def render(bare: str, insertions: Mapping[int, str]) -> str:
    """The bare text with texts inserted at positions."""
    pieces, last = [], 0
    for position in sorted(insertions):
        pieces += [bare[last:position], insertions[position]]
        last = position
    return "".join([*pieces, bare[last:]])


def numbers_in(answer: str) -> list[int]:
    """All numbers cited in a text, in order, with repetitions."""
    return [number for marker in parse(answer).markers for number in marker.numbers]


def _by_code(answer: str) -> list[tuple[str, bool]]:
    parts, last = [], 0
    for match in CODE.finditer(answer):
        parts += [(answer[last : match.start()], False), (match[0], True)]
        last = match.end()
    return [*parts, (answer[last:], False)]


def _numbers(listed: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in re.split(r"[,;]", listed):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        first, last = ends[0], ends[-1]
        numbers += range(first, last + 1) if 0 < last - first < MOST_IN_RANGE else ends
    return tuple(dict.fromkeys(numbers))
