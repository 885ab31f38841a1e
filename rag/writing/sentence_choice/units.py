"""The units that an answer can quote: the sentences, list items and table rows of a source, each with what it needs to be understood.

A table row is a line with cells between bars; it is one unit whatever stands in its cells. Headings stand as short lines of their own, and
are recognised by their looks where the path of the chunk does not have them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.grounding.passage import Line, Passage, words_of
from rag.grounding.plain_text import plain_text
from rag.terms import has_unspaced, terms_of

UnitKind = Literal["prose", "item", "row", "heading", "code", "furniture"]
CELLS = re.compile(r"[ \t]\|[ \t]|\A[ \t]*+\|")
RULE = re.compile(r"[-:|=+ \t]++")
LEAD_ENDS = (":", "：")
QUESTION_ENDS = ("?", "？", "؟")
LONGEST_HEADING = 80  # characters
MOST_HEADING_WORDS = 12
# Captions, numbers of pages, notices of rights, addresses of mail: what stands on a page and says nothing.
FURNITURE = re.compile(
    r"\A(?:(?:figure|fig\.|table|image|photo|abbildung|abb\.|tabelle|bild|hình|bảng|图|圖|表|รูปที่|ตารางที่|شكل|جدول)\s{0,3}\d{1,3}(?:\.\d{1,3})?\s{0,3}[.:：]"
    r"|(?:page|seite|trang|หน้า|صفحة)\s{0,3}\d{1,4}(?:\s{0,3}(?:of|von|/)\s{0,3}\d{1,4})?\s{0,3}\Z"
    r"|\d{1,4}\s{0,3}(?:/|of|von)\s{0,3}\d{1,4}\s{0,3}\Z"
    r"|©|\(c\) ?\d{4}|copyright\b|all rights reserved|alle rechte vorbehalten"
    r"|[\w.+-]{1,64}@[\w.-]{1,64}\Z)",
    re.IGNORECASE,
)
AUTHORS = re.compile(
    r"\A(?:(?:[A-Z][\w'’.-]{0,30}|and|und|&|de|van|von|\d{1,2}|\*),?\s{1,3}){4,20}+(?:[A-Z][\w'’.-]{0,30}|\d{1,2}|\*)\.?\Z"
)


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A part of a source that can be quoted by itself.

    Attributes:
        rank: of its source among the sources, from 0.
        place: among the units of the source, from 0.
        start, end: offsets in the chunk.
        text: plain, on one line.
        block: number of its paragraph or item.
        heading: nearest heading above it within the chunk; empty without one.
        announces: it is such a sentence or row, or the heading of a list.
        lead: place of the sentence that announces it ("… as follows:"), of a row the place of its header row; None without one.
    """

    passage: Passage
    rank: int
    place: int
    start: int
    end: int
    text: str
    kind: UnitKind
    terms: frozenset[str]
    block: int
    heading: str = ""
    lead: int | None = None
    announces: bool = False

    @property
    def number(self) -> int:
        """The number of its source."""
        return self.passage.source.number

    @property
    def is_lead(self) -> bool:
        """True for a line that says nothing without what follows: it ends with a colon, or is the heading of a list."""
        return self.text.endswith(LEAD_ENDS) or (self.announces and self.kind == "prose" and self.text[-1:].isalnum())

    @property
    def is_question(self) -> bool:
        """True for a question."""
        return self.text.rstrip('"”’»)*_ ').endswith(QUESTION_ENDS)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a chunk before its place among the others is known."""

    start: int
    end: int
    text: str
    kind: str
    terms: frozenset[str]
    block: int


def units_of(passage: Passage, rank: int) -> list[Unit]:
    """The units of a source, in order."""
    pieces = list(_pieces(passage))
    units: list[Unit] = []
    heading, lead = "", None
    for place, piece in enumerate(pieces):
        kind = _kind(passage, pieces, place)
        if kind == "heading":
            heading, lead = piece.text, None
        own_lead = lead if _is_announced(kind, piece, units, lead) else None
        announces = own_lead is None and kind != "heading" and _announces(kind, pieces, place)
        place_and_text = (place, piece.start, piece.end, piece.text)
        units.append(Unit(passage, rank, *place_and_text, kind, piece.terms, piece.block, heading, own_lead, announces))
        if own_lead is None:
            lead = place if announces else None
    return units


def _pieces(passage: Passage) -> Iterator[_Piece]:
    """Rows by line, all else by sentence."""
    text = passage.source.chunk.text
    rows = list(_rows(text)) if "|" in text else []
    block = len(passage.lines)
    made: list[_Piece] = [
        _Piece(start, end, words, "row", terms_of(words), block + number)
        for number, (start, end) in enumerate(rows)
        if (words := plain_text(text[start:end], "row"))
    ]
    for line in passage.lines:
        sentence = line.sentence
        if not any(start < sentence.end and sentence.start < end for start, end in rows):
            made.append(_piece(line))
        else:
            made += _beside_rows(text, line, rows)
    return iter(sorted(made, key=lambda piece: piece.start))


def _piece(line: Line) -> _Piece:
    sentence = line.sentence
    return _Piece(sentence.start, sentence.end, line.text, sentence.kind, line.terms, sentence.block)


def _beside_rows(text: str, line: Line, rows: Sequence[tuple[int, int]]) -> Iterator[_Piece]:
    """What a sentence has before its first row."""
    sentence = line.sentence
    first = min(start for start, end in rows if start < sentence.end and sentence.start < end)
    if words := plain_text(text[sentence.start : first], sentence.kind) if first > sentence.start else "":
        yield _Piece(sentence.start, first, words, sentence.kind, terms_of(words), sentence.block)


def _rows(text: str) -> Iterator[tuple[int, int]]:
    """The lines that are table rows."""
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if CELLS.search(line) and not RULE.fullmatch(line.strip()):
            yield start, end
        start = end


def _kind(passage: Passage, pieces: Sequence[_Piece], place: int) -> UnitKind:
    piece = pieces[place]
    if piece.kind in ("heading", "code", "row", "header"):
        return "row" if piece.kind in ("row", "header") else "heading" if piece.kind == "heading" else "code"
    is_above_list = place + 1 < len(pieces) and pieces[place + 1].kind == "item" and piece.kind == "prose"
    if is_above_list and piece.text != passage.source.chunk.title:
        return "prose"
    if piece.text in passage.source.chunk.path or piece.text == passage.source.chunk.title:
        return "heading"
    if FURNITURE.match(piece.text) or AUTHORS.fullmatch(piece.text):
        return "furniture"
    if piece.kind == "item":
        return "item"
    return "heading" if _looks_like_heading(pieces, place) else "prose"


def _looks_like_heading(pieces: Sequence[_Piece], place: int) -> bool:
    """True for a short line without an end that is a block by itself and has text of another block below."""
    piece = pieces[place]
    is_alone = all(pieces[other].block != piece.block for other in (place - 1, place + 1) if 0 <= other < len(pieces))
    is_short = len(piece.text) <= LONGEST_HEADING and len(piece.text.split()) <= MOST_HEADING_WORDS
    is_open = piece.text[-1:].isalnum() or piece.text[-1:] in "?？؟)"
    return is_alone and is_short and is_open and place + 1 < len(pieces) and not has_value(piece.text)


def has_value(text: str) -> bool:
    """True for a line that states something in the form of a form: "Invoice number: 4711"."""
    name, colon, value = text.partition(":")
    return bool(colon and name.strip() and value.strip())


def _announces(kind: str, pieces: Sequence[_Piece], place: int) -> bool:
    """True when what follows belongs to a piece: it ends with a colon, a list follows it at once, or it is the first row of a table."""
    following = pieces[place + 1] if place + 1 < len(pieces) else None
    if following is None:
        return False
    if kind == "row":
        return following.kind == "row" and (place == 0 or pieces[place - 1].kind != "row")
    if pieces[place].text.endswith(LEAD_ENDS):
        return True
    return kind == "prose" and following.kind == "item"


def _is_announced(kind: str, piece: _Piece, units: Sequence[Unit], lead: int | None) -> bool:
    """True when the piece belongs to the open lead: the items or rows below it, or after a colon the next paragraph."""
    if lead is None:
        return False
    before = units[-1]
    if kind == "row":
        return before.kind == "row" and units[lead].kind == "row"
    if units[lead].kind == "row":
        return False
    if kind == "item":
        return before.kind == "item" or before.place == lead
    if kind == "prose" and before.place == lead:
        return units[lead].is_lead
    return kind == "prose" and piece.block == before.block and before.lead == lead


def is_quotable(unit: Unit) -> bool:
    """False for headings, code, furniture, questions (they repeat the question), and very short lines that state no value."""
    if unit.kind not in ("prose", "item", "row") or unit.is_question:
        return False
    if unit.is_lead:
        return True
    states_a_value = any(map(str.isdigit, unit.text)) or has_value(unit.text)
    least = 2 if states_a_value or unit.kind != "prose" else 4
    return len(words_of(unit.text)) >= least or has_unspaced(unit.text)
