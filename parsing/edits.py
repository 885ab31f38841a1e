"""Changes to a section's text after its words and blocks were placed: they keep standing where their characters are."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from parsing.types import Section


class Edit(NamedTuple):
    """A run of a text, by its offsets, and what stands in its place; nothing when it is taken out."""

    start: int
    end: int
    text: str = ""


def edited(section: Section, edits: Sequence[Edit]) -> Section:
    """The section with these edits made; words and blocks that lose all their characters are left out.

    Args:
        edits: in the order of the text, not empty, none overlapping the next.
    """
    if not edits:
        return section
    moved = _Moved(edits)
    words = (word._replace(start=moved(word.start), end=moved(word.end)) for word in section.words)
    blocks = (
        block.model_copy(update={"start": moved(block.start), "end": moved(block.end)}) for block in section.blocks
    )
    return section.model_copy(
        update={
            "text": _text(section.text, edits),
            "words": tuple(word for word in words if word.start < word.end),
            "blocks": tuple(block for block in blocks if block.start < block.end),
        }
    )


def _text(text: str, edits: Sequence[Edit]) -> str:
    parts: list[str] = []
    last = 0
    for edit in edits:
        parts += text[last : edit.start], edit.text
        last = edit.end
    return "".join([*parts, text[last:]])


class _Moved:
    """Where an offset into the old text is in the new one."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        growth = (len(edit.text) - (edit.end - edit.start) for edit in edits)
        self._shifts = [0, *accumulate(growth)]  # before each edit, and after the last

    def __call__(self, offset: int) -> int:
        before = bisect_right(self._starts, offset)
        if not before:
            return offset
        edit = self._edits[before - 1]
        if offset >= edit.end:
            return offset + self._shifts[before]
        return edit.start + self._shifts[before - 1] + min(offset - edit.start, len(edit.text))
