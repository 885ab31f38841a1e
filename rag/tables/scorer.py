"""The fitted model that ranks readings of a question and says how sure it is (``python -m evals.tables --write`` fits it)."""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.tables.features import Features
from rag.tables.shapes import Candidate

MODEL = "model.json"
SURE = "share of words explained"
EVIDENCE = (
    SURE,
    "all is explained",
    "all is explained by 0 conditions",
    "all is explained by 1 conditions",
    "all is explained by 2 conditions",
    "words unexplained",
    "words of the table unexplained",
    "numbers unexplained",
    "words of computing ignored",
    "shown: name of the answer's column",
    "computed: name of the answer's column",
    "name of the order's column",
    "score exact",
    "score part",
    "score like",
    "conditions 0",
    "result none",
    "result many",
)


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of features for the ranking, and of evidence for how sure one can be; ``bar`` is the least certainty of an answer."""

    weights: Mapping[str, float]
    certainty: Mapping[str, float]
    bar: float

    def score(self, features: Features) -> float:
        """How well a reading fits; only differences mean something."""
        return sum(self.weights.get(name, 0.0) * value for name, value in features.items())

    def confidence(self, evidence: Features) -> float:
        """The probability that an answer is right, 0 to 1."""
        total = sum(self.certainty.get(name, 0.0) * value for name, value in evidence.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A reading with its features, score, and the probability that all readings with its answer have together."""

    candidate: Candidate
    features: Features
    score: float
    probability: float

    @property
    def evidence(self) -> Features:
        """What the certainty is computed from."""
        known = {name: self.features[name] for name in EVIDENCE if name in self.features}
        probability = min(max(self.probability, 1e-4), 1 - 1e-4)
        odds = math.log(probability / (1 - probability))
        return {"bias": 1.0, "odds": odds, "probability": self.probability, f"of {self.candidate.shape}": 1.0, **known}


def ranked(readings: Sequence[tuple[Candidate, Features]], model: Model) -> list[Ranked]:
    """The best reading of each answer, the most probable answers first."""
    scores = [model.score(features) for _, features in readings]
    highest = max(scores, default=0.0)
    parts = [math.exp(score - highest) for score in scores]
    whole = sum(parts)
    best: dict[tuple[str, ...], int] = {}
    mass: dict[tuple[str, ...], float] = defaultdict(float)
    for number, (candidate, _) in enumerate(readings):
        mass[candidate.values] += parts[number]
        if candidate.values not in best or scores[number] > scores[best[candidate.values]]:
            best[candidate.values] = number
    found = [
        Ranked(*readings[number], score=scores[number], probability=mass[values] / whole)
        for values, number in best.items()
    ]
    return sorted(found, key=lambda one: -one.probability)


@cache
def shipped_model() -> Model:
    """The fitted model of this version."""
    data = json.loads((files("rag.tables") / MODEL).read_text("utf-8"))
    return Model(data["weights"], data["certainty"], data["bar"])
