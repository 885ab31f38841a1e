"""The common scale of similarity: puts the cosines of any embedding model on one scale, so that a bar means the same for all of them.

Models differ: two unrelated English texts have a cosine of 0.04 by one model and 0.74 by another; some are higher in Chinese than in
English, and lower between two languages than within one. So each model
is measured on pairs of known likeness (:mod:`rag.embedding.pairs`): unrelated texts, texts on one subject, texts that say the same. A
monotone, piecewise linear map takes the quantiles of its cosines to those of the reference model, all-MiniLM-L6-v2 on English pairs
(quantile mapping). There is one map for each language of the pairs and one for other languages; between two languages, one for each
language of the first text; each for questions with passages, and for texts of one kind with each other.

A language in which a model cannot tell what says the same from what is unrelated has no map: similarities in it are 0 and say nothing.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from rag.embedding.language import LATIN, are_different, language_of

Comparison = Literal["search", "likeness"]  # a question with a passage; two texts of one kind
ACROSS, OTHER = "across", "other"  # maps between two languages, and within one that has no map of its own
UNCLEAR = "en"  # the map of texts in Latin script whose language is unclear: names, tables, a few words
# Probability that a pair that says the same is above an unrelated one: under the first, similarities say nothing; from the second on, the
# model knows the language.
LEAST_AUC, KNOWN_AUC = 0.75, 0.95
LEAST_SPAN = 1e-3  # between two points of a map
# Quantiles of the unrelated, related and same pairs, and the values of the reference model's cosines there. Of the related, the first that
# stands clear of the others counts: in a large library the best unrelated chunk is as near as the nearest related ones.
QUANTILES = (("unrelated", 0.5), ("unrelated", 0.9), ("related", 0.9), ("related", 0.5), ("same", 0.5))
REFERENCE: Mapping[Comparison, tuple[float, ...]] = {
    "search": (0.04, 0.16, 0.53, 0.46, 0.75),
    "likeness": (0.04, 0.14, 0.60, 0.46, 0.72),
}
CLEAR = 0.15  # part of the way from unrelated to same that a point keeps from that of the same pairs
TOP = 1.0  # of a text and itself


@dataclass(frozen=True, slots=True)
class Map:
    """A monotone map of cosines to the common scale: straight between the points, and on beyond them.

    Attributes:
        auc: probability that a pair that says the same is above an unrelated one.
    """

    cosines: tuple[float, ...]
    values: tuple[float, ...]
    auc: float = 1.0

    def of(self, cosine: float) -> float:
        """The similarity of a cosine, -1 to 1."""
        last = len(self.cosines) - 1
        place = next((place for place in range(1, last) if cosine < self.cosines[place]), last)
        (low, high), (bottom, top) = self.cosines[place - 1 : place + 1], self.values[place - 1 : place + 1]
        return max(-1.0, min(TOP, bottom + (cosine - low) * (top - bottom) / (high - low)))


@dataclass(frozen=True, slots=True)
class SimilarityScale:
    """The maps of a model: comparison → language, ``across`` or ``other`` → map; None where the model knows nothing.

    Attributes:
        pairs: what identifies the pairs that it was measured on; empty: none, cosines are taken as they are.
    """

    maps: Mapping[Comparison, Mapping[str, Map | None]] = field(default_factory=dict)
    pairs: str = ""

    def search(self, cosine: float, question: str, passage: str) -> float:
        """The similarity of a question and a passage, -1 to 1."""
        return self._scaled("search", cosine, question, passage)

    def likeness(self, cosine: float, left: str, right: str) -> float:
        """The similarity of two texts of one kind, -1 to 1; of a text and itself, it is 1."""
        return self._scaled("likeness", cosine, left, right)

    def coverage(self, text: str) -> float | None:
        """How well the model knows the language of a question, 0 to 1, as measured; None when that was not measured."""
        maps, language = self.maps.get("search", {}), language_of(text)
        if language not in maps:
            return None
        chosen = maps[language]
        return 0.0 if chosen is None else min(1.0, (chosen.auc - LEAST_AUC) / (KNOWN_AUC - LEAST_AUC))

    @property
    def crosses_languages(self) -> bool:
        """True when the model tells what says the same in different languages."""
        return self.maps.get("search", {}).get(ACROSS) is not None

    def as_json(self) -> dict[str, Any]:
        """The scale as it is stored."""
        return {
            "pairs": self.pairs,
            "maps": {
                comparison: {name: map_ and [map_.cosines, map_.values, map_.auc] for name, map_ in maps.items()}
                for comparison, maps in self.maps.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Any) -> "SimilarityScale | None":
        """A stored scale; None when it cannot be read."""
        try:
            maps = {
                comparison: {
                    name: stored_map and Map(tuple(stored_map[0]), tuple(stored_map[1]), float(stored_map[2]))
                    for name, stored_map in maps.items()
                }
                for comparison, maps in stored["maps"].items()
            }
            return cls(maps, str(stored["pairs"]))
        except (TypeError, KeyError, AttributeError, ValueError):
            return None

    def _scaled(self, comparison: Comparison, cosine: float, left: str, right: str) -> float:
        maps = self.maps.get(comparison)
        if maps is None:
            return cosine
        first, second = language_of(left), language_of(right)
        if are_different(first, second):
            chosen = maps.get(across_from(first), maps.get(ACROSS))
        else:
            clear = next(language for language in (first, second, UNCLEAR) if language not in ("", LATIN))
            chosen = maps.get(clear, maps.get(OTHER))
        return 0.0 if chosen is None else chosen.of(cosine)


AS_IT_IS = SimilarityScale()


def across_from(language: str) -> str:
    """The name of the map from a language to others."""
    return f"{ACROSS} {language}"


@dataclass(slots=True)
class Cosines:
    """The cosines of pairs of one language: unrelated, related, and such that say the same; and of texts with themselves."""

    unrelated: list[float] = field(default_factory=list)
    related: list[float] = field(default_factory=list)
    same: list[float] = field(default_factory=list)
    itself: list[float] = field(default_factory=list)

    @property
    def auc(self) -> float:
        """Probability that a pair that says the same is above an unrelated one."""
        same, unrelated = np.asarray(self.same), np.sort(self.unrelated)
        return float(np.searchsorted(unrelated, same).mean() / len(unrelated)) if self.same and self.unrelated else 0.0


def fitted(cosines: Cosines, reference: Sequence[float]) -> Map | None:
    """The map that takes the quantiles of these cosines to the reference's; None when they tell nothing."""
    auc = cosines.auc
    low, high = _quantile(cosines.unrelated, 0.5), _quantile(cosines.same, 0.5)
    if auc < LEAST_AUC or high - low < LEAST_SPAN:
        return None
    points, values = [low], [reference[0]]
    for (kind, share), value in zip(QUANTILES[1:-1], reference[1:-1], strict=True):
        point = _quantile(getattr(cosines, kind), share)
        if points[-1] + LEAST_SPAN < point < high - CLEAR * (high - low) and value > values[-1]:
            points.append(point)
            values.append(value)
    top = float(np.median(cosines.itself)) if cosines.itself else high
    points += [high, top] if top > high + LEAST_SPAN else [high]
    values += [reference[-1], TOP] if top > high + LEAST_SPAN else [reference[-1]]
    return Map(tuple(points), tuple(values), round(auc, 4))


