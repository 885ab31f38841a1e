"""Records of a document: its table rows, list items, sections, and paragraphs or lines of one shape, each kind as families."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from rag.compose.listing.blocks import BETWEEN_CELLS, HEADING_MARK, ITEM, Block, blocks_of
from rag.compose.listing.texts import Document, Section
from rag.compose.listing.words import folded
from rag.terms import has_unspaced, terms_of

RecordKind = Literal["document", "page", "mail", "row", "item", "section", "paragraph"]
DIGITS = re.compile(r"\d+")
LABEL = re.compile(r"(?m)^[ \t]{0,8}(?:[-*•] )?([^\n:|]{1,60}): +([^\n]+)$")
PUNCTUATION = ".,:;()[]"
LEAD = 90  # characters in which a paragraph names what it is about
LEAST_ALIKE = 3  # paragraphs of one shape that make a family
REGULAR_SHARE, LEAST_REGULAR = 0.8, 0.3
SAMPLED = 40


@dataclass(slots=True, eq=False)
class Piece:
    """A run of a section's text."""

    section: Section
    start: int
    end: int

    @property
    def text(self) -> str:
        """The run."""
        return self.section.text[self.start : self.end]


@dataclass(eq=False)
class Record:
    """One thing that may be listed or counted.

    Attributes:
        labels: names of its columns, when it is a row.
        context: the headings, sentence and title above it, folded.
    """

    kind: RecordKind
    document: Document
    pieces: list[Piece]
    labels: tuple[str, ...] = ()
    language: str = "en"
    context: str = ""

    @cached_property
    def text(self) -> str:
        """Its words."""
        return "\n\n".join(piece.text for piece in self.pieces)

    @cached_property
    def lower(self) -> str:
        """Its words, folded."""
        return folded(self.text, self.language)

    @cached_property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """Label and value, folded: of a row by its columns, of other records from lines like "Status: open"."""
        if self.kind == "row":
            return tuple(_row_cells(self.lower, [folded(label, self.language) for label in self.labels]))
        return tuple((label.strip(), value.strip()) for label, value in LABEL.findall(self.lower))

    @property
    def lead(self) -> str:
        """Where it names what it is, folded."""
        if self.kind in ("document", "mail", "page"):
            return folded(
                f"{self.document.title}\n{self.document.top}\n{self.document.beginning[: 2 * LEAD]}", self.language
            )
        first = folded(self.pieces[0].text[:LEAD], self.language)
        return first.partition("\n")[0] if self.kind == "section" else first


