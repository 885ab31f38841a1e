"""A typed table: columns with their heads and kinds, rows with their cells and the place in the document where each stands."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from uuid import UUID

from rag.tables.dates import Moment, moment_of
from rag.tables.numerals import Figure, decimal_sign, figures_in
from rag.tables.stems import stems_of
from rag.terms import terms_of

Kind = Literal["number", "date", "text"]
MARK = re.compile(r"\s?(?:\[[^\[\]]{1,20}\]|[*†‡§]|\([a-g]\))\Z")  # of a footnote
MOST_MARKS = 4  # at the end of one cell
BLANKS = frozenset(["", "-", "–", "—", "−", "n/a", "na", "none", "nil", "...", "…", "?", "tba", "tbd"])
LETTERS = re.compile(r"[^\W\d_]+")
TOTAL_WORDS = "total totals subtotal sum overall gesamt summe insgesamt totaux итого 合计 合計 总计 總計 tổng"
TOTALS = frozenset(TOTAL_WORDS.split())
DIGIT = re.compile(r"\d")
LONGEST_MONTH = 20  # characters of a cell that may name a month without a number
MOSTLY = 0.7  # of the cells that decide what a column holds
MOST_LETTERS = 3  # beside the digits of a number and its unit


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: ``start`` and ``end`` are offsets into the text of the section, of a chunk that holds its beginning."""

    chunk_id: UUID
    section: int
    start: int
    end: int


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and what it says as numbers and as a date; both empty where it says neither."""

    text: str
    figures: tuple[Figure, ...] = ()
    moment: Moment | None = None

    @cached_property
    def unmarked(self) -> str:
        """Without marks of footnotes."""
        return _unmarked(self.text)

    @cached_property
    def plain(self) -> str:
        """The same in lower case."""
        return self.unmarked.lower()

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its words, as searched."""
        return terms_of(self.plain)

    @property
    def is_blank(self) -> bool:
        """True where it says nothing: empty, or a dash."""
        return self.plain in BLANKS

    @property
    def number(self) -> float | None:
        """Its first number."""
        return self.figures[0].value if self.figures else None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``heads`` from the outermost to its own; ``kind`` is what most cells hold; ``decimal`` is its sign."""

    index: int
    heads: tuple[str, ...]
    kind: Kind
    terms: frozenset[str]
    decimal: str = "."

    @property
    def name(self) -> str:
        """Its heads on one line."""
        return " · ".join(self.heads) or f"column {self.index + 1}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: ``number`` counts from 1 below the heads; ``is_total`` where it sums up others; ``group`` is the line above it."""

    number: int
    cells: tuple[Cell, ...]
    place: Place | None = None
    is_total: bool = False
    group: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a document.

    Attributes:
        title: what it is about: headings above it, the document's name.
        is_complete: False where rows or columns may be missing, as in a PDF's lines; then nothing is counted or summed.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: str = ""
    is_complete: bool = True

    @cached_property
    def body(self) -> tuple[Row, ...]:
        """The rows that are no totals."""
        return tuple(row for row in self.rows if not row.is_total)

    @cached_property
    def key(self) -> Column:
        """The column that names the rows: the first text whose cells mostly differ, else the first text, else the first."""
        texts = [column for column in self.columns if column.kind == "text"]
        distinct = [column for column in texts if self._distinct(column) >= MOSTLY]
        return next(iter([*distinct, *texts, *self.columns]))

    @cached_property
    def stems(self) -> tuple[dict[tuple[str, ...], list[int]], ...]:
        """For each column: the stems of a cell → the positions of the rows with it."""
        found: tuple[dict[tuple[str, ...], list[int]], ...] = tuple(defaultdict(list) for _ in self.columns)
        for position, row in enumerate(self.rows):
            for rows, cell in zip(found, row.cells, strict=True):
                rows[stems_of(cell.plain)].append(position)
        return found

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The stems of all cells and heads."""
        cells = {stem for column in self.stems for stems in column for stem in stems}
        return frozenset(cells.union(*(stems_of(column.name) for column in self.columns)))

    def cells(self, column: Column) -> list[Cell]:
        """The cells of a column, without those of totals."""
        return [row.cells[column.index] for row in self.body]

    def _distinct(self, column: Column) -> float:
        plain = [cell.plain for cell in self.cells(column)]
        return len(set(plain)) / len(plain) if plain else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A row before it is typed."""

    cells: tuple[str, ...]
    place: Place | None = None
    group: str = ""


def typed(heads: Sequence[Sequence[str]], lines: Sequence[Line], title: str = "") -> Table:
    """The table of these rows.

    Args:
        heads: of each column, outermost first; empty ones are left out.
        lines: shorter ones are filled up with blank cells.
    """
    texts = [[line.cells[index] if index < len(line.cells) else "" for line in lines] for index in range(len(heads))]
    typed_columns = [[_cell(text, sign) for text in column] for column in texts for sign in [decimal_sign(column)]]
    columns = tuple(
        _column(index, names, typed_columns[index], decimal_sign(texts[index])) for index, names in enumerate(heads)
    )
    rows = [
        Row(number + 1, cells, line.place, _is_total(cells), line.group)
        for number, line in enumerate(lines)
        for cells in [tuple(column[number] for column in typed_columns)]
    ]
    return Table(columns, tuple(rows), title)


def is_numeric(text: str) -> bool:
    """True for a number with hardly anything beside it: sign, currency, unit, footnote."""
    figures = figures_in(_unmarked(text))
    if not figures or _letters(text, figures[0].unit) > MOST_LETTERS:
        return False
    before = text[: figures[0].start]
    return not _letters(before, figures[0].unit if figures[0].unit in before else "")  # A-101 is a name


def _unmarked(text: str) -> str:
    for _ in range(MOST_MARKS):
        shorter = MARK.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text.strip()


def _cell(text: str, decimal: str) -> Cell:
    if not DIGIT.search(text):
        return Cell(text, (), moment_of(text) if len(text) <= LONGEST_MONTH else None)
    return Cell(text, figures_in(_unmarked(text), decimal), moment_of(text))


def _column(index: int, heads: Sequence[str], cells: Sequence[Cell], decimal: str) -> Column:
    names = tuple(dict.fromkeys(head.strip() for head in heads if head.strip()))
    return Column(
        index, names, _kind([cell for cell in cells if not cell.is_blank]), terms_of(" ".join(names)), decimal
    )


def _kind(cells: Sequence[Cell]) -> Kind:
    enough = MOSTLY * len(cells)
    if not cells:
        return "text"
    if sum(_is_date(cell) for cell in cells) >= enough:
        return "date"
    return "number" if sum(is_numeric(cell.text) for cell in cells) >= enough else "text"


def _is_date(cell: Cell) -> bool:
    """True where a date is all there is: words are the month's, at most one other."""
    if cell.moment is None:
        return False
    words = LETTERS.findall(cell.plain)
    return len(words) <= (2 if cell.moment.month else 0)


def _letters(text: str, unit: str) -> int:
    return sum(len(run) for run in LETTERS.findall(text)) - sum(len(run) for run in LETTERS.findall(unit))


def _is_total(cells: Sequence[Cell]) -> bool:
    """True for a row whose first filled cell begins or ends with "total" and that has numbers."""
    label = next((cell for cell in cells if not cell.is_blank), None)
    words = LETTERS.findall(label.plain) if label else []
    is_named = bool(words) and len(words) <= 2 and (words[0] in TOTALS or words[-1] in TOTALS)
    return is_named and any(cell.figures for cell in cells)
