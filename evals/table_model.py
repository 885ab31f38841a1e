"""Fits the ranking of readings and its certainty (``rag/tables/model.json``) on questions with answers.

Ranking: log-linear, the probability of all readings that give the right answer is made large (AdaGrad, L2). Certainty: logistic, on
answers of rankings that were fitted without the table, for its own table and for another one, where every answer is wrong.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.table_sets import FOLDS, TableQuestion, is_right
from rag.tables.answering import readings
from rag.tables.conditions import Similarity, Words
from rag.tables.features import Features
from rag.tables.question import Question
from rag.tables.scorer import Model, Ranked, ranked
from rag.tables.shapes import Candidate, Space
from rag.tables.table import Table

EPOCHS, RATE, DECAY = 12, 0.3, 0.002
CERTAINTY_EPOCHS, CERTAINTY_DECAY = 300, 0.002
LEAST_WEIGHT = 0.02
OWN_TIMES = 3  # that our own questions, which are few, count
PRECISION = 0.88  # of the answers that are given, on a question about the right table

Weights = dict[str, float]
Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Encoded = tuple[Places, Places, Numbers, Numbers]  # reading, feature and value of each entry; which readings are right


@dataclass(frozen=True, slots=True)
class Example:
    """A question for a table, with its readings; ``is_own`` when it is the table that the question is about."""

    question: TableQuestion
    readings: list[tuple[Candidate, Features]]
    right: list[bool]
    is_own: bool = True

    @property
    def is_reachable(self) -> bool:
        """True when a reading gives the right answer."""
        return any(self.right)


def example(question: TableQuestion, table: Table, similarity: Similarity | None, *, is_own: bool = True) -> Example:
    """A question with all its readings for a table."""
    found = readings(Space(Words(table, Question(question.text), similarity)))
    right = [is_own and is_right(candidate.values, question.answers) for candidate, _ in found]
    return Example(question, found, right, is_own)


def fitted(examples: Sequence[Example]) -> tuple[Model, dict[int, Model]]:
    """The model fitted on all, and those that were fitted without each fold, to measure with."""
    own = [one for one in examples if one.is_own for _ in range(OWN_TIMES if one.question.set_name == "own" else 1)]
    folds = {fold: ranking([one for one in own if one.question.fold != fold]) for fold in range(FOLDS)}
    without = {fold: Model(weights, {}, 0.0) for fold, weights in folds.items()}
    judged = [(one, best) for one in examples for best in ranked(one.readings, without[one.question.fold])[:1]]
    certain = certainty(judged)
    bar = _bar(judged, certain)
    models = {
        fold: Model(folds[fold], certainty([pair for pair in judged if pair[0].question.fold != fold]), bar)
        for fold in range(FOLDS)
    }
    return Model(ranking(own), certain, bar), models


def ranking(examples: Iterable[Example]) -> Weights:
    """Weights of features that rank the right readings first."""
    names: dict[str, int] = {}
    encoded = [_encoded(one, names) for one in examples if one.is_reachable]
    weights, squares = np.zeros(len(names)), np.full(len(names), 1e-2)
    order = np.random.default_rng(0)
    for _ in range(EPOCHS):
        for number in order.permutation(len(encoded)):
            _step(encoded[number], weights, squares)
    return {name: float(weights[place]) for name, place in names.items()}


def _encoded(one: Example, names: dict[str, int]) -> Encoded:
    triples = [
        (row, names.setdefault(name, len(names)), value)
        for row, (_, features) in enumerate(one.readings)
        for name, value in features.items()
    ]
    rows, columns, values = zip(*triples, strict=True)
    return np.array(rows), np.array(columns), np.array(values, dtype=float), np.array(one.right, dtype=float)


def _step(one: Encoded, weights: Numbers, squares: Numbers) -> None:
    rows, columns, values, right = one
    scores = np.bincount(rows, weights[columns] * values, len(right))
    expected = np.exp(scores - scores.max())
    expected /= expected.sum()
    wanted = expected * right
    wanted = wanted / wanted.sum() if wanted.sum() > 1e-12 else right / right.sum()
    gradient = np.bincount(columns, (expected - wanted)[rows] * values, len(weights))
    used = np.unique(columns)
    step = gradient[used] + DECAY * weights[used]
    squares[used] += step * step
    weights[used] -= RATE * step / np.sqrt(squares[used])


def certainty(judged: Sequence[tuple[Example, Ranked]]) -> Weights:
    """Weights of evidence for an answer being right."""
    names = sorted({name for _, best in judged for name in best.evidence})
    matrix = np.array([[best.evidence.get(name, 0.0) for name in names] for _, best in judged])
    right = np.array([_is_right(one, best) for one, best in judged], dtype=float)
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-9)
    matrix = matrix / scale
    weights = np.zeros(len(names))
    for _ in range(CERTAINTY_EPOCHS):  # Newton's method would need a matrix of all evidence; this is enough
        expected = 1 / (1 + np.exp(-matrix @ weights))
        weights -= 4.0 * (matrix.T @ (expected - right) / len(right) + CERTAINTY_DECAY * weights)
    return {name: float(weight) for name, weight in zip(names, weights / scale, strict=True)}


def _bar(judged: Sequence[tuple[Example, Ranked]], certain: Weights) -> float:
    """The lowest certainty from which on the answers about the right table have the wanted precision."""
    model = Model({}, certain, 0.0)
    own = sorted(
        ((model.confidence(best.evidence), _is_right(one, best)) for one, best in judged if one.is_own), reverse=True
    )
    hits, bar = 0, 1.0
    for number, (confidence, is_hit) in enumerate(own, 1):
        hits += is_hit
        if number >= 30 and hits / number >= PRECISION:
            bar = confidence
    return bar


def _is_right(one: Example, best: Ranked) -> bool:
    return one.is_own and is_right(best.candidate.values, one.question.answers)


def write(model: Model, path: Path) -> None:
    """Stores a model; weights that hardly count are left out."""
    kept = {name: round(weight, 3) for name, weight in sorted(model.weights.items()) if abs(weight) >= LEAST_WEIGHT}
    certain = {name: round(weight, 3) for name, weight in sorted(model.certainty.items())}
    data = {"bar": round(model.bar, 3), "certainty": certain, "weights": kept}
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
