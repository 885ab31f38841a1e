"""Answers a question from tables without a language model, with the rows that it was computed from; or says nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from rag.tables.conditions import Similarity, Words
from rag.tables.features import Features, features
from rag.tables.question import Question
from rag.tables.recompute import holds
from rag.tables.scorer import Model, Ranked, ranked, shipped_model
from rag.tables.shapes import Candidate, Space, candidates
from rag.tables.table import Place, Table
from rag.tables.wording import operation_of, sentence_of, unit_of
from rag.terms import terms_of

MOST_CELLS = 60_000  # of a table; larger ones take seconds: SQL is for them
MOST_TABLES = 8  # that are read for one question: those that share most words with it
AS_SURE = 0.05  # difference of certainties of two tables, neither of which is then preferred
LONGEST_QUESTION = 500  # characters


@dataclass(frozen=True, slots=True)
class RowUsed:
    """A row that an answer was made from.

    Attributes:
        table: the table's position among those given.
        number: of the row below the heads, from 1.
        place: in the document, to cite it; None for a table that was not read from chunks.
        cells: names of columns with what stands there.
    """

    table: int
    number: int
    place: Place | None
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """An answer from a table.

    Attributes:
        text: the answer as a sentence.
        values: the answer alone: what cells have, or a computed number.
        operation: how it was found, in words: "sum of Gold over 3 rows where Nation is Brazil".
        rows: that it was made from, in their order.
        confidence: that it is right, 0 to 1.
        points: labels with numbers, where the answer is a series; for :func:`rag.tables.chart.chart_svg`.
        unit: of the points.
        shape: what was computed: ``lookup``, ``count``, ``sum`` …
    """

    text: str
    values: tuple[str, ...]
    operation: str
    rows: tuple[RowUsed, ...]
    confidence: float
    points: tuple[tuple[str, float], ...] = ()
    unit: str = ""
    shape: str = ""


def answer_from_tables(
    question: str, tables: Sequence[Table], similarity: Similarity | None = None
) -> TableAnswer | None:
    """The answer; None when the question is not understood well enough, or is not about these tables.

    Args:
        similarity: of the question and the names of rows, on the common scale; without it, words alone decide.
    """
    model = shipped_model()
    found = best_answer(question, tables, model, similarity)
    return found if found and found.confidence >= model.bar else None


def best_answer(
    question: str, tables: Sequence[Table], model: Model, similarity: Similarity | None = None
) -> TableAnswer | None:
    """The most probable answer, however unsure; None without a reading, or when two tables say different things as surely."""
    asked = Question(question[:LONGEST_QUESTION])
    spaces = {number: Space(Words(tables[number], asked, similarity)) for number in _nearest(asked, tables)}
    found = [
        (model.confidence(one.evidence), -number, one)
        for number, space in spaces.items()
        for one in islice((one for one in ranked(readings(space), model) if holds(space, one.candidate)), 1)
    ]
    found.sort(key=lambda entry: entry[:2], reverse=True)
    if not found:
        return None
    confidence, position, best = found[0]
    others = (other for sure, _, other in found[1:] if sure >= max(model.bar, confidence - AS_SURE))
    if any(other.candidate.values != best.candidate.values for other in others):
        return None
    return _answer(-position, spaces[-position], best, model)


def readings(space: Space) -> list[tuple[Candidate, Features]]:
    """All readings of a question for a table, with their features."""
    found = [
        candidate
        for candidate in candidates(space)
        if candidate.values and (space.table.is_complete or _is_certain(candidate))
    ]
    return [(candidate, features(space, candidate)) for candidate in found]


def _is_certain(candidate: Candidate) -> bool:
    """In a table with gaps, only the cell of a row that the question names in full."""
    conditions = candidate.selection.conditions
    return len(candidate.rows) == 1 and bool(conditions) and all(one.how == "exact" for one in conditions)


def _nearest(question: Question, tables: Sequence[Table]) -> list[int]:
    """The positions of the tables that share most words with the question."""
    able = [number for number, table in enumerate(tables) if len(table.rows) * len(table.columns) <= MOST_CELLS]
    if len(able) <= MOST_TABLES:
        return able
    wanted = terms_of(question.text)
    shared = [(len(wanted & (tables[number].vocabulary | terms_of(tables[number].title))), -number) for number in able]
    return [-position for count, position in sorted(shared, reverse=True)[:MOST_TABLES] if count]


def _answer(number: int, space: Space, best: Ranked, model: Model) -> TableAnswer:
    candidate = best.candidate
    rows = [space.words.rows[position] for position in dict.fromkeys(candidate.rows)]
    used = tuple(
        RowUsed(
            number,
            row.number,
            row.place,
            tuple((column.name, cell.text) for column, cell in zip(space.table.columns, row.cells, strict=True)),
        )
        for row in rows
    )
    return TableAnswer(
        text=sentence_of(space, candidate),
        values=candidate.values,
        operation=operation_of(space, candidate),
        rows=used,
        confidence=model.confidence(best.evidence),
        points=candidate.points,
        unit=unit_of(space, candidate),
        shape=candidate.shape,
    )
