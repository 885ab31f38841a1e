"""Fits and measures the model of the check (``rag/grounding/judgement/model.json``) on public sets of claims and references.

Usage: python -m evals.grounding [DATA] [--work FOLDER] [--results FILE] [--write]
DATA (default: ../shared/data/public) has ``grounding/attributionbench.jsonl.gz`` and ``grounding/wice.jsonl.gz``. Needs scikit-learn, which
sentence-transformers brings. ``--write`` replaces the model.

- AttributionBench: macro-F1; the claims of each source set by a model fitted without that set.
- WiCE: F1 of "supported" over claims, each with several references of which one has to support it; five folds by claim.
"""

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

from evals.indexes import cached_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.prompts import Purpose
from rag.grounding.judgement.claim import Claim
from rag.grounding.judgement.features import Features, features
from rag.grounding.likeness import Likeness
from rag.grounding.passage import Passage
from rag.grounding.support import Pair
from rag.types import Chunk, Source

MODEL = Path("rag/grounding/judgement/model.json")
STRENGTH = 0.1  # of the regression's prior towards small weights (scikit-learn's C)
BARS = {"bar": 0.5, "clear": 0.62, "part": 0.25}
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A claim with references. ``group`` is the source set, or the claim's id; ``label`` is WiCE's."""

    claim: str
    references: tuple[str, ...]
    is_supported: bool
    group: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows and their features, one line of the matrix for each row."""

    rows: Sequence[Row]
    matrix: NDArray[np.float64]

    @property
    def labels(self) -> NDArray[np.int_]:
        """1 for supported rows."""
        return np.array([row.is_supported for row in self.rows], dtype=int)

    @property
    def groups(self) -> NDArray[np.str_]:
        """The group of each row."""
        return np.array([row.group for row in self.rows])


def attribution_bench(data: Path) -> list[Row]:
    """AttributionBench, development half."""
    return [
        Row(line["claim"], tuple(line["references"]), line["supported"], line["set"])
        for line in _lines(data / "grounding" / "attributionbench.jsonl.gz")
    ]


def wice(data: Path) -> list[Row]:
    """WiCE, development set: one row for each claim and reference."""
    return [
        Row(line["claim"], tuple(line["references"]), line["label"] == "supported", line["id"], line["label"])
        for line in _lines(data / "grounding" / "wice.jsonl.gz")
    ]


def examples(rows: Sequence[Row], embeddings: FootnoteEmbeddings) -> Examples:
    """The features of all rows, as the product computes them."""
    pairs = [
        [Pair(Claim(row.claim), passage(text, number)) for number, text in enumerate(row.references, 1)] for row in rows
    ]
    texts = list(dict.fromkeys(text for group in pairs for pair in group for text in pair.compared))
    vectors = dict(zip(texts, embeddings.embed(texts, Purpose.LIKENESS), strict=True))
    likeness = Likeness(vectors, embeddings.scale)
    matrix = [_features(group, likeness) for group in pairs]
    return Examples(rows, np.array(matrix))


def _features(pairs: Sequence[Pair], likeness: Likeness) -> Features:
    near = {number: list(pair.similarities(likeness).values()) for number, pair in enumerate(pairs)}
    claim = pairs[0].claim
    return features(claim.statement, claim.terms, claim.lexicon, [pair.passage for pair in pairs], near)


def passage(text: str, number: int = 1) -> Passage:
    """A reference as the source with a number."""
    nobody = UUID(int=number)
    chunk = Chunk(
        chunk_id=nobody,
        document_id=nobody,
        library_id=nobody,
        title="",
        index=0,
        text=text,
        section=1,
        char_start=0,
        char_end=len(text),
        content_hash=str(number),
    )
    return Passage(Source(number=number, chunk=chunk))


