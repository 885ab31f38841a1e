"""The features of a claim and the sources it cites, for the fitted model (:mod:`rag.grounding.judgement.scoring`)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rag.grounding.language.lexicon import Lexicon, tokens
from rag.grounding.passage import Passage, missing_figures, words_of
from rag.terms import terms_of

NAME = re.compile(r"(?<![.!?:] )(?<!\A)\b[A-Z][\w'’-]*+")


class Features(NamedTuple):
    """Shares are from 0 to 1, of the claim's terms unless told otherwise.

    Attributes:
        coverage: found anywhere in the sources, headings included.
        line: found in the best line; ``window``: in the best line with its neighbours.
        likeness: cosine of the claim to the closest line; ``second``: to the second closest.
        pairs, triples: share of its runs of two and three words found in the sources.
        least_piece: the share found of the piece (between commas and prepositions) of which least is found; ``mean_piece``: the mean.
        weight: as ``coverage``, but longer words count more.
        missing_run: longest run of words of the claim not found, in words, at most 6.
        missing_names, missing_figures: capitalised words and numbers not found, at most 3.
        size: number of terms, at most 40, as a share of that.
    """

    coverage: float
    line: float
    window: float
    likeness: float
    second: float
    pairs: float
    triples: float
    least_piece: float
    mean_piece: float
    weight: float
    missing_run: float
    missing_names: float
    missing_figures: float
    size: float


PAUSES = frozenset(",;:–—")
MOST_TERMS, LONGEST_RUN, MOST_MISSING, LONGEST_TERM = 40, 6, 3, 8


def features(
    text: str,
    terms: frozenset[str],
    lexicon: Lexicon,
    passages: Sequence[Passage],
    likeness: Mapping[int, Sequence[float]],
) -> Features:
    """The features of a claim.

    Args:
        terms: of the claim.
        likeness: for each passage by its place, the cosines to the lines that were compared.
    """
    known = frozenset().union(*(passage.terms for passage in passages))
    figures = frozenset().union(*(passage.figures for passage in passages))
    words, size = words_of(text), max(1, len(terms))
    near = sorted((value for values in likeness.values() for value in values), reverse=True)
    near += [0.0] * 2
    pieces = list(_pieces(text, lexicon)) or [terms]
    shares = [len(piece & known) / len(piece) for piece in pieces if piece] or [0.0]
    weights = {term: min(len(term), LONGEST_TERM) for term in terms}
    names = {term for name in NAME.findall(text) for term in terms_of(name)}
    return Features(
        coverage=len(terms & known) / size,
        line=max((count for passage in passages for count in passage.common_terms(terms).values()), default=0) / size,
        window=max((passage.window_share(terms) for passage in passages), default=0.0),
        likeness=near[0],
        second=near[1],
        pairs=_share_of_runs(words, 2, passages),
        triples=_share_of_runs(words, 3, passages),
        least_piece=min(shares),
        mean_piece=sum(shares) / len(shares),
        weight=sum(weights[term] for term in terms & known) / max(1, sum(weights.values())),
        missing_run=min(LONGEST_RUN, _longest_missing(words, known)),
        missing_names=min(MOST_MISSING, len(names - known)),
        missing_figures=min(MOST_MISSING, len(missing_figures(text, figures))),
        size=min(MOST_TERMS, size) / MOST_TERMS,
    )


def _pieces(text: str, lexicon: Lexicon) -> Iterator[frozenset[str]]:
    """The terms of the runs of words between punctuation and words like "and" and "with"."""
    joints, piece = lexicon.words("joints"), list[str]()
    end = 0
    for word in tokens(text):
        if word.text.lower() in joints or any(char in PAUSES for char in text[end : word.start]):
            yield from _of_piece(piece)
            piece = []
        if word.text.lower() not in joints:
            piece.append(word.text)
        end = word.end
    yield from _of_piece(piece)


def _of_piece(words: Sequence[str]) -> Iterator[frozenset[str]]:
    terms = terms_of(" ".join(words))
    if terms:
        yield terms


def _share_of_runs(words: Sequence[str], length: int, passages: Sequence[Passage]) -> float:
    runs = {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}
    found = runs & frozenset().union(*(passage.runs(length) for passage in passages))
    return len(found) / len(runs) if runs else 0.0


def _longest_missing(words: Sequence[str], known: frozenset[str]) -> int:
    longest = run = 0
    for word in words:
        for term in terms_of(word):
            run = 0 if term in known else run + 1
            longest = max(longest, run)
    return longest
