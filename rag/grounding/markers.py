"""Removes the citation markers of a whole answer and puts them back. Canonical text has one number per bracket: ``[1][2]``."""

from collections.abc import Mapping
from dataclasses import dataclass

from rag.grounding.markdown_parts import Part, Run, non_prose_runs
from rag.grounding.marker_scan import UNSUPPORTED, MarkerScanner

__all__ = ["UNSUPPORTED", "Marker", "ParsedAnswer", "bare_beginning", "canonical", "numbers_in", "parse", "render"]


@dataclass(frozen=True, slots=True)
class Marker:
    """Numbers cited at a position of the bare text. ``space`` is the space before them."""

    position: int
    numbers: tuple[int, ...]
    space: str


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """An answer, separated into text and markers.

    Attributes:
        bare: the text without markers.
        runs: code, headings and table headers in ``bare``, as they were with the markers.
    """

    bare: str
    markers: tuple[Marker, ...]
    runs: tuple[Run, ...] = ()


def parse(answer: str) -> ParsedAnswer:
    """Separates an answer into text and markers. An unfinished marker at the end (a cut answer) is removed."""
    parts: list[Part] = []
    markers: list[Marker] = []
    length = 0
    for part in MarkerScanner().feed(answer, is_last=True):
        if isinstance(part, Part):
            parts.append(part)
            length += len(part.text)
        else:
            markers.append(Marker(length, part.numbers, part.space))
    return ParsedAnswer("".join(part.text for part in parts), tuple(markers), non_prose_runs(parts))


def bare_beginning(answer: str, most_chars: int) -> str:
    """The beginning of an answer without markers. No more of it is read than that: an answer may be very long."""
    return parse(answer[: 2 * most_chars]).bare[:most_chars]


def render(bare: str, insertions: Mapping[int, str]) -> str:
    """The bare text with texts inserted at positions."""
    pieces, last = [], 0
    for position in sorted(insertions):
        pieces += [bare[last:position], insertions[position]]
        last = position
    return "".join([*pieces, bare[last:]])


def canonical(space: str, numbers: tuple[int, ...] | list[int]) -> str:
    """Numbers in canonical spelling after their space; an empty text when there are none."""
    return space + "".join(f"[{number}]" for number in numbers) if numbers else ""


def numbers_in(answer: str) -> list[int]:
    """All numbers cited in a text, in order, with repetitions."""
    return [number for marker in parse(answer).markers for number in marker.numbers]
