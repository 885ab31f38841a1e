"""May a question be given the answer to another one? Precision and recall of that on our own pairs, for each similarity.

Usage: python -m evals.paraphrases [--pairs]
``sets/paraphrases.tsv`` holds pairs that ask for the same and pairs that differ in a number, a name, a unit, a time, a negation or
in who does what; the rules of ``answers/cache/likeness.py`` were made while looking at them. ``sets/paraphrases-held.tsv`` was written
afterwards, and nothing was changed because of it. Exits with 1 when precision at the similarity of the settings is under 0.98.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from answers.cache.likeness import is_same_matter
from core.settings import CacheSettings, EmbeddingSettings
from rag.embedding.embeddings import build_embeddings

SETS = Path(__file__).parent / "sets"
FILES = {"made with": "paraphrases.tsv", "held out": "paraphrases-held.tsv"}
MODELS = Path("var/models")  # converted once
LEAST_PRECISION = 0.98
THRESHOLDS = (0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions.

    Attributes:
        similarity: cosine of their vectors.
        is_same: they ask for the same.
        is_let: the rules would let one have the other's answer.
    """

    left: str
    right: str
    is_same: bool
    is_let: bool
    similarity: float


@dataclass(frozen=True, slots=True)
class Precision:
    """What would be served at a similarity.

    Attributes:
        precision: share of what is served that asks for the same; 1 when nothing is.
        recall: share of the pairs that ask for the same that is served.
    """

    threshold: float
    precision: float
    recall: float
    served: int


@cache
def pairs(name: str) -> tuple[Pair, ...]:
    """The pairs of a set (``made with`` or ``held out``), embedded with the bundled model."""
    vectors = _vectors()
    return tuple(
        Pair(left, right, kind == "same", is_same_matter(left, right), _cosine(vectors[left], vectors[right]))
        for kind, left, right in _rows(name)
    )


def _rows(name: str) -> list[list[str]]:
    lines = (SETS / FILES[name]).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


@cache
def _vectors() -> dict[str, list[float]]:
    texts = list({text for name in FILES for _, *both in _rows(name) for text in both})
    embeddings = build_embeddings(EmbeddingSettings(), MODELS)
    embeddings.load()
    vectors = embeddings.embed_documents(texts)
    embeddings.close()
    return dict(zip(texts, vectors, strict=True))


def precision_at(threshold: float, *, name: str | None = None, with_rules: bool = True) -> Precision:
    """How well the semantic cache would do.

    Args:
        threshold: the least similarity.
        name: one of the sets; None: both.
        with_rules: False asks what the similarity alone would do.
    """
    chosen = [pair for one in FILES for pair in pairs(one) if name in (None, one)]
    served = [pair for pair in chosen if pair.similarity >= threshold and (pair.is_let or not with_rules)]
    rightly = sum(pair.is_same for pair in served)
    wanted = sum(pair.is_same for pair in chosen)
    return Precision(threshold, rightly / len(served) if served else 1.0, rightly / wanted, len(served))


def _cosine(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))  # of unit length


def _print_table() -> None:
    for name in FILES:
        count = len(pairs(name))
        print(f"\n{name}: {count} pairs, {sum(pair.is_same for pair in pairs(name))} of them the same")
        print("similarity   rules: precision  recall   without rules: precision  recall")
        for threshold in THRESHOLDS:
            ruled, bare = (precision_at(threshold, name=name, with_rules=rules) for rules in (True, False))
            print(
                f"{threshold:10.2f} {ruled.precision:17.3f} {ruled.recall:7.3f} {bare.precision:25.3f} {bare.recall:7.3f}"
            )


def _print_pairs() -> None:
    for name in FILES:
        for pair in pairs(name):
            if pair.is_let != pair.is_same:
                said = "let, though different" if pair.is_let else "not let, though the same"
                print(f"{name}: {said} ({pair.similarity:.2f}): {pair.left} | {pair.right}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", action="store_true", help="name the pairs that the rules get wrong")
    if parser.parse_args().pairs:
        _print_pairs()
    _print_table()
    chosen = precision_at(CacheSettings().similarity)
    print(
        f"\nat {chosen.threshold:.2f}, as set: precision {chosen.precision:.3f} (target ≥ {LEAST_PRECISION}),"
        f" recall {chosen.recall:.3f}, {chosen.served} served"
    )
    sys.exit(chosen.precision < LEAST_PRECISION)


if __name__ == "__main__":
    main()