@dataclass(eq=False)
class Family:
    """Records of one kind.

    Attributes:
        near: what stands right above them, such as the heading or the sentence before a list.
        far: the title of the document and its headings.
        shape: how all of its paragraphs begin.
    """

    kind: RecordKind
    records: list[Record]
    near: tuple[str, ...] = ()
    far: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    shape: str = ""

    @cached_property
    def common(self) -> frozenset[str]:
        """The terms that most of a sample of its records have: the fixed words of their shape."""
        sample = self.records[:: max(1, len(self.records) // SAMPLED)]
        counts = Counter(term for record in sample for term in terms_of(DIGITS.sub(" ", record.text[: 10 * LEAD])))
        return frozenset(term for term, count in counts.items() if count >= REGULAR_SHARE * len(sample))

    @property
    def has_numbers_first(self) -> bool:
        """True for lines that all begin with two numbers, such as dates: rows of a table that lost its columns."""
        words = self.shape.split()
        return len(words) > 1 and all("#" in word for word in words)

    @cached_property
    def is_regular(self) -> bool:
        """True when the records say the same kind of thing: their fixed words are a good part of them."""
        if self.has_numbers_first:
            return True
        sample = self.records[:: max(1, len(self.records) // SAMPLED)]
        lengths = [len(terms_of(DIGITS.sub(" ", record.text[: 10 * LEAD]))) for record in sample]
        return len(self.common) >= LEAST_REGULAR * sum(lengths) / max(1, len(lengths))


@dataclass(slots=True)
class _Open:
    """A table or list while its rows or items are read."""

    kind: RecordKind
    near: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)


def whole(document: Document, language: str) -> Record:
    """A document as one record."""
    pieces = [Piece(section, 0, len(section.text)) for section in document.sections]
    return Record("document", document, pieces, language=language)


def pages(document: Document, language: str) -> Iterator[Record]:
    """The pages of a document; none where it has no pages."""
    for section in document.sections:
        if section.chunks[0].page is not None:
            yield Record("page", document, [Piece(section, 0, len(section.text))], language=language)


def families_of(document: Document, language: str) -> list[Family]:
    """The families within a document; records of different families may overlap."""
    blocks = blocks_of(document)
    far = (document.title, document.top)
    families = [_table(document, opened, far, language) for opened in _runs(blocks, "row")]
    families += [_list(document, opened, far, language) for opened in _runs(blocks, "item")]
    families += _sections(document, blocks, far, language)
    families += _paragraphs(document, blocks, far, language)
    return [family for family in families if family.records]


def _runs(blocks: Sequence[Block], kind: Literal["row", "item"]) -> Iterator[_Open]:
    """Neighbouring rows or items, with the heading and the line above them."""
    heading = line = ""
    opened: _Open | None = None
    for block in blocks:
        if block.kind == kind:
            if opened is None:
                opened = _Open(kind, tuple(filter(None, (line, heading))))
            opened.blocks.append(block)
            continue
        if opened:
            yield opened
        opened = None
        if block.kind == "heading":
            heading, line = block.text.strip(), ""
        else:
            line = block.text.strip()
    if opened:
        yield opened


def _table(document: Document, opened: _Open, far: tuple[str, ...], language: str) -> Family:
    """The rows of a table; the row that names its columns is none, wherever a section repeats it."""
    lines = [block.text.strip() for block in opened.blocks]
    header = tuple(cell.strip() for cell in lines[0].split(BETWEEN_CELLS))
    is_labelled = sum(f"{label}: " in lines[-1] for label in header) * 2 >= min(len(header), 4)
    begins_labelled = f"{header[0].partition(': ')[0]}: " in lines[min(1, len(lines) - 1)] and ": " in header[0]
    if begins_labelled:  # the row of names is not among the chunks
        labels = tuple(dict.fromkeys(cell.partition(": ")[0] for line in lines for cell in line.split(BETWEEN_CELLS)))
    elif is_labelled or not any(DIGITS.search(cell) for cell in header):
        labels = header
    else:
        labels = ()
    names = BETWEEN_CELLS.join(labels)
    rows = [block for block, line in zip(opened.blocks, lines, strict=True) if line != names]
    records = [_record("row", document, block, language, labels) for block in rows]
    return Family("row", records, opened.near, far, labels)


def _list(document: Document, opened: _Open, far: tuple[str, ...], language: str) -> Family:
    records = [_record("item", document, block, language) for block in opened.blocks]
    for record in records:
        piece = record.pieces[0]
        mark = ITEM.match(piece.text)
        piece.start += mark.end() if mark else 0
    return Family("item", records, opened.near, far)


def _sections(document: Document, blocks: Sequence[Block], far: tuple[str, ...], language: str) -> Iterator[Family]:
    """The sections by headings of one shape, and all sections; headings that repeat are parts of sections."""
    headings = [place for place, block in enumerate(blocks) if block.kind == "heading"]
    texts = Counter(folded(blocks[place].text.strip()) for place in headings)
    tops = [place for place in headings if texts[folded(blocks[place].text.strip())] == 1]
    if tops and tops[0] == 0 and len(tops) > 1:  # the title of the document
        tops = tops[1:]
    if len(tops) > 1:
        yield Family(
            "section",
            [_span("section", document, blocks, run, language) for run in _ranges(tops, len(blocks))],
            (),
            far,
        )
    by_shape = defaultdict[str, list[int]](list)
    for place in headings:
        by_shape[_shape(blocks[place].text, 1)].append(place)
    for places in by_shape.values():
        if 1 < len(places) != len(tops):
            runs = _ranges(places, len(blocks))
            yield Family("section", [_span("section", document, blocks, run, language) for run in runs], (), far)


def _paragraphs(document: Document, blocks: Sequence[Block], far: tuple[str, ...], language: str) -> Iterator[Family]:
    """Paragraphs and lines that begin alike, with the lines that go on from them."""
    by_shape = defaultdict[str, list[int]](list)
    heading: dict[int, str] = {}
    above = ""
    for place, block in enumerate(blocks):
        if block.kind == "heading":
            above = block.text.strip()
        elif block.kind == "text":
            by_shape[_shape(block.text, 2)].append(place)
            heading[place] = above
    for shape, places in by_shape.items():
        if len(places) < LEAST_ALIKE:
            continue
        starts = set(places)
        runs = [(place, _paragraph_end(blocks, place, starts)) for place in places]
        headings = {heading[place] for place in places}
        near = tuple(filter(None, headings)) if len(headings) == 1 else ()
        top = (*far, document.beginning[:LEAD])
        yield Family(
            "paragraph", [_span("paragraph", document, blocks, run, language) for run in runs], near, top, shape=shape
        )


def _paragraph_end(blocks: Sequence[Block], place: int, starts: set[int]) -> int:
    end = place + 1
    while end < len(blocks) and end not in starts and blocks[end].kind == "text" and not blocks[end].is_first:
        end += 1
    return end


def _ranges(places: Sequence[int], end: int) -> list[tuple[int, int]]:
    return list(zip(places, [*places[1:], end], strict=True))


def _record(kind: RecordKind, document: Document, block: Block, language: str, labels: tuple[str, ...] = ()) -> Record:
    return Record(kind, document, [Piece(block.section, block.start, block.end)], labels, language)


def _span(kind: RecordKind, document: Document, blocks: Sequence[Block], run: tuple[int, int], language: str) -> Record:
    """Blocks as one record, a piece for each section."""
    pieces: list[Piece] = []
    for block in blocks[run[0] : run[1]]:
        if pieces and pieces[-1].section is block.section:
            pieces[-1].end = block.end
        else:
            pieces.append(Piece(block.section, block.start, block.end))
    return Record(kind, document, pieces, language=language)


def _shape(text: str, words: int) -> str:
    """How a line begins: its first words with every number alike; of scripts without spaces, its first characters."""
    line = text.strip()
    line = HEADING_MARK.sub("", line) if line[0] == "#" else line
    if not line[:8].isascii() and has_unspaced(line[:8]):
        return DIGITS.sub("#", line)[: 2 * words]
    first = " ".join(word.strip(PUNCTUATION) for word in line.split(None, words)[:words]).lower()
    return first if first.isalpha() else DIGITS.sub("#", first)


def _row_cells(lower: str, labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    known = {label.strip() for label in labels}
    for place, cell in enumerate(lower.strip().split(BETWEEN_CELLS)):
        label, colon, value = cell.partition(": ")
        if colon and (label.strip() in known or not labels):
            yield label.strip(), value.strip()
        else:
            yield (labels[place].strip() if place < len(labels) else ""), cell.strip()