def _quantile(cosines: Sequence[float], share: float) -> float:
    return float(np.quantile(cosines, share)) if cosines else -math.inf


def scale_of(by_language: Callable[[Comparison], Mapping[str, Cosines]], pairs: str) -> SimilarityScale:
    """The scale of a model from its cosines.

    Args:
        by_language: comparison → language or ``across`` → cosines.
        pairs: what identifies the pairs.
    """
    maps: dict[Comparison, dict[str, Map | None]] = {}
    for comparison, reference in REFERENCE.items():
        measured = by_language(comparison)
        maps[comparison] = {name: fitted(cosines, reference) for name, cosines in measured.items()}
        within = [map_ for name, map_ in maps[comparison].items() if map_ is not None and not name.startswith(ACROSS)]
        maps[comparison][OTHER] = _median(within)
    is_measured = any(map_ is not None for map_ in maps["search"].values())
    return SimilarityScale(maps, pairs) if is_measured else AS_IT_IS


def _median(maps: Sequence[Map]) -> Map | None:
    """The map between those of several languages, among those with the most usual points."""
    if not maps:
        return None
    ((values, _),) = Counter(map_.values for map_ in maps).most_common(1)
    alike = [map_ for map_ in maps if map_.values == values]
    middle = np.median([map_.cosines for map_ in alike], axis=0)
    return Map(tuple(map(float, middle)), values, min(map_.auc for map_ in alike))
