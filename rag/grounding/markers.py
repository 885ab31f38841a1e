"""Citation markers in a whole answer: taken out, put back. Canonical text has one number per bracket: ``[1][2]``."""

from collections.abc import Mapping
from dataclasses import dataclass

from rag.grounding.marker_scan import UNSUPPORTED, MarkerScanner

__all__ = ["UNSUPPORTED", "Marked", "Marker", "canonical", "numbers_in", "parse", "render"]


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
    for part in MarkerScanner().feed(answer, is_last=True):
        if isinstance(part, str):
            bare += part
        else:
            markers.append(Marker(len(bare), part.numbers, part.space))
    return Marked(bare, tuple(markers))


def render(bare: str, insertions: Mapping[int, str]) -> str:
    """The bare text with texts inserted at positions."""
    pieces, last = [], 0
    for position in sorted(insertions):
        pieces += [bare[last:position], insertions[position]]
        last = position
    return "".join([*pieces, bare[last:]])


def canonical(space: str, numbers: tuple[int, ...] | list[int]) -> str:
    """Numbers as they stand in an answer; nothing, when there are none."""
    return space + "".join(f"[{number}]" for number in numbers) if numbers else ""


def numbers_in(answer: str) -> list[int]:
    """All numbers cited in a text, in order, with repetitions."""
    return [number for marker in parse(answer).markers for number in marker.numbers]
