"""A sentence as the comparison reads it: clauses, each with its terms, negations, opposites and quantities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.grounding.language.lexicon import Lexicon, Mark, tokens
from rag.grounding.language.quantities import Quantity, quantities
from rag.terms import terms_of

SCOPE = 60  # characters on both sides of a negation, within its clause
DENIED_TERMS = 2
EXCUSED = 25  # characters
LONGEST = 4000  # characters of a sentence that are read
MOST_CLAUSES = 24  # of a sentence; what follows is one more: each is compared with each of another sentence
PAUSES = frozenset(",;:()[]–—.!?|，；：。、（）！？،؛")
NEGATIONS = ("negations", "weak_negations")


@dataclass(frozen=True)
class Clause:
    """A part of a sentence between pauses and conjunctions; ``text`` is normalised.

    Attributes:
        marks: with offsets into ``text``.
        context: terms of what "it" may stand for.
    """

    text: str
    lexicon: Lexicon
    marks: tuple[Mark, ...]
    context: frozenset[str] = frozenset()

    @cached_property
    def subject(self) -> frozenset[str]:
        """Its terms and what "it" stands for."""
        return self.terms | self.context

    @cached_property
    def terms(self) -> frozenset[str]:
        """The terms of the clause."""
        return terms_of(self.text)

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Its quantities, in order."""
        return quantities(self.text, self.lexicon, self.marks)

    @cached_property
    def core(self) -> frozenset[str]:
        """What it is about: its terms without those of its marks and function words, where there are others."""
        marked = terms_of(" ".join(self.text[mark.start : mark.end] for mark in self.marks))
        return self.terms - marked - self.lexicon.function_terms or self.terms

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of its marks."""
        return frozenset(mark.kind for mark in self.marks)

    @cached_property
    def sides(self) -> frozenset[str]:
        """The sides of opposites that it takes."""
        return frozenset(kind.removeprefix("side:") for kind in self.kinds if kind.startswith("side:"))

    @property
    def is_denied(self) -> bool:
        """True when it has a negation word."""
        return "negations" in self.kinds or "weak_negations" in self.kinds

    @property
    def is_firmly_denied(self) -> bool:
        """True when it has a negation word of the verb: "not", "never"; not when two of them cancel out."""
        return sum(mark.kind == "negations" for mark in self.marks) % 2 == 1

    @property
    def may_deny(self) -> bool:
        """True when it has a negation, or a word like "without", "unless" or "refuse" that can stand for one."""
        return self.is_denied or "excuses" in self.kinds

    def count(self, *kinds: str) -> int:
        """How many marks of these kinds it has."""
        return sum(mark.kind in kinds for mark in self.marks)

    @cached_property
    def denied_terms(self) -> frozenset[str]:
        """The terms around its negations."""
        spots = [mark for mark in self.marks if mark.kind in NEGATIONS]
        return frozenset().union(
            *(terms_of(self.text[max(0, spot.start - SCOPE) : spot.end + SCOPE]) for spot in spots)
        )

    @cached_property
    def denials(self) -> tuple[frozenset[str], ...]:
        """For each negation the terms it most likely denies: the next two, or the last two before it where none follows."""
        return tuple(self._denied_by(mark) for mark in self.marks if mark.kind in NEGATIONS)

    @cached_property
    def excused_terms(self) -> frozenset[str]:
        """The terms near words like "without" and "refuse", which can stand for a negation."""
        spots = [mark for mark in self.marks if mark.kind == "excuses"]
        return frozenset().union(
            *(terms_of(self.text[max(0, spot.start - EXCUSED) : spot.end + EXCUSED]) for spot in spots)
        )

    def _denied_by(self, mark: Mark) -> frozenset[str]:
        after = _first_terms(self.text[mark.end : mark.end + SCOPE].split())
        return after or _first_terms(self.text[max(0, mark.start - SCOPE) : mark.start].split()[::-1])


def _first_terms(words: Sequence[str]) -> frozenset[str]:
    found: list[str] = []
    for word in words:
        found += [term for term in terms_of(word) if term not in found]
        if len(found) >= DENIED_TERMS:
            break
    return frozenset(found[:DENIED_TERMS])


@dataclass(frozen=True)
class Reading:
    """A sentence, read in one language; ``context`` are the terms of what its "it" may stand for."""

    original: str
    lexicon: Lexicon
    context: frozenset[str] = frozenset()

    @cached_property
    def text(self) -> str:
        """The normalised text."""
        return self.lexicon.normalised(self.original[:LONGEST])

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of the whole sentence."""
        return tuple(self.lexicon.read(self.text))

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Its quantities, in order."""
        return quantities(self.text, self.lexicon, self.marks)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """Its clauses that say something, in order."""
        made = []
        for start, end in self._bounds():
            marks = tuple(Mark(one.kind, one.start - start, one.end - start) for one in self._marks_in(start, end))
            clause = Clause(self.text[start:end], self.lexicon, marks, self.context)
            if clause.terms or marks:
                made.append(clause)
        return tuple(made)

    @cached_property
    def whole(self) -> Clause:
        """The sentence as one clause."""
        return Clause(self.text, self.lexicon, self.marks, self.context)

    def _marks_in(self, start: int, end: int) -> Iterator[Mark]:
        return (mark for mark in self.marks if start <= mark.start < end)

    def _bounds(self) -> Iterator[tuple[int, int]]:
        start, last, count, conjunctions = 0, 0, 0, self.lexicon.words("conjunctions")
        for word in tokens(self.text):
            if count == MOST_CLAUSES:
                break
            is_pause = any(char in PAUSES for char in self.text[last : word.start])
            if (is_pause or word.text in conjunctions) and word.start > start:
                yield start, word.start
                start, count = word.start, count + 1
            last = word.end
        yield start, len(self.text)
