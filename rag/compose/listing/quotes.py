"""What is shown of a hit: its own words, short, from one chunk, and a name where it needs one."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.compose.listing.records import Record
from rag.compose.listing.words import Word, folded
from rag.grounding.passage import Passage
from rag.grounding.plain_text import plain_text
from rag.types import Chunk, Source

LONGEST = 280  # characters
SHORT = ("row", "item", "paragraph")


@dataclass(slots=True)
class Quote:
    """Words of a chunk.

    Attributes:
        name: of the record, where the words do not tell; empty else.
    """

    chunk: Chunk
    text: str
    name: str = ""


def quote_of(record: Record, words: Sequence[Word]) -> Quote:
    """The words of a hit, of a longer one the sentence that has most of the words of the question."""
    piece = record.pieces[0]
    chunk = piece.section.chunk_at(piece.start)
    text = _within(chunk, piece.section.start + piece.start, piece.section.start + piece.end)
    is_whole = len(record.pieces) == 1 and len(text) <= LONGEST
    name = record.document.title if record.kind in ("document", "mail", "page") else ""
    if is_whole or record.kind in SHORT:
        shown = plain_text(_short(text), "row" if record.kind == "row" else "prose")
        return Quote(chunk, shown, name)
    heading = plain_text(text.partition("\n")[0])[:LONGEST] if record.kind == "section" else name
    return _sentence(record, words, heading)


def _sentence(record: Record, words: Sequence[Word], name: str) -> Quote:
    """The sentence with most of the words, of several the first."""
    best, most = Quote(record.pieces[0].section.chunks[0], "", name), -1
    passages: dict[int, Passage] = {}
    for piece in record.pieces:
        start, end = piece.section.start + piece.start, piece.section.start + piece.end
        for chunk in piece.section.chunks:
            if chunk.char_end <= start or chunk.char_start >= end:
                continue
            passage = passages.setdefault(id(chunk), Passage(Source(number=1, chunk=chunk)))
            for line in passage.lines:
                place = chunk.char_start + line.sentence.start
                if not start <= place < end or not line.text or line.text == name:
                    continue
                lower = folded(line.text, record.language)
                count = sum(word.is_in(lower) for word in words)
                if count > most:
                    best, most = Quote(chunk, _short(line.text), name), count
    return best


def _within(chunk: Chunk, start: int, end: int) -> str:
    """The part of a run of a section that is in a chunk."""
    return chunk.text[max(0, start - chunk.char_start) : max(0, end - chunk.char_start)]


def _short(text: str) -> str:
    """The text, a long one up to a space."""
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST]
    return cut[: max(cut.rfind(" | "), cut.rfind(". ") + 1, 0) or cut.rfind(" ") or LONGEST].rstrip()
