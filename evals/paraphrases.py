"""Measures the rules of the semantic answer cache: precision and recall on our question pairs, by language and similarity.

Usage: python -m evals.paraphrases [--model english|multilingual] [--pairs]
The ``made-with`` sets have pairs with the same meaning and pairs that differ in a number, a name, a unit, a time, a negation, a direction
or in who does what; the rules of ``answers/cache/likeness`` were written with them in view. The ``held`` sets changed no rule; those in
German and Chinese were written before any rule for them. Exits with 1 when precision at the configured similarity is under 0.98
in a language.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from answers.cache.likeness.questions import is_same_question
from core.settings import CacheSettings, EmbeddingSettings
from rag.embedding.build import build_embeddings
from rag.embedding.prompts import Purpose

SETS = Path(__file__).parent / "sets"
LANGUAGES = ("en", "de", "zh")  # the English sets hold a few pairs of other languages, too
NAMES = ("made with", "held out")
FILES = {
    (language, name): f"paraphrases{'-held' if name == 'held out' else ''}.{language}.tsv"
    for language in LANGUAGES
    for name in NAMES
}
MODELS = Path("var/models")  # cache of the converted model
LEAST_PRECISION = 0.98
THRESHOLDS = (0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions.

    Attributes:
        is_same: they ask for the same.
        is_allowed: the rules allow one to get the other's answer.
        similarity: cosine of their vectors.
    """

    left: str
    right: str
    is_same: bool
    is_allowed: bool
    similarity: float


@dataclass(frozen=True, slots=True)
class Precision:
    """Precision and recall at a similarity.

    Attributes:
        precision: share of the served pairs that ask for the same; 1 when none is served.
        recall: share of the pairs that ask for the same that are served.
        served: number of served pairs.
    """

    threshold: float
    precision: float
    recall: float
    served: int


def rows(language: str, name: str) -> list[list[str]]:
    """Kind (``same | other``) and both questions of each pair of a set (``made with | held out``)."""
    lines = (SETS / FILES[language, name]).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


@cache
def pairs(language: str, name: str, model: str | None = None) -> tuple[Pair, ...]:
    """The pairs of a set, embedded with a bundled model; None is the default one."""
    similarities = _similarities(model)
    return tuple(
        Pair(left, right, kind == "same", is_same_question(left, right), similarities[left, right])
        for kind, left, right in rows(language, name)
    )


@cache
def _similarities(model: str | None) -> dict[tuple[str, str], float]:
    both = [(left, right) for key in FILES for _, left, right in rows(*key)]
    texts = list({text for pair in both for text in pair})
    embeddings = build_embeddings(EmbeddingSettings(model=model), MODELS)
    embeddings.load()
    vectors = dict(zip(texts, embeddings.embed(texts, Purpose.LIKENESS), strict=True))
    embeddings.close()
    scale = embeddings.scale
    return {(left, right): scale.likeness(_cosine(vectors[left], vectors[right]), left, right) for left, right in both}


def precision_at(
    threshold: float,
    language: str | None = None,
    name: str | None = None,
    model: str | None = None,
    *,
    with_rules: bool = True,
) -> Precision:
    """The precision and recall of the semantic cache.

    Args:
        threshold: the least similarity.
        language: of the sets; None for all.
        name: ``made with | held out``; None for both.
        with_rules: False measures similarity alone.
    """
    keys = [key for key in FILES if language in (None, key[0]) and name in (None, key[1])]
    chosen = [pair for key in keys for pair in pairs(*key, model)]
    served = [pair for pair in chosen if pair.similarity >= threshold and (pair.is_allowed or not with_rules)]
    rightly = sum(pair.is_same for pair in served)
    same = sum(pair.is_same for pair in chosen)
    return Precision(threshold, rightly / len(served) if served else 1.0, rightly / same, len(served))


def _cosine(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))  # of unit length


def _print_tables(model: str | None) -> None:
    for key in FILES:
        chosen = pairs(*key, model)
        print(f"\n{key[0]}, {key[1]}: {len(chosen)} pairs, {sum(pair.is_same for pair in chosen)} of them the same")
        print("similarity   rules: precision  recall   without rules: precision  recall")
        for threshold in THRESHOLDS:
            ruled, bare = (precision_at(threshold, *key, model, with_rules=rules) for rules in (True, False))
            print(
                f"{threshold:10.2f} {ruled.precision:17.3f} {ruled.recall:7.3f} {bare.precision:25.3f} {bare.recall:7.3f}"
            )


def _print_pairs(model: str | None) -> None:
    for key in FILES:
        for pair in pairs(*key, model):
            if pair.is_allowed != pair.is_same:
                verdict = "let, though different" if pair.is_allowed else "not let, though the same"
                print(f"{', '.join(key)}: {verdict} ({pair.similarity:.2f}): {pair.left} | {pair.right}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=("english", "multilingual"), help="the bundled model; default: as set")
    parser.add_argument("--pairs", action="store_true", help="name the pairs that the rules get wrong")
    arguments = parser.parse_args()
    if arguments.pairs:
        _print_pairs(arguments.model)
    _print_tables(arguments.model)
    bar = CacheSettings().similarity
    print(f"\nat {bar:.2f}, as set (target: precision ≥ {LEAST_PRECISION} in each language):")
    is_met = True
    for language in LANGUAGES:
        chosen = precision_at(bar, language, None, arguments.model)
        print(f"{language}: precision {chosen.precision:.3f}, recall {chosen.recall:.3f}, {chosen.served} served")
        is_met = is_met and chosen.precision >= LEAST_PRECISION
    sys.exit(not is_met)


if __name__ == "__main__":
    main()
