"""A question as sentences are compared with it: its terms weighed by rarity, with misspelt ones put right, its figures, its type."""

import math
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import pairwise

from rag.grounding.language.lexicon import likely_language
from rag.grounding.passage import figures, words_of
from rag.terms import terms_of
from rag.writing.sentence_choice.answer_types import AnswerType, answer_type
from rag.writing.sentence_choice.units import Unit

LEAST_MISSPELT = 5  # letters; shorter words are too near to others
MOST_LONGER = 2  # letters that a misspelt word has more or less
ALIKE = 0.8  # of difflib
MOST_CORRECTED = 6  # terms


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question and the terms by which it is answered.

    Attributes:
        weights: term → its rarity among the units; terms that no unit and no heading has are left out.
        bigrams: pairs of words that follow each other.
        numbered: words with the number that follows each ("project", "17").
        related: term → the terms that may stand for it.
    """

    text: str
    weights: dict[str, float]
    bigrams: frozenset[tuple[str, str]]
    figures: frozenset[str]
    type: AnswerType | None
    related: dict[str, frozenset[str]]
    numbered: frozenset[tuple[str, str]]

    def share(self, terms: frozenset[str], topic: frozenset[str] = frozenset()) -> float:
        """The share of the question's terms that are among these, weighed by rarity, 0 to 1; those of the topic are left out."""
        weights = {term: weight for term, weight in self.weights.items() if term not in topic}
        total = math.fsum(weights.values())
        return math.fsum(weight for term, weight in weights.items() if term in terms) / total if total else 0.0

    def is_about_another(self, unit: Unit) -> bool:
        """True when the question names something by a number, and the unit has another number there: project 17 is not 18."""
        words = words_of(unit.text)
        if any(number in words for _, number in self.numbered):
            return False
        names = {name for name, _ in self.numbered}
        return any(name in names and is_number(number) for name, number in pairwise(words))

    def wide_share(self, terms: frozenset[str]) -> float:
        """The share of those terms that have others that may stand for them, where one of them or of the others is among these."""
        found = [term in terms or not terms.isdisjoint(others) for term, others in self.related.items()]
        return sum(found) / len(found) if found else 0.0


def asked_question(text: str, units: Sequence[Unit]) -> AskedQuestion:
    """The question over these units."""
    counts = Counter(term for unit in units for term in unit.terms)
    above = frozenset[str]().union(*(unit.passage.heading_terms for unit in units))
    known = counts.keys() | above
    terms = frozenset(_known(terms_of(text), known))
    weights = {term: math.log((len(units) + 1) / (counts[term] + 0.5)) for term in terms}
    weights = {term: max(weight, 0.1) for term, weight in weights.items()}
    bigrams = bigrams_of(text)
    numbered = frozenset((name, number) for name, number in bigrams if is_number(number) and not is_number(name))
    families = _families(likely_language(text))
    related = {term: families[term] for term in terms_of(text) if term in families}
    return AskedQuestion(text, weights, bigrams, figures(text), answer_type(text), related, numbered)


@cache
def _families(language: str) -> Mapping[str, frozenset[str]]:
    """Term → the terms of all its families."""
    lists: Mapping[str, list[str]] = tomllib.loads((files(__package__) / "synonyms.toml").read_text("utf-8"))
    families: dict[str, frozenset[str]] = {}
    for line in lists.get(language, ()):
        terms = terms_of(line)
        for term in terms:
            families[term] = families.get(term, frozenset()) | terms
    return families


def is_number(word: str) -> bool:
    """True for a number in digits."""
    return word.isdecimal()


def bigrams_of(text: str) -> frozenset[tuple[str, str]]:
    """The pairs of words that follow each other."""
    words = words_of(text)
    return frozenset(pairwise(words))


def _known(terms: frozenset[str], known: Set[str]) -> list[str]:
    """The terms that the sources have; for one that they lack, the term that it is most likely a misspelling of."""
    found = [term for term in terms if term in known]
    lacking = sorted(term for term in terms if term not in known and len(term) >= LEAST_MISSPELT and term.isalpha())
    for term in lacking[:MOST_CORRECTED]:
        near = [
            other
            for other in known
            if abs(len(other) - len(term)) <= MOST_LONGER and (other[0] == term[0] or other[1:3] == term[1:3])
        ]
        found += get_close_matches(term, near, 1, ALIKE)
    return found
