"""Fits the choice of sentences for extractive answers (``rag/writing/sentence_choice/model.json``): a conditional logit model.

Of the units that a question's sources have, those that answer should have the greatest probability together. What each set
counts for does not depend on its size. Questions that are held out (:attr:`evals.useful_cases.Question.is_held_out`) are not looked at.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from evals.useful_cases import Case, Question, held_out
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.passage import Passage
from rag.writing.sentence_choice.features import Features, with_meaning
from rag.writing.sentence_choice.question import asked_question
from rag.writing.sentence_choice.ranking import Weights, by_words, likeliest, similarities
from rag.writing.sentence_choice.units import Unit, units_of

MODEL = Path("rag/writing/sentence_choice/model.json")
STRENGTH = 3.0  # of the prior towards small weights
# questions that a set counts for: those of a handbook and of an encyclopedia as much as all languages of XQuAD
SET_WEIGHTS = {"handbook": 1000.0, "qed": 700.0, "covidqa": 600.0}
USUAL_WEIGHT = 250.0
LEAST_SCALE = 1e-6

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """The units of one question with their features; ``answers`` is True for those that answer it."""

    question: Question
    rows: dict[Unit, Features]
    answers: dict[Unit, bool]


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """The examples of one set of questions and one embedding model."""

    name: str
    examples: Sequence[Example]
    embeddings: FootnoteEmbeddings

    @property
    def weight(self) -> float:
        """How many questions it counts for."""
        return SET_WEIGHTS.get(self.name, USUAL_WEIGHT)


def examples(cases: Sequence[Case]) -> list[Example]:
    """The part that is not held out, by words."""
    made = []
    for case in held_out(cases, is_held_out=False):
        units = [units_of(Passage(source), rank) for rank, source in enumerate(case.sources)]
        question = asked_question(case.question.text, [unit for source in units for unit in source])
        rows = by_words(question, units)
        answers = {unit: case.question.is_answered_by(unit.text, unit.passage.source.chunk) for unit in rows}
        made.append(Example(case.question, rows, answers))
    return made


async def fitted(sets: Sequence[ExampleSet]) -> dict[str, Weights]:
    """The weights for words and for all features."""
    words = _fit([(one.examples, one.weight) for one in sets])
    with_all = [[await _with_meaning(example, words, one.embeddings) for example in one.examples] for one in sets]
    return {"words": words, "all": _fit([(made, one.weight) for made, one in zip(with_all, sets, strict=True)])}


def write(weights: dict[str, Weights]) -> None:
    """Replaces the model that ships with the product."""
    fields = {
        name: dict(zip(Features._fields, zip(one.means, one.scales, one.weights, strict=True), strict=True))
        for name, one in weights.items()
    }
    lines = [
        f' "{name}": {{\n'
        + ",\n".join(
            f'  "{field}": {json.dumps([round(value, 4) for value in values])}' for field, values in one.items()
        )
        + "\n }"
        for name, one in fields.items()
    ]
    MODEL.write_text("{\n" + ",\n".join(lines) + "\n}\n")


async def _with_meaning(example: Example, words: Weights, embeddings: FootnoteEmbeddings) -> Example:
    rows = likeliest(example.rows, words)
    if not rows:
        return example
    similarity = await similarities(example.question.text, list(rows), embeddings)
    return Example(example.question, with_meaning(rows, similarity), example.answers)


def _fit(sets: Iterable[tuple[Sequence[Example], float]]) -> Weights:
    groups: list[tuple[Matrix, Matrix, float]] = []
    for made, weight in sets:
        useful = [_arrays(example) for example in made if example.rows]
        useful = [(matrix, answers) for matrix, answers in useful if 0 < answers.sum() < len(answers)]
        groups += [(matrix, answers, weight / len(useful)) for matrix, answers in useful]
    matrix = np.vstack([group[0] for group in groups])
    means, scales = matrix.mean(axis=0), matrix.std(axis=0)
    scales = np.where(scales < LEAST_SCALE, 1.0, scales)
    weights = _minimum((matrix - means) / scales, groups)
    return Weights(*(tuple(map(float, values)) for values in (means, scales, weights)))


def _arrays(example: Example) -> tuple[Matrix, Matrix]:
    return np.array(list(example.rows.values())), np.array([float(example.answers[unit]) for unit in example.rows])


def _minimum(matrix: Matrix, groups: Sequence[tuple[Matrix, Matrix, float]]) -> Matrix:
    """The weights with which the units that answer are likeliest."""
    sizes = [len(answers) for _, answers, _ in groups]
    starts = np.cumsum([0, *sizes[:-1]])
    of_group = np.repeat(np.arange(len(groups)), sizes)
    answers = np.concatenate([group[1] for group in groups])
    importance = np.array([group[2] for group in groups])

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        utilities = matrix @ weights
        powers = np.exp(utilities - np.maximum.reduceat(utilities, starts)[of_group])
        total, right = np.add.reduceat(powers, starts), np.add.reduceat(powers * answers, starts)
        value = importance @ (np.log(total) - np.log(right)) + weights @ weights / (2 * STRENGTH)
        slope = powers / total[of_group] - powers * answers / right[of_group]
        return float(value), matrix.T @ (slope * importance[of_group]) + weights / STRENGTH

    best: Matrix = minimize(loss, np.zeros(matrix.shape[1]), jac=True, method="L-BFGS-B").x
    return best