class Fit:
    """A logistic regression on standardised features."""

    def __init__(self, matrix: NDArray[np.float64], labels: NDArray[np.int_]) -> None:
        self.means = matrix.mean(axis=0)
        self.scales = np.where(matrix.std(axis=0), matrix.std(axis=0), 1.0)
        self._model = LogisticRegression(C=STRENGTH, max_iter=5000).fit(self._standardised(matrix), labels)

    def scores(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of support for each row."""
        scores: NDArray[np.float64] = self._model.predict_proba(self._standardised(matrix))[:, 1]
        return scores

    def written(self) -> dict[str, object]:
        """The model as JSON: for each feature its mean, scale and weight."""
        weights = self._model.coef_[0]
        columns = zip(Features._fields, self.means, self.scales, weights, strict=True)
        fitted = {name: [round(float(value), 5) for value in values] for name, *values in columns}
        return {"features": fitted, "intercept": round(float(self._model.intercept_[0]), 5), "bars": BARS}

    def _standardised(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        standardised: NDArray[np.float64] = (matrix - self.means) / self.scales
        return standardised


def left_out(bench: Examples, other: Examples) -> dict[str, float]:
    """Source set → macro-F1 of AttributionBench by models fitted without that set; ``all`` is over all claims together."""
    scores = np.zeros(len(bench.rows))
    for name in sorted(set(bench.groups)):
        own = bench.groups == name
        fit = Fit(np.vstack([bench.matrix[~own], other.matrix]), np.hstack([bench.labels[~own], other.labels]))
        scores[own] = fit.scores(bench.matrix[own])
    chosen = scores >= BARS["bar"]
    figures = {"all": _macro(bench.labels, chosen)}
    for name in sorted(set(bench.groups)):
        own = bench.groups == name
        figures[str(name)] = _macro(bench.labels[own], chosen[own])
    return figures


def by_claim(claims: Examples, bench: Examples) -> dict[str, float]:
    """WiCE by folds: F1 and precision of "supported", and the share of partly supported claims that do not pass."""
    scores = np.zeros(len(claims.rows))
    for train, test in GroupKFold(FOLDS).split(claims.matrix, claims.labels, claims.groups):
        fit = Fit(np.vstack([bench.matrix, claims.matrix[train]]), np.hstack([bench.labels, claims.labels[train]]))
        scores[test] = fit.scores(claims.matrix[test])
    best: dict[str, float] = defaultdict(float)
    labels = {row.group: row.label for row in claims.rows}
    for row, score in zip(claims.rows, scores, strict=True):
        best[row.group] = max(best[row.group], score)
    chosen = [best[claim] >= BARS["bar"] for claim in labels]
    gold = [label == "supported" for label in labels.values()]
    partly = [best[claim] < BARS["bar"] for claim, label in labels.items() if label == "partially_supported"]
    return {"f1": float(f1_score(gold, chosen)), "partly caught": float(np.mean(partly)), "claims": float(len(labels))}


def _macro(gold: NDArray[np.int_], chosen: NDArray[np.bool_]) -> float:
    return float(f1_score(gold, chosen, average="macro"))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        yield from map(json.loads, file)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data/public"))
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--results", type=Path, default=Path("evals/results/grounding.json"))
    parser.add_argument("--write", action="store_true", help="replace the model")
    arguments = parser.parse_args()
    embeddings = cached_embeddings(arguments.work)
    bench, claims = (examples(rows, embeddings) for rows in (attribution_bench(arguments.data), wice(arguments.data)))
    embeddings.close()
    figures = {"attributionbench": left_out(bench, claims), "wice": by_claim(claims, bench)}
    for name, values in figures.items():
        print(name, " ".join(f"{key} {value:.3f}" for key, value in values.items()))
    if arguments.write:
        fit = Fit(np.vstack([bench.matrix, claims.matrix]), np.hstack([bench.labels, claims.labels]))
        MODEL.write_text(json.dumps(fit.written(), indent=1) + "\n")
    arguments.results.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
