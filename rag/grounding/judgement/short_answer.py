"""A short answer and its question, taken apart: yes or no, and what it says besides."""

from dataclasses import dataclass
from functools import cached_property

from rag.grounding.language.lexicon import lexicon
from rag.grounding.language.quantities import BOUNDS
from rag.grounding.language.readings import Reading
from rag.terms import terms_of

MOST_TERMS = 2  # of its own: longer answers are judged as sentences
PUNCTUATION = " \t\n,.;:!?！。，、；：—–-*_\"'“”»«()[]"
AT_HAND = 400  # characters of a short answer that are read


@dataclass(frozen=True)
class ShortAnswer:
    """An answer of a word or two, or one that begins with yes or no, and its question.

    Attributes:
        is_cell: it is a cell of a table, and the question is its row and column.
    """

    text: str
    question: str
    language: str = "en"
    is_cell: bool = False

    @cached_property
    def _lead(self) -> tuple[str, int]:
        """``yes``, ``no`` or nothing, and how many characters it takes."""
        text = self.text.lstrip(PUNCTUATION)
        offset = len(self.text) - len(text)
        for language in dict.fromkeys((self.language, "en")):
            kind, length = leading_polarity(text[:AT_HAND], language)
            if kind:
                return kind, offset + length
        return "", 0

    @property
    def polarity(self) -> str:
        """``yes``, ``no``, or empty when it begins with neither."""
        return self._lead[0]

    @cached_property
    def rest(self) -> str:
        """What it says besides yes or no."""
        if not self._lead[0]:
            return self.text.strip(PUNCTUATION)
        rest = self.text[self._lead[1] :].strip(PUNCTUATION)
        kind, length = lexicon(self.language).leading(rest, "no")  # "No, never."
        return "" if kind == self._lead[0] and length == len(rest) else rest

    @cached_property
    def reading(self) -> Reading:
        """The rest, read."""
        return Reading(self.rest, lexicon(self.language))

    @cached_property
    def asked(self) -> Reading:
        """The question, read."""
        return Reading(self.question, lexicon(self.language))

    @cached_property
    def question_terms(self) -> frozenset[str]:
        """The terms of the question without its question words."""
        words = {term for word in lexicon(self.language).phrases("question_words") for term in terms_of(word)}
        return terms_of(self.question) - words

    @cached_property
    def content_terms(self) -> frozenset[str]:
        """The terms of the rest without function words, where it has others."""
        terms = terms_of(self.rest)
        return terms - lexicon(self.language).function_terms or terms

    @cached_property
    def own_terms(self) -> frozenset[str]:
        """The terms of the rest that the question does not have; all of them where the question has all."""
        return self.content_terms - self.question_terms or self.content_terms

    @cached_property
    def is_short(self) -> bool:
        """True when it is judged with its question and not as a sentence."""
        if len(self.content_terms) <= MOST_TERMS:
            return True
        return bool(self.reading.quantities) and len(self.word_terms) < MOST_TERMS

    @cached_property
    def word_terms(self) -> frozenset[str]:
        """Its own terms that are no numbers, units or negations."""
        lists = self.reading.lexicon
        known = lists.units.keys() | lists.numbers.keys() | lists.multiples.keys() | lists.words("every")
        drop = {term for word in known & frozenset(self.reading.text.split()) for term in terms_of(word)}
        marks = [self.reading.text[mark.start : mark.end] for mark in self.reading.marks if mark.kind in BOUNDS]
        drop |= {term for mark in marks for term in terms_of(mark)}
        rates = (
            {term for phrase in lists.lists["equivalents"] for term in terms_of(phrase)}
            if self.reading.quantities
            else set()
        )
        return frozenset(term for term in self.own_terms - drop - rates if not term[:1].isdigit())


def leading_polarity(text: str, language: str) -> tuple[str, int]:
    """``yes`` or ``no`` where a text begins with it, or is nothing else ("It does not."), and its length; an empty name else."""
    lists, whole = lexicon(language), text.rstrip(PUNCTUATION)
    kind, length = lists.leading(whole, "whole_yes", "whole_no")
    if kind and length == len(whole):
        return kind.removeprefix("whole_"), length
    kind, length = lists.leading(text, "yes", "no")
    follows = text[length : length + 1]
    is_alone = not follows or follows in PUNCTUATION.replace(" ", "") or not text[length:].strip(PUNCTUATION)
    return (kind, length) if kind and is_alone else ("", 0)
