"""Sections as messages between processes: words packed, sizes bounded, nothing believed that does not fit."""

import struct
from typing import Any

from parsing.types import Section, Word

WORD = struct.Struct("<2I4f")
MOST_CHARS = 500_000  # of a section; a page full of small print has 10,000
MOST_WORDS = 100_000
TOO_LONG = "{part} could not be read: it holds more text than a page can."


def to_message(section: Section) -> dict[str, Any]:
    """A section as plain values. One that is far too long becomes one that says so."""
    if len(section.text) > MOST_CHARS:
        part = f"Page {section.page}" if section.page else f"Part {section.number}"
        section = Section(number=section.number, page=section.page, text="", warning=TOO_LONG.format(part=part))
    return {
        "number": section.number,
        "text": section.text,
        "page": section.page,
        "path": list(section.path),
        "width": section.width,
        "height": section.height,
        "words": b"".join(WORD.pack(word.start, word.end, *word.box) for word in section.words[:MOST_WORDS]),
        "blocks": [block.model_dump() for block in section.blocks],
        "warning": section.warning,
        "hidden": section.hidden,
    }


def to_section(message: dict[str, Any]) -> Section:
    """The section in a message.

    Raises:
        ValueError: it is none.
    """
    words = message["words"]
    if len(words) % WORD.size:
        raise ValueError("half a word")
    section = Section.model_validate({**message, "words": ()})
    return section.model_copy(update={"words": tuple(_words(words, len(section.text)))})


def _words(packed: bytes, most: int) -> list[Word]:
    words = []
    for start, end, left, top, right, bottom in WORD.iter_unpack(packed):
        if 0 <= start < end <= most and 0 <= left <= right <= 1 and 0 <= top <= bottom <= 1:
            words.append(Word(start=start, end=end, box=(left, top, right, bottom)))
    return words
