"""Pairs of texts whose likeness is known, to measure models with: those of the product (``pairs.tsv``), or one's own.

A row of the product's has a subject, a language, a question, a passage that answers it, the same said otherwise, and another passage on
the subject that does not answer it. Rows of different subjects are unrelated; rows of one subject say the same in their languages.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Invalid
from rag.embedding.language import LATIN, language_of
from rag.embedding.prompts import Purpose
from rag.embedding.scale import ACROSS, LEAST_AUC, UNCLEAR, Comparison, Cosines, SimilarityScale, across_from, scale_of

Embed = Callable[[list[str], Purpose], list[list[float]]]
Vectors = NDArray[np.float64]
KINDS = ("unrelated", "related", "same")
LEAST_OWN = 5  # own pairs of each of the kinds unrelated and same
PURPOSES: Mapping[Comparison, tuple[Purpose, Purpose]] = {
    "search": (Purpose.QUERY, Purpose.PASSAGE),
    "likeness": (Purpose.LIKENESS, Purpose.LIKENESS),
}
# What is compared with what: the columns that say the same, and the one that is only related to the first.
COLUMNS: Mapping[Comparison, tuple[str, str, str]] = {
    "search": ("question", "answer", "related"),
    "likeness": ("answer", "restated", "related"),
}


@dataclass(frozen=True, slots=True)
class OwnPair:
    """A pair of one's own: ``left`` as a question or statement, ``right`` as a passage or statement."""

    kind: str
    left: str
    right: str


def measured(embed: Embed) -> SimilarityScale:
    """The scale of a model, by the pairs of the product: some six hundred short texts are embedded."""
    rows = _rows()
    languages = np.array([row["language"] for row in rows])
    topics = np.array([row["topic"] for row in rows])
    same_topic, same_language = topics[:, None] == topics, languages[:, None] == languages

    def by_language(comparison: Comparison) -> Mapping[str, Cosines]:
        left, right, related = _columns(rows, comparison, embed)
        agreeing, near = left @ right.T, left @ related.T

        def cosines(mask: NDArray[np.bool_]) -> Cosines:
            return Cosines(
                unrelated=agreeing[mask & ~same_topic].tolist(),
                related=near[mask & same_topic].tolist(),
                same=agreeing[mask & same_topic].tolist(),
                itself=_itself(left) if comparison == "likeness" else [],
            )

        found = {name: cosines(same_language & (languages == name)) for name in dict.fromkeys(languages.tolist())}
        known = [name for name, one in found.items() if one.auc >= LEAST_AUC]
        is_known = np.isin(languages, known)
        across = ~same_language & is_known[:, None] & is_known
        from_each = {across_from(name): cosines(across & (languages == name)[:, None]) for name in known}
        return found | from_each | {ACROSS: cosines(across)}

    return scale_of(by_language, fingerprint())


def adjusted(scale: SimilarityScale, pairs: Sequence[OwnPair], embed: Embed) -> SimilarityScale:
    """A scale with the maps of the languages of one's own pairs made anew from these.

    Raises:
        Invalid: too few pairs of a language, or the model cannot tell them apart.
    """
    by_language: dict[str, list[OwnPair]] = defaultdict(list)
    for pair in pairs:
        by_language[_language(pair)].append(pair)

    def cosines(comparison: Comparison) -> Mapping[str, Cosines]:
        return {name: _own_cosines(own, comparison, embed) for name, own in by_language.items()}

    own = scale_of(cosines, fingerprint(pairs))
    for language, language_pairs in by_language.items():
        for kind in ("unrelated", "same"):
            count = sum(pair.kind == kind for pair in language_pairs)
            if count < LEAST_OWN:
                raise Invalid(
                    f"There are {count} pairs of the kind “{kind}” in “{language}”; at least {LEAST_OWN} are needed."
                )
        if own.maps["search"].get(language) is None:
            raise Invalid(f"The model does not tell the pairs in “{language}” apart: “same” are not above “unrelated”.")
    maps = {
        name: {**scale.maps.get(name, {}), **{k: v for k, v in own.maps[name].items() if k in by_language}}
        for name in own.maps
    }
    return SimilarityScale(maps, own.pairs)


def languages_of(pairs: Sequence[OwnPair] | None) -> list[str]:
    """The languages of one's own pairs, or of those of the product."""
    return list(dict.fromkeys([row["language"] for row in _rows()] if pairs is None else map(_language, pairs)))


def own_pairs(file: Path) -> list[OwnPair]:
    """The pairs of a file: tab-separated, with the columns ``kind``, ``left`` and ``right``.

    Raises:
        Invalid: the file is not like that.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid("The file of pairs cannot be read as UTF-8 text with tabs between the columns.") from error
    pairs = []
    for number, row in enumerate(rows, start=2):
        kind, left, right = (str(row.get(name) or "").strip() for name in ("kind", "left", "right"))
        if kind not in KINDS or not left or not right:
            raise Invalid(f"Line {number} of the file needs the columns kind ({', '.join(KINDS)}), left and right.")
        pairs.append(OwnPair(kind, left, right))
    return pairs


@cache
def _rows() -> list[dict[str, str]]:
    with (files("rag.embedding") / "pairs.tsv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def fingerprint(pairs: Sequence[Any] | None = None) -> str:
    """What identifies pairs: one's own, or those of the product."""
    return hashlib.sha256(repr(_rows() if pairs is None else list(pairs)).encode()).hexdigest()[:16]


def _columns(
    rows: Sequence[Mapping[str, str]], comparison: Comparison, embed: Embed
) -> tuple[Vectors, Vectors, Vectors]:
    first, second = PURPOSES[comparison]
    left, right, related = COLUMNS[comparison]
    lefts = _units(embed([row[left] for row in rows], first))
    others = _units(embed([row[name] for name in (right, related) for row in rows], second))
    return lefts, others[: len(rows)], others[len(rows) :]


def _language(pair: OwnPair) -> str:
    language = language_of(pair.right)
    return UNCLEAR if language in ("", LATIN) else language


def _own_cosines(pairs: Sequence[OwnPair], comparison: Comparison, embed: Embed) -> Cosines:
    first, second = PURPOSES[comparison]
    lefts = _units(embed([pair.left for pair in pairs], first))
    rights = _units(embed([pair.right for pair in pairs], second))
    found = Cosines(itself=_itself(lefts) if comparison == "likeness" else [])
    for pair, cosine in zip(pairs, (lefts * rights).sum(axis=1), strict=True):
        getattr(found, pair.kind).append(float(cosine))
    return found


def _itself(vectors: Vectors) -> list[float]:
    found: list[float] = (vectors * vectors).sum(axis=1).tolist()
    return found


def _units(vectors: Sequence[Sequence[float]]) -> Vectors:
    matrix = np.asarray(vectors, dtype=np.float64)
    units: Vectors = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    return units
