"""Does a passage support a claim? By words, numbers and meaning; it sees invented facts, not fine shades of logic.

A claim that stands in the passage literally is supported. Otherwise every number of the claim must stand there, and it must share
enough words (coverage: the part of the claim's terms found in the passage) and meaning (cosine to its closest sentences), and may not deny
what the passage says, or say what it denies (see ``rag/grounding/negation.py``): to words and meaning, "paid" and "not paid" are nearly one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.grounding.negation import denies
from rag.grounding.passage import Line, Passage, missing_figures, words_of
from rag.index.port import cosine
from rag.index.terms import term_ids
from rag.types import Span

LITERAL_WORDS = 3  # fewer words stand anywhere by chance
# (least coverage, least cosine): any pair that holds is enough. Measured in evals/citations.py.
Bar = tuple[tuple[float, float], ...]
ENOUGH: Bar = ((0.80, 0.40), (0.60, 0.50), (0.30, 0.75))
# For a source that the answer did not name: the best of many is near to anything, so it has to say more of it.
CLEAR: Bar = ((0.90, 0.50), (0.75, 0.65), (0.60, 0.80))
SAME_WORDS, SAME_TERMS = (
    0.85,
    4,
)  # a line that holds this share of so many terms means the same; nothing has to be embedded
SAME_LINE = 0.8  # share of each other's terms from which two sentences say the same, but for a denial
COMPARED_LINES = 4  # of a passage: those that share most words with the claim
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
    """A sentence of an answer.

    Attributes:
        context: the question; it completes claims of a word or two.
        is_quote: it was taken from the source as it is, so that a single word is enough to find it there.
    """

    text: str
    context: str = ""
    is_quote: bool = False

    @property
    def full_text(self) -> str:
        """The claim, with the question before it when it says too little alone."""
        is_short = len(term_ids(self.text)) < SHORT_CLAIM_TERMS
        return f"{self.context} {self.text}".strip() if is_short else self.text


class Pair:
    """A claim and a passage: what their words say, before anything is embedded.

    Attributes:
        literal: full support, where the passage says the claim word for word; else None.
        coverage: part of the claim's terms found in the passage; 0 where a number of the claim is not.
        lines: the places of the passage's lines that are worth comparing by meaning, most words in common first.
    """

    def __init__(self, claim: Claim, passage: Passage) -> None:
        self.claim, self.passage = claim, passage
        self.terms = term_ids(claim.full_text)
        self.literal = _literal(claim, passage)
        is_known = bool(self.terms and passage.lines) and not missing_figures(claim.text, passage.figures)
        self.coverage = len(self.terms & passage.terms) / len(self.terms) if is_known else 0.0
        self._shares = [len(self.terms & line.terms) / len(self.terms) for line in passage.lines] if is_known else []
        order = sorted(range(len(self._shares)), key=lambda place: -self._shares[place])
        self.lines = tuple(order[:COMPARED_LINES])

    @property
    def is_same_words(self) -> bool:
        """True when one line holds nearly all words of a claim that has several."""
        return len(self.terms) >= SAME_TERMS and bool(self.lines) and self._shares[self.lines[0]] >= SAME_WORDS

    def texts(self, bar: Bar) -> list[str]:
        """What must be embedded to judge by this bar; nothing where words alone decide."""
        if self.literal or self.is_same_words or self.coverage < min(least for least, _ in bar):
            return []
        return [self.claim.full_text, *(self._line(place).text for place in self.lines)]

    def judge(self, vectors: Vectors, bar: Bar) -> Support | None:
        """The support by this bar, or None.

        Args:
            vectors: text → embedding; a text without one is near to nothing.
        """
        if self.literal:
            return self.literal
        likeness = {place: self._likeness(place, vectors) for place in self.lines}
        closest = max(likeness.values(), default=0.0)
        if self.is_same_words:
            closest = max(closest, self._shares[self.lines[0]])
        elif not any(self.coverage >= least and closest >= near for least, near in bar):
            return None
        if not self.coverage or self._is_contrary():
            return None
        return Support(round((self.coverage + closest) / 2, 3), self._spans(likeness))

    def _line(self, place: int) -> Line:
        return self.passage.lines[place]

    def _likeness(self, place: int, vectors: Vectors) -> float:
        asked, told = vectors.get(self.claim.full_text), vectors.get(self._line(place).text)
        return cosine(asked, told) if asked is not None and told is not None else 0.0

    def _is_contrary(self) -> bool:
        """True when the claim denies and neither of the closest two lines does, or when that is the other way round."""
        if denies(self.claim.text):
            return not any(denies(self._line(place).text) for place in self.lines[:2])
        closest = self._line(self.lines[0])
        shared = len(self.terms & closest.terms)
        return shared >= SAME_LINE * max(len(self.terms), len(closest.terms)) and denies(closest.text)

    def _spans(self, likeness: Mapping[int, float]) -> tuple[Span, ...]:
        """The best line, and a second one if it says much of what the first does not."""
        best = max(self.lines, key=lambda place: self._shares[place] + likeness[place])
        left = self.terms - self._line(best).terms
        every = range(len(self.passage.lines))
        second = max(every, key=lambda place: len(left & self._line(place).terms))
        gain = len(left & self._line(second).terms) / len(self.terms)
        chosen = sorted({best, second} if gain >= SECOND_LINE_GAIN else {best})
        return tuple(self.passage.span(place, place) for place in chosen)


def _literal(claim: Claim, passage: Passage) -> Support | None:
    words = words_of(claim.text)
    found = passage.find(words) if claim.is_quote or len(words) >= LITERAL_WORDS else None
    return None if found is None else Support(1.0, (passage.span(*found),))
