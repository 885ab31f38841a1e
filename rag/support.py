"""Does a passage support a claim? By words, numbers and meaning; it sees invented facts, not fine shades of logic.

A claim that stands in the passage literally is supported. Otherwise every number of the claim must stand there, and it must share
enough words (coverage: the part of the claim's terms found in the passage) and meaning (cosine to its closest sentences).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.index.port import cosine
from rag.index.terms import term_ids
from rag.passage import Passage, missing_figures, words_of
from rag.types import Span

LITERAL_WORDS = 3  # fewer words stand anywhere by chance
# (least coverage, least cosine): any pair that holds is enough. Measured in evals/citations.py.
ENOUGH = ((0.80, 0.40), (0.60, 0.50), (0.30, 0.75))
SECOND_LINE_GAIN = 0.2  # a second sentence is marked too when it covers this much more of the claim
SHORT_CLAIM_TERMS = 3

Vectors = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Support:
    """How well a passage supports a claim: ``strength`` 0 to 1, and where."""

    strength: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer. ``context`` (the question) completes claims of a word or two."""

    text: str
    context: str = ""

    @property
    def full_text(self) -> str:
        """The claim, with the question before it when it says too little alone."""
        is_short = len(term_ids(self.text)) < SHORT_CLAIM_TERMS
        return f"{self.context} {self.text}".strip() if is_short else self.text


def literal(claim: Claim, passage: Passage) -> Support | None:
    """Full support where the passage says the claim word for word."""
    words = words_of(claim.text)
    found = passage.find(words) if len(words) >= LITERAL_WORDS else None
    return None if found is None else Support(1.0, (passage.span(*found),))


def judge(claim: Claim, passage: Passage, vectors: Vectors) -> Support | None:
    """Support by words and meaning, or None.

    Args:
        vectors: text → embedding of ``claim.full_text`` and of the text of each line of the passage.
    """
    terms = term_ids(claim.full_text)
    if not terms or not passage.lines or missing_figures(claim.text, passage.figures):
        return None
    coverage = len(terms & passage.terms) / len(terms)
    asked = vectors[claim.full_text]
    likeness = [cosine(asked, vectors[line.text]) for line in passage.lines]
    if not any(coverage >= least and max(likeness) >= closest for least, closest in ENOUGH):
        return None
    return Support(round((coverage + max(likeness)) / 2, 3), _spans(terms, passage, likeness))


def _spans(terms: frozenset[int], passage: Passage, likeness: Sequence[float]) -> tuple[Span, ...]:
    """The best line, and a second one if it says much of what the first does not."""
    shares = [len(terms & line.terms) / len(terms) for line in passage.lines]
    order = range(len(passage.lines))
    best = max(order, key=lambda number: shares[number] + likeness[number])
    left = terms - passage.lines[best].terms
    second = max(order, key=lambda number: len(left & passage.lines[number].terms))
    gain = len(left & passage.lines[second].terms) / len(terms)
    chosen = sorted({best, second} if gain >= SECOND_LINE_GAIN else {best})
    return tuple(passage.span(number, number) for number in chosen)
