"""How likely a unit answers a question with a value: a logistic model over its features, fitted by ``make eval-conflicts``.

The choice of sentences ranks the units of a question; here a unit is judged by itself, so that two that both answer can be told from one
that answers and one that only has a value.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.writing.conflicts.asked_value import AskedValue
from rag.writing.conflicts.values import Value, values_of
from rag.writing.sentence_choice.features import Features
from rag.writing.sentence_choice.units import Unit

OF_UNIT = (
    "similarity", "source_nearest", "words", "off_topic", "window", "headings", "source_words", "source_similarity", "bigrams",
    "lacks_figure", "is_pronoun", "is_item", "is_row", "is_first", "length", "news", "names_by",
)  # fmt: skip
NAMES = (*OF_UNIT, "is_single", "near", "behind")  # "behind": the best unit, in utility


@dataclass(frozen=True, slots=True)
class Statement:
    """A unit that has values of the kind that is asked for.

    Attributes:
        probability: that it answers.
    """

    unit: Unit
    values: tuple[Value, ...]
    probability: float


def statements(asked: AskedValue, rows: Mapping[Unit, Features], utilities: Mapping[Unit, float]) -> list[Statement]:
    """The statements among the units, likeliest first.

    Args:
        rows: the units with all their features.
        utilities: how well each answers, compared with the others.
    """
    found = [
        Statement(unit, tuple(values), model().probability(numbers))
        for unit, values, numbers in described(asked, rows, utilities)
    ]
    return sorted(found, key=lambda statement: -statement.probability)


def described(
    asked: AskedValue, rows: Mapping[Unit, Features], utilities: Mapping[Unit, float]
) -> list[tuple[Unit, list[Value], tuple[float, ...]]]:
    """The units that have values, with what the model reads of them, in the order of ``NAMES``."""
    most = max(utilities.values(), default=0.0)
    found = []
    for unit, row in rows.items():
        values = values_of(unit.text, asked)
        if values:
            near = len(asked.near & unit.terms) / len(asked.near) if asked.near else 1.0
            own = (float(len(values) == 1), near, most - utilities[unit])
            found.append((unit, values, (*(getattr(row, name) for name in OF_UNIT), *own)))
    return found


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model on standardised features, each in the order of ``NAMES``."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, numbers: Sequence[float]) -> float:
        """That a unit answers."""
        parts = zip(numbers, self.means, self.scales, self.weights, strict=True)
        return 1 / (1 + math.exp(-self.bias - sum(weight * (one - mean) / scale for one, mean, scale, weight in parts)))


@cache
def model() -> Model:
    """The model that ships with the product."""
    fitted = json.loads((files(__package__) / "model.json").read_text("utf-8"))
    means, scales, weights = zip(*(fitted[name] for name in NAMES), strict=True)
    return Model(means, scales, weights, fitted["bias"])
