"""What a question may mean: a small program over a table, run, with the rows and columns that it used."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from rag.tables.bounds import date_conditions, number_conditions
from rag.tables.conditions import Condition, Words
from rag.tables.question import Question
from rag.tables.results import result_conditions
from rag.tables.table import Cell, Column, Table

MOST_CONDITIONS = 14
MOST_SELECTIONS = 60
MOST_OUTPUTS = 12
FIGURED = 0.7  # share of a column's cells that have a number, to be ordered by it


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of a table, as positions in its body, in order, that meet all conditions."""

    conditions: tuple[Condition, ...]
    rows: tuple[int, ...]

    @property
    def words(self) -> frozenset[int]:
        """The places in the question that select them."""
        return frozenset().union(*(condition.words for condition in self.conditions))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of a question, and its result.

    Attributes:
        shape: what is computed: ``lookup``, ``count``, ``sum`` …
        rows: shown for it, as positions in the body of the table.
        out: the column of the answer; ``by``: that rows are ordered, compared or grouped by.
        values: the answer.
        number: the answer, where it is computed.
        points: labels with numbers, where it is a series.
        parts: the rows of each side of a comparison of two.
    """

    shape: str
    selection: Selection
    values: tuple[str, ...]
    rows: tuple[int, ...]
    out: Column | None = None
    by: Column | None = None
    number: float | None = None
    words: frozenset[int] = frozenset()
    points: tuple[tuple[str, float], ...] = ()
    parts: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Space:
    """A question and a table, with all that is found in both once."""

    words: Words

    @property
    def table(self) -> Table:
        """The table."""
        return self.words.table

    @property
    def question(self) -> Question:
        """The question."""
        return self.words.question

    def cell(self, row: int, column: Column) -> Cell:
        """The cell in the body of the table."""
        return self.words.rows[row].cells[column.index]

    def texts(self, rows: Sequence[int], column: Column) -> tuple[str, ...]:
        """What these rows have in a column, each once, without blanks."""
        cells = (self.cell(row, column) for row in rows)
        return tuple(dict.fromkeys(cell.text for cell in cells if not cell.is_blank))

    def numbers(self, rows: Sequence[int], column: Column) -> list[tuple[int, float]]:
        """The rows with a number in a column."""
        owns = ((row, self.cell(row, column).number) for row in rows)
        return [(row, number) for row, number in owns if number is not None]

    def grouped(self, rows: Sequence[int], column: Column) -> dict[str, list[int]]:
        """The rows by what they have in a column; those with a blank are left out."""
        rows_of: dict[str, list[int]] = {}
        for row in rows:
            if not self.cell(row, column).is_blank:
                rows_of.setdefault(self.cell(row, column).text, []).append(row)
        return rows_of

    def order(self, row: int, column: Column) -> tuple[float, ...] | None:
        """What a row is ordered by in a column: its date or its number; None where it has none."""
        cell = self.cell(row, column)
        if column.kind == "date":
            return cell.moment.key if cell.moment else None
        return None if cell.number is None else (cell.number,)

    @cached_property
    def everything(self) -> Selection:
        """All rows but totals."""
        return Selection((), tuple(place for place, row in enumerate(self.words.rows) if not row.is_total))

    @cached_property
    def conditions(self) -> list[Condition]:
        """The best conditions, those that say most first."""
        found = [
            *self.words.cell_conditions(),
            *number_conditions(self.words),
            *date_conditions(self.words),
            *self.words.like_conditions(),
            *result_conditions(self.words),
        ]
        unique = {(one.column, one.rows, one.words): one for one in reversed(found)}
        ranked = sorted(unique.values(), key=lambda one: (-len(one.words), -one.score))
        return ranked[:MOST_CONDITIONS]

    @cached_property
    def selections(self) -> list[Selection]:
        """All rows, those of each condition, those that meet two or three, and those that meet one of two or do not meet one."""
        singles = [(one,) for one in self.conditions]
        pairs = [pair for pair in combinations(self.conditions, 2) if _are_apart(pair)]
        triples = [three for three in combinations(self.conditions[:8], 3) if _are_apart(three)]
        found = [self.everything, *(_all_of(ones) for ones in [*singles, *pairs, *triples])]
        if "not" in self.question.tag_names:
            found += [self._without(one) for one in self.conditions]
        either = [_either(pair) for pair in pairs if pair[0].column == pair[1].column]
        found += either
        found += [_either(three) for three in triples if len({one.column for one in three}) == 1]
        found += [
            _all_of((*one.conditions, other))
            for one in either
            for other in self.conditions
            if other.column != one.conditions[0].column and other.words and not other.words & one.words
        ]
        filled = {(one.rows, one.words): one for one in found if one.rows}
        return sorted(filled.values(), key=lambda one: -len(one.words))[: MOST_SELECTIONS - 1] + (
            [self.everything] if len(filled) >= MOST_SELECTIONS else []
        )

    def _without(self, one: Condition) -> Selection:
        rows = tuple(row for row in self.everything.rows if row not in one.rows)
        said = one.words | self.question.places("not")
        opposite = Condition(one.column, frozenset(rows), said, "not", one.score, f"not {one.said}")
        return Selection((opposite,), rows)

    @cached_property
    def countable(self) -> list[Selection]:
        """The selections without totals."""
        wanted = frozenset(self.everything.rows)
        found = [Selection(one.conditions, tuple(row for row in one.rows if row in wanted)) for one in self.selections]
        return [one for one in found if one.rows]

    @cached_property
    def outputs(self) -> list[Column]:
        """The columns that may answer: those that the question names first, then the one that names the rows."""
        ranked = sorted(
            self.table.columns,
            key=lambda column: (-self.words.head_share(column), column != self.table.key, column.index),
        )
        return [column for column in ranked if self._is_certain(column)][:MOST_OUTPUTS]

    def _is_certain(self, column: Column) -> bool:
        """In a table with gaps only a column with a name, or the only one of its kind, can be told from the others."""
        alike = [other for other in self.table.columns if other.kind == column.kind]
        return self.table.is_complete or bool(column.heads) or len(alike) == 1

    @cached_property
    def measures(self) -> list[Column]:
        """The columns of numbers."""
        return [column for column in self.outputs if column.kind == "number"]

    @cached_property
    def orders(self) -> list[Column]:
        """The columns that rows can be ordered by."""
        return [column for column in self.outputs if column.kind != "text" or self._is_figured(column)]

    def _is_figured(self, column: Column) -> bool:
        cells = [cell for cell in self.table.cells(column) if not cell.is_blank]
        return bool(cells) and sum(bool(cell.figures) for cell in cells) >= FIGURED * len(cells)


def _are_apart(conditions: Sequence[Condition]) -> bool:
    """True when no word is used twice."""
    said = [one.words for one in conditions]
    return sum(map(len, said)) == len(frozenset().union(*said)) and all(said)


def _all_of(conditions: tuple[Condition, ...]) -> Selection:
    rows = frozenset.intersection(*(one.rows for one in conditions))
    return Selection(conditions, tuple(sorted(rows)))


def _either(several: tuple[Condition, ...]) -> Selection:
    rows = frozenset[int]().union(*(one.rows for one in several))
    words = frozenset[int]().union(*(one.words for one in several))
    score = sum(one.score for one in several) / len(several)
    said = " or ".join(one.said for one in several)
    return Selection((Condition(several[0].column, rows, words, "either", score, said),), tuple(sorted(rows)))
