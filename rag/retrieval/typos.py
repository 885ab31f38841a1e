"""Typos of a question, mended by the words of what was found: only words that no candidate has, and only by words that one has."""

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from rag.retrieval.candidates import Candidate
from rag.terms import terms_of

WORD = re.compile(r"[^\W\d_]{5,64}")  # shorter words are as near to each other as a typo
LONG = 8  # letters from which two may be wrong
LOOKED_AT = 20  # candidates


def mended(query: str, candidates: Sequence[Candidate]) -> str:
    """The question with mended words; the question itself where nothing is to be mended.

    A word is mended by the most frequent of the nearest words with the same first letter, by optimal string alignment distance.
    """
    looked_at = candidates[:LOOKED_AT]
    terms = frozenset[str]().union(*(candidate.terms for candidate in looked_at))
    known = Counter(word.lower() for candidate in looked_at for word in WORD.findall(candidate.chunk.text))

    def mend(found: re.Match[str]) -> str:
        word = found[0].lower()
        if not terms.isdisjoint(terms_of(word)) or not terms_of(word):
            return found[0]
        return _nearest(word, known) or found[0]

    return WORD.sub(mend, query)


def _nearest(word: str, known: Counter[str]) -> str:
    """The word that was meant; empty where none is near."""
    most = 2 if len(word) >= LONG else 1
    near = [
        (distance, -count, other)
        for other, count in known.items()
        if other[0] == word[0]
        and abs(len(other) - len(word)) <= most
        and (distance := OSA.distance(word, other, score_cutoff=most)) <= most
    ]
    return min(near)[2] if near else ""
