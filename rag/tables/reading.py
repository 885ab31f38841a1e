"""The tables of a document, rebuilt from its chunks: rows stand there as ``Region: North | Revenue: 1,200`` below their heads,
or as ``North | 1,200`` where a table is small."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rag.tables.heads import grid_table, named_table
from rag.tables.lines import line_tables
from rag.tables.table import Line, Place, Table
from rag.types import Chunk

BAR = "|"
BETWEEN = " | "
LEAST_ROWS = 2
LOOK_AHEAD = 3  # lines between heads or rows and the next row: titles of groups


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of a section's text and where it stands."""

    text: str
    place: Place


@dataclass
class Block:
    """Adjacent rows: below ``labels`` that each row repeats, or plain ones without."""

    title: str
    labels: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    group: str = ""


def tables_in(chunks: Sequence[Chunk]) -> list[Table]:
    """The tables of a document, in reading order.

    Args:
        chunks: of one document; those that are left out take their rows with them.
    """
    blocks: list[Block] = []
    plain: list[tuple[str, list[tuple[str, Place]]]] = []
    ordered = sorted(chunks, key=lambda chunk: (chunk.section, chunk.char_start))
    for _, parts in groupby(ordered, key=lambda chunk: chunk.section):
        section = list(parts)
        title = " · ".join([section[0].title, *section[0].path[:1]])
        rest = _Reader(blocks, title).read(list(text_lines(section)))
        if rest:
            plain.append((title, rest))
    found = [_table(block) for block in blocks if len(block.lines) >= (LEAST_ROWS if not block.labels else 1)]
    return [
        *(table for table in found if table),
        *(table for title, rest in plain for table in line_tables(rest, title)),
    ]


def text_lines(chunks: Iterable[Chunk]) -> Iterator[TextLine]:
    """The lines of one section; what two chunks have in common once."""
    end = 0
    for chunk in chunks:
        start = chunk.char_start
        for text in chunk.text.split("\n"):
            if text.strip() and start + len(text) > end:
                yield TextLine(text.strip(), Place(chunk.chunk_id, chunk.section, start, start + len(text)))
            start += len(text) + 1
        end = max(end, chunk.char_end)


class _Reader:
    """Reads the lines of one section; a table whose heads come again goes on."""

    def __init__(self, blocks: list[Block], title: str) -> None:
        self._blocks = blocks
        self._title = title
        self._open: Block | None = blocks[-1] if blocks and blocks[-1].labels else None
        self._rest: list[tuple[str, Place]] = []

    def read(self, lines: Sequence[TextLine]) -> list[tuple[str, Place]]:
        """Adds the tables to the blocks; gives the lines that are in none."""
        for number, line in enumerate(lines):
            self._take(line, [other.text for other in lines[number + 1 : number + 1 + LOOK_AHEAD]])
        return self._rest

    def _take(self, line: TextLine, following: Sequence[str]) -> None:
        cells = _split(line.text)
        block = self._open
        if block and block.labels and (row := labelled(line.text, block.labels)):
            block.lines.append(Line(tuple(row), line.place, block.group))
        elif len(cells) > 1 and _any_labelled(following, cells):
            self._begin(cells)
        elif len(cells) > 1:
            if block is None or block.labels:
                block = self._new([])
            block.lines.append(Line(tuple(cells), line.place))
        elif block and block.labels and _any_labelled(following, block.labels):
            block.group = line.text
        else:
            self._open = None
            self._rest.append((line.text, line.place))

    def _begin(self, labels: list[str]) -> None:
        block = self._open or (self._blocks[-1] if self._blocks else None)
        if block is None or block.labels != [label.rstrip(":") for label in labels]:
            self._new(labels)
        else:
            self._open = block

    def _new(self, labels: list[str]) -> Block:
        self._open = Block(self._title, [label.rstrip(":") for label in labels])
        self._blocks.append(self._open)
        return self._open


def _any_labelled(texts: Sequence[str], labels: Sequence[str]) -> bool:
    return any(any(labelled(text, labels) or ()) for text in texts)


def labelled(text: str, labels: Sequence[str]) -> list[str] | None:
    """The cells of a row that says the names of its columns, in their order; None for a row that does not.

    A first cell without a name stands in a column before the others.
    """
    cells = [""] * (len(labels) + 1)
    last = matched = 0
    for piece in text.split(BETWEEN):
        place = next((at for at in range(last, len(labels)) if piece.startswith(f"{labels[at].rstrip(':')}: ")), None)
        if place is not None and labels[place]:
            cells[place + 1] = piece[len(labels[place].rstrip(":")) + 2 :]
            last, matched = place + 1, matched + 1
        else:
            cells[last] = f"{cells[last]}{BETWEEN}{piece}" if cells[last] else piece
    return cells if matched else None


def _split(text: str) -> list[str]:
    return [piece.strip() for piece in text.split(BAR)] if BAR in text else [text]


def _table(block: Block) -> Table | None:
    if not block.labels:
        return grid_table(block.lines, block.title)
    return named_table(["", *block.labels], block.lines, block.title)
