"""Scores for rankings of documents, and the targets for them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from evals.retrieval_sets import ENGLISH

RANKED, FOUND = 10, 20  # nDCG@10, recall@20
WORST_LOSS, LEAST_GAIN = 0.01, 0.03
LEAST = {"xquad-th": 0.94, "xquad-zh": 0.94}
SINGLE, HYBRID = ("bm25", "dense"), "hybrid"


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of each question, in order."""

    ndcg: list[float]
    recall: list[float]


# set → kind of search → its scores
Table = Mapping[str, Mapping[str, Scores]]


def ndcg(ranking: Sequence[str], gains: Mapping[str, float]) -> float:
    """nDCG@10 of a ranking of documents, best first, each once."""
    best = sorted(gains.values(), reverse=True)
    return _gain([gains.get(document, 0.0) for document in ranking]) / _gain(best)


def recall(ranking: Sequence[str], gains: Mapping[str, float]) -> float:
    """recall@20: the share of the documents that answer among the first twenty."""
    return len(set(ranking[:FOUND]) & set(gains)) / len(gains)


def _gain(values: Sequence[float]) -> float:
    return sum(value / math.log2(rank + 2) for rank, value in enumerate(values[:RANKED]))


def mean_ndcg(table: Table, name: str, kind: str) -> float:
    """The mean nDCG@10 of one set and kind of search."""
    return fmean(table[name][kind].ndcg)


def better_single(table: Table, name: str) -> float:
    """The mean nDCG@10 of the better single side."""
    return max(mean_ndcg(table, name, kind) for kind in SINGLE)


def losses(table: Table) -> dict[str, float]:
    """Set → how far the hybrid is below the better side; only losses above ``WORST_LOSS``."""
    under = {name: better_single(table, name) - mean_ndcg(table, name, HYBRID) for name in table}
    return {name: loss for name, loss in under.items() if loss > WORST_LOSS}


def gains_of_english(table: Table) -> tuple[float, float]:
    """How far the hybrid's mean over the English sets is above the mean of the better side of each, and above the better of both means."""
    hybrid = fmean(mean_ndcg(table, name, HYBRID) for name in ENGLISH)
    of_each = fmean(better_single(table, name) for name in ENGLISH)
    of_one = max(fmean(mean_ndcg(table, name, kind) for name in ENGLISH) for kind in SINGLE)
    return hybrid - of_each, hybrid - of_one


def half(table: Table, parity: int) -> Table:
    """Every other question of each set."""
    return {
        name: {kind: Scores(one.ndcg[parity::2], one.recall[parity::2]) for kind, one in kinds.items()}
        for name, kinds in table.items()
    }


def verdicts(table: Table) -> list[tuple[bool, str]]:
    """(met, text with target and figure) for every target that the measured sets allow to judge."""
    worst = losses(table)
    named = "; ".join(f"{name} by {loss:.3f}" for name, loss in worst.items()) or "on none"
    results = [(not worst, f"hybrid more than {WORST_LOSS} under the better single side: {named}")]
    if all(name in table for name in ENGLISH):
        gain, other = gains_of_english(table)
        halves = ", ".join(f"{gains_of_english(half(table, parity))[0]:+.3f}" for parity in (0, 1))
        text = f"English sets, hybrid against the better side of each set: {gain:+.3f}, wanted {LEAST_GAIN:+.3f}"
        results.append(
            (gain >= LEAST_GAIN, f"{text} (halves of the questions: {halves}; against the better mean: {other:+.3f})")
        )
    for name in [name for name in LEAST if name in table]:
        figure = mean_ndcg(table, name, HYBRID)
        results.append((figure >= LEAST[name], f"{name}: hybrid {figure:.3f}, wanted {LEAST[name]}"))
    return results
