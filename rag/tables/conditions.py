"""What the words of a question select: rows by what their cells say, by numbers and dates, or by what their names are like."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from rag.tables.dates import Moment
from rag.tables.question import Question
from rag.tables.stems import stem_of, stems_of
from rag.tables.synonyms import abbreviations, synonyms
from rag.tables.table import Column, Row, Table

Similarity = Callable[[str, Sequence[str]], Sequence[float]]  # of a question and texts, 0 to 1 on the common scale
LONGEST_RUN = 7  # words of a question that one cell may have
FUZZY = 0.8  # of a word that is in the question and one that is in the table
SHORTEST_FUZZY = 5
ENDING = 3  # letters by which words of one root differ: Canada, Canadian
LEAST_LIKE, MOST_LIKE = 0.35, 4  # of rows by their names


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a column.

    Attributes:
        rows: that meet it, as positions in the body of the table.
        words: the places in the question that say it.
        how: ``exact`` and ``part`` of a cell, ``number``, ``date``, ``over``, ``under``, ``like`` (by name), ``not``.
        score: how much of the cell is said, 0 to 1.
        said: in words, for the reader.
    """

    column: int
    rows: frozenset[int]
    words: frozenset[int]
    how: str
    score: float
    said: str


class Words:
    """The words of a table: which cells and heads have which stems.

    Args:
        similarity: of the question and the names of rows, where there is an embedding model.
    """

    def __init__(self, table: Table, question: Question, similarity: Similarity | None = None) -> None:
        self.table = table
        self.question = question
        self._similarity = similarity

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows, totals too."""
        return self.table.rows

    @property
    def vocabulary(self) -> frozenset[str]:
        """The stems of all cells and heads."""
        return self.table.vocabulary

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The question's, those with a typing error as the table has them."""
        tagged = self.question.places(*self.question.tag_names)
        return tuple(
            self._known(stem_of(word.text)) if word.stem and place not in tagged else stem_of(word.text)
            for place, word in enumerate(self.question.words)
        )

    def head_places(self, column: Column) -> frozenset[int]:
        """The places in the question that have words of a column's name."""
        own = self._heads[column.index]
        return frozenset(place for place, stems in self.meanings.items() if stems & own.keys())

    def head_share(self, column: Column) -> float:
        """How much of a column's name the question says, 0 to 1; words that fewer columns have count for more."""
        own = self._heads[column.index]
        said = frozenset[str]().union(*self.meanings.values())
        whole = sum(own.values())
        return sum(weight for term, weight in own.items() if term in said) / whole if whole else 0.0

    @cached_property
    def meanings(self) -> Mapping[int, frozenset[str]]:
        """For each place of the question: its stem and what else may be meant by it."""
        plain = [word.text for word in self.question.words]
        return {
            place: frozenset([self.stems[place]]) | synonyms(plain, place)
            for place, word in enumerate(self.question.words)
            if word.stem or word.number is not None
        }

    @cached_property
    def _heads(self) -> list[dict[str, float]]:
        counts = Counter(term for column in self.table.columns for term in column.terms)
        size = len(self.table.columns)
        return [{term: math.log((1 + size) / counts[term]) for term in column.terms} for column in self.table.columns]

    def _known(self, stem: str) -> str:
        if stem in self.vocabulary or len(stem) < SHORTEST_FUZZY or stem.isdigit():
            return stem
        near = [word for word in self._long_words if word[0] == stem[0] and abs(len(word) - len(stem)) < ENDING]
        if close := get_close_matches(stem, near, 1, FUZZY):
            return close[0]
        alike = [word for word in self._long_words if word[:SHORTEST_FUZZY] == stem[:SHORTEST_FUZZY]]
        return next((word for word in alike if abs(len(word) - len(stem)) < ENDING), stem)

    @cached_property
    def _long_words(self) -> list[str]:
        return [word for word in self.vocabulary if len(word) >= SHORTEST_FUZZY]

    def cell_conditions(self) -> Iterator[Condition]:
        """Columns with a cell that has a run of the question's words."""
        for column, rows_of in zip(self.table.columns, self.table.stems, strict=True):
            padded = {f" {' '.join(stems)} ": stems for stems in rows_of}
            whole = "\n".join(padded)
            taken: list[frozenset[int]] = []
            for start, end in self._runs():
                words = frozenset(range(start, end))
                run = f" {' '.join(self.stems[start:end])} "
                if run in whole and not any(words < other for other in taken):
                    taken.append(words)
                    yield from self._cells_with(run, words, column, padded, rows_of)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Runs of words that begin and end with a meaning, the longest first."""
        places = [place for place in range(len(self.stems)) if self._is_said(place)]
        for length in range(LONGEST_RUN, 0, -1):
            for start in places:
                if start + length <= len(self.stems) and self._is_said(start + length - 1):
                    yield start, start + length

    def _is_said(self, place: int) -> bool:
        word = self.question.words[place]
        return bool(word.stem) or word.number is not None

    def _cells_with(
        self,
        run: str,
        words: frozenset[int],
        column: Column,
        padded: Mapping[str, tuple[str, ...]],
        rows_of: Mapping[tuple[str, ...], list[int]],
    ) -> Iterator[Condition]:
        said = self.question.text[self.question.words[min(words)].start : self.question.words[max(words)].end]
        if column.kind == "number" and len(words) == 1 and self.question.words[min(words)].number is not None:
            return  # compared as a number
        exact = rows_of.get(padded.get(run, ()), [])
        if exact:
            yield Condition(column.index, frozenset(exact), words, "exact", 1.0, f"{column.name} is {said}")
        rows = frozenset(row for text, stems in padded.items() if run in text for row in rows_of[stems])
        if rows != frozenset(exact):
            shares = [len(run.split()) / len(stems) for text, stems in padded.items() if run in text]
            yield Condition(column.index, rows, words, "part", max(shares) * 0.99, f"{column.name} has {said}")

    def like_conditions(self) -> Iterator[Condition]:
        """Single rows whose name the question says in other words or another order."""
        labels = [self.table.key.index]
        weights = self._weights(labels)
        scored = [
            (score, position, places)
            for position, row in enumerate(self.rows)
            for score, places in [self._likeness(row, labels, weights)]
        ]
        best = sorted((one for one in scored if one[0] >= LEAST_LIKE), key=lambda one: -one[0])[:MOST_LIKE]
        best += self._meant({position for _, position, _ in best})
        for score, position, places in best:
            said = f"{self.table.key.name} is {self.rows[position].cells[labels[0]].text}"
            yield Condition(labels[0], frozenset([position]), places, "like", score, said)

    def _meant(self, known: set[int]) -> list[tuple[float, int, frozenset[int]]]:
        """The row whose name means most nearly what the question says."""
        if self._similarity is None or not self.rows or len(self.rows) > 200:
            return []
        names = [f"{row.group} {row.cells[self.table.key.index].text}".strip() for row in self.rows]
        scores = self._similarity(self.question.text, names)
        position = max(range(len(names)), key=scores.__getitem__)
        return [] if position in known else [(min(1.0, scores[position]), position, frozenset())]

    @cached_property
    def _said(self) -> frozenset[str]:
        return frozenset[str]().union(*self.meanings.values())

    def _weights(self, labels: Sequence[int]) -> Mapping[str, float]:
        counts = Counter(term for row in self.rows for term in self._label_terms(row, labels))
        return {term: math.log(1 + len(self.rows) / count) for term, count in counts.items()}

    @staticmethod
    def _label_terms(row: Row, labels: Sequence[int]) -> frozenset[str]:
        return frozenset().union(*(row.cells[index].terms for index in labels))

    def _likeness(self, row: Row, labels: Sequence[int], weights: Mapping[str, float]) -> tuple[float, frozenset[int]]:
        terms = self._label_terms(row, labels)
        stems = self._said
        whole = sum(weights.get(term, 0.0) for term in terms)
        score = sum(weights.get(term, 0.0) for term in terms & stems) / whole if whole else 0.0
        short = abbreviations(row.cells[labels[0]].text)
        named = frozenset(place for place, word in enumerate(self.question.words) if word.text.rstrip("s") in short)
        score = max(score, 0.9 if named else 0.0)
        group = frozenset(stems_of(row.group)) if row.group else frozenset[str]()
        bonus = 0.15 * len(group & stems) / len(group) if group else 0.0
        places = named.union(place for place, said in self.meanings.items() if said & (terms | group))
        return (score + bonus if score else 0.0), places


def matching_moments(rows: Sequence[Row], column: Column, moment: Moment, how: str) -> frozenset[int]:
    """The rows whose date is in, before or after a date."""
    found = set()
    for position, row in enumerate(rows):
        own = row.cells[column.index].moment
        if own is None:
            continue
        is_met = moment.includes(own) if how == "date" else _is_on_side(own, moment, how)
        if is_met:
            found.add(position)
    return frozenset(found)


def _is_on_side(own: Moment, moment: Moment, how: str) -> bool:
    is_before = own.is_before(moment)
    if moment.includes(own) or is_before is None:
        return False
    return is_before if how == "under" else not is_before
