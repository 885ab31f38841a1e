"""Which sentences say most of what a text says: those nearest to the middle of all of them in meaning, with where they stand.

The method is that of centroid summaries: the vectors of sentences, compared with their mean. Only so many sentences are embedded that it
takes a second on two cores; of a longer text an even sample, the first sentence of each chunk before the others.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.compose.quotations import MOST_CHARS, Quotation, points_elsewhere, speaks_of_itself
from rag.compose.wording import is_unspaced
from rag.terms import terms_of

MOST_EMBEDDED = 150  # sentences of one answer
EMBEDDED_CHARS = 200  # the beginning of a sentence has its gist, and short texts embed faster
TITLE_WEIGHT, TOPIC_WEIGHT, WORDS_WEIGHT = 0.35, 0.4, 0.2
BEGINNING, OPENING, NAMING, SUMMING = (
    0.12,
    0.06,
    0.15,
    0.15,
)  # the first sentences of all, of a chunk; "This handbook …"; under "Summary"
FIRST_SENTENCES = 3
DANGLES, POINTS, SPEAKS, LENGTH, ITEM = 0.5, 0.12, 0.12, 0.25, 0.1
WANTED_CHARS = range(45, MOST_CHARS)
ALIKE = 0.86  # cosine from which a sentence says the same as another

Vectors = NDArray[np.float64]
Embed = Callable[[list[str]], Awaitable[list[list[float]]]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Sentences of one document with their vectors and how much each says of the whole; in reading order."""

    quoted: tuple[Quotation, ...]
    vectors: Vectors
    scores: tuple[float, ...]

    def best(self, places: Sequence[int], count: int, chosen: Sequence[int] = ()) -> list[int]:
        """Up to ``count`` of some sentences, best first, none of which repeats another or one of those chosen before.

        Args:
            places: indexes of sentences, as in the result.
        """
        found: list[int] = []
        centre = _centre(self.vectors[list(places)]) if places else None
        near = self.vectors @ centre if centre is not None else np.zeros(len(self.quoted))
        for place in sorted(places, key=lambda one: self.scores[one] + TOPIC_WEIGHT * float(near[one]), reverse=True):
            if len(found) == count:
                break
            if not self.is_repetition(place, [*chosen, *found]):
                found.append(place)
        return found

    def is_repetition(self, place: int, chosen: Sequence[int]) -> bool:
        """True when a sentence says the same as one of those chosen."""
        return bool(chosen) and float(np.max(self.vectors[list(chosen)] @ self.vectors[place])) > ALIKE


async def ranked(quoted: Sequence[Quotation], title: str, embed: Embed, most: int) -> Ranked:
    """The sentences of one document, at most ``most``, ranked.

    Args:
        title: its name and title, for a person.
        embed: makes the vectors of texts that are compared with each other.

    Raises:
        UpstreamUnavailable: the embedding server does not answer.
    """
    some = sampled(quoted, most)
    texts = [title[:EMBEDDED_CHARS] or "-", *(one.text[:EMBEDDED_CHARS] for one in some)]
    vectors = unit(await embed(texts))
    first = min((one.place for one in some), default=0)
    return Ranked(tuple(some), vectors[1:], tuple(_scores(some, vectors, terms_of(title), first)))


def _scores(quoted: Sequence[Quotation], vectors: Vectors, title: frozenset[str], first: int) -> list[float]:
    if not quoted:
        return []
    centre = _centre(vectors[1:])
    near, named = vectors[1:] @ centre, vectors[1:] @ vectors[0]
    return [
        float(near[place]) + TITLE_WEIGHT * float(named[place]) + _worth(one, title, first)
        for place, one in enumerate(quoted)
    ]


def _worth(one: Quotation, title: frozenset[str], first: int) -> float:
    """What where a sentence stands and how it is worded add to its score."""
    share = len(title & one.terms) / len(title) if title else 0.0
    worth = WORDS_WEIGHT * share + OPENING * one.is_first + NAMING * one.names_document + SUMMING * one.sums_up
    worth += BEGINNING * (one.place - first < FIRST_SENTENCES) - DANGLES * (not one.is_whole)
    worth -= POINTS * points_elsewhere(one) + SPEAKS * speaks_of_itself(one) + ITEM * (one.kind == "item")
    return worth - LENGTH * (len(one.text) not in WANTED_CHARS and not is_unspaced(one.text))


def sampled(quoted: Sequence[Quotation], most: int) -> list[Quotation]:
    """At most ``most`` sentences, evenly over the text, those that stand first in their chunk before the others."""
    if len(quoted) <= most:
        return list(quoted)
    leads = [one for one in quoted if one.is_first]
    others = [one for one in quoted if not one.is_first]
    chosen = _even(leads, most)
    chosen += _even(others, most - len(chosen))
    return sorted(chosen, key=lambda one: one.place)


def _even(quoted: Sequence[Quotation], count: int) -> list[Quotation]:
    if len(quoted) <= count:
        return list(quoted)
    return [quoted[place * len(quoted) // count] for place in range(count)]


def unit(vectors: Sequence[Sequence[float]] | Sequence[Vectors]) -> Vectors:
    """The vectors as rows of length 1; null ones stay null."""
    matrix = np.asarray(vectors, dtype=np.float64)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    made: Vectors = np.divide(matrix, np.where(norms, norms, 1.0))
    return made


def _centre(vectors: Vectors) -> Vectors:
    centre: Vectors = unit([vectors.mean(axis=0)])[0]
    return centre
