"""The fitted model: a logistic regression over the features, from ``model.json``, which ``make eval-grounding`` writes and measures."""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.grounding.judgement.features import Features


@dataclass(frozen=True, slots=True)
class SupportModel:
    """Weights on standardised features, and the scores from which a claim is supported.

    Attributes:
        means, scales, weights: one for each feature, in the order of :class:`Features`.
        bar: least score of a claim that cites the source.
        clear: least score by a source that the claim does not cite: the best of many sources is like anything.
        part: least score of a claim that is partly supported.
    """

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    bar: float
    clear: float
    part: float

    def score(self, features: Features) -> float:
        """The probability that the sources support the claim, 0 to 1."""
        total = self.intercept + sum(
            weight * (value - mean) / scale
            for value, mean, scale, weight in zip(features, self.means, self.scales, self.weights, strict=True)
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def support_model() -> SupportModel:
    """The model that ships with the product."""
    fitted = json.loads((files(__package__) / "model.json").read_text("utf-8"))
    names = list(Features._fields)
    means, scales, weights = ([fitted["features"][name][place] for name in names] for place in range(3))
    bars = {name: fitted["bars"][name] for name in ("bar", "clear", "part")}
    return SupportModel(tuple(means), tuple(scales), tuple(weights), fitted["intercept"], **bars)
