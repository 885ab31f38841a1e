"""Ranks the units of the sources by how likely each answers the question: a linear model over features, fitted by ``make eval-usefulness``.

The model's words alone choose the units that are compared by meaning; then all features decide. Probabilities are among those units.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.prompts import Purpose
from rag.embedding.similarity import cosine
from rag.writing.sentence_choice.features import Features, FeatureTable
from rag.writing.sentence_choice.question import AskedQuestion
from rag.writing.sentence_choice.units import Unit, is_quotable

MOST_EMBEDDED = 24  # units that are compared by meaning; the others are ruled out by their words
MAIL_FIELD = re.compile(r"(?:From|To|Cc|Bcc|Date|Sent|Reply-To|Subject): ")
EMBEDDED_CHARS = 240  # the beginning of a sentence has its gist, and short texts embed faster


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear model on standardised features, each in the order of :class:`Features`."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]

    def utility(self, features: Features) -> float:
        """How well a unit answers, compared with others of the same question."""
        return sum(
            weight * (value - mean) / scale
            for value, mean, scale, weight in zip(features, self.means, self.scales, self.weights, strict=True)
        )


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """A unit with the probability that it is the one that answers."""

    unit: Unit
    probability: float


def by_words(question: AskedQuestion, units: Sequence[Sequence[Unit]]) -> dict[Unit, Features]:
    """The units that may answer with their features by words.

    Args:
        units: source by source, in order.
    """
    flat = [unit for source in units for unit in source]
    possible = [unit for unit in flat if is_quotable(unit)] or flat
    possible = [unit for unit in possible if not question.is_about_another(unit)] or possible
    possible = [unit for unit in possible if not _is_idle_field(question, unit)] or possible
    table = FeatureTable(question, units)
    return {unit: table.by_words(unit) for unit in possible}


def _is_idle_field(question: AskedQuestion, unit: Unit) -> bool:
    """True for the head of a mail, its date and its sender, where it is neither asked for nor has a word of the question."""
    return (
        question.type not in ("who", "when")
        and MAIL_FIELD.match(unit.text) is not None
        and not question.share(unit.terms)
    )


def likeliest(rows: Mapping[Unit, Features], weights: Weights) -> dict[Unit, Features]:
    """The units to compare by meaning, at most ``MOST_EMBEDDED``: the best by the weights for words."""
    best = sorted(rows, key=lambda unit: -weights.utility(rows[unit]))[:MOST_EMBEDDED]
    return {unit: rows[unit] for unit in best}


async def similarities(query: str, units: Sequence[Unit], embeddings: FootnoteEmbeddings) -> dict[Unit, float]:
    """The similarity of each unit to the question on the common scale."""
    vector = await embeddings.aembed_query(query)
    texts = [unit.text[:EMBEDDED_CHARS] for unit in units]
    vectors = await embeddings.aembed_now(texts, Purpose.PASSAGE)
    return {
        unit: embeddings.scale.search(cosine(vector, other), query, text)
        for unit, text, other in zip(units, texts, vectors, strict=True)
    }


def ranked(utilities: Mapping[Unit, float]) -> list[RankedUnit]:
    """The units with their probabilities, best first.

    Args:
        utilities: how well each answers, compared with the others.
    """
    most = max(utilities.values(), default=0.0)
    powers = {unit: math.exp(utility - most) for unit, utility in utilities.items()}
    total = math.fsum(powers.values())
    return [RankedUnit(unit, powers[unit] / total) for unit in sorted(powers, key=lambda unit: -powers[unit])]


@cache
def model(name: str) -> Weights:
    """The weights that ship with the product: ``words`` for the features without those of meaning, ``all`` for all."""
    fitted = json.loads((files(__package__) / "model.json").read_text("utf-8"))[name]
    means, scales, weights = zip(*(fitted[field] for field in Features._fields), strict=True)
    return Weights(means, scales, weights)
