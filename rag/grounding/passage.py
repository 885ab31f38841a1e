"""A source prepared for quoting and checking: its sentences, their terms, its numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.folded import folded
from rag.grounding.language.lexicon import Lexicon, lexicon, likely_language, tokens
from rag.grounding.language.quantities import Quantity
from rag.grounding.language.readings import Reading
from rag.grounding.likeness import clear_language
from rag.grounding.plain_text import plain_text
from rag.grounding.sentences import Sentence, split
from rag.terms import terms_of
from rag.types import Source, Span

LONGEST_QUESTION = 3  # lines
LONGEST_PRONOUN = 20  # characters
WORD = re.compile(r"\w+")
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: number for number, word in enumerate(UNITS.split())}
NUMBER_WORDS |= {word: 20 + 10 * number for number, word in enumerate(TENS.split())}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a source: its offsets in the chunk, its plain text, its terms."""

    sentence: Sentence
    text: str
    terms: frozenset[str]


class Passage:
    """One source, cut into lines at first use: a model reads it whole and need not wait for that."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._readings: dict[int, Reading] = {}
        self._runs: dict[int, frozenset[tuple[str, ...]]] = {}

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The sentences of the source."""
        text = self.source.chunk.text
        return tuple(_line(text, sentence) for sentence in split(text))

    @cached_property
    def _lines_of(self) -> dict[str, list[int]]:
        """Term → the numbers of the lines that have it."""
        numbers: dict[str, list[int]] = {}
        for number, line in enumerate(self.lines):
            for term in line.terms:
                numbers.setdefault(term, []).append(number)
        return numbers

    def common_terms(self, terms: Iterable[str]) -> Counter[int]:
        """Number of a line → how many of these terms it has; only lines that have any, so that short claims cost little."""
        return Counter(number for term in terms for number in self._lines_of.get(term, ()))

    def window_share(self, terms: frozenset[str]) -> float:
        """The greatest share of these terms found in a line and the two beside it, 0 to 1."""
        near: Counter[int] = Counter()
        for term in terms:
            places = {place + step for place in self._lines_of.get(term, ()) for step in (-1, 0, 1)}
            near.update(places)
        return max(near.values(), default=0) / max(1, len(terms))

    def runs(self, length: int) -> frozenset[tuple[str, ...]]:
        """All runs of so many words, across the ends of lines."""
        if length not in self._runs:
            words = self._words[0].split()
            self._runs[length] = frozenset(zip(*(words[start:] for start in range(length)), strict=False))
        return self._runs[length]

    @cached_property
    def terms(self) -> frozenset[str]:
        """The terms of the text, its headings and its title."""
        return self.heading_terms.union(*(line.terms for line in self.lines))

    @cached_property
    def language(self) -> str:
        """The language of the text, as far as it tells."""
        return self.clear_language or likely_language(self.source.chunk.text)

    @cached_property
    def clear_language(self) -> str:
        """The language where the text surely is in it, else empty."""
        return clear_language(self.source.chunk.text)

    @property
    def lexicon(self) -> Lexicon:
        """The word lists of its language."""
        return lexicon(self.language)

    def reading(self, place: int) -> Reading:
        """A line as the comparison reads it."""
        if place not in self._readings:
            context = self.lines[place - 1].terms if self._begins_with_pronoun(place) else frozenset[str]()
            self._readings[place] = Reading(self.lines[place].text, self.lexicon, context)
        return self._readings[place]

    def context_of_question(self, place: int) -> frozenset[str]:
        """The terms of the question before a question with "it"; none where it has no such word."""
        words = {word.text for word in tokens(self.lines[place].text.lower())}
        before = next(
            (other for other in reversed(self.questions[: self.questions.index(place)]) if other < place), None
        )
        return (
            self.lines[before].terms if before is not None and words & self.lexicon.words("pronouns") else frozenset()
        )

    def near_terms(self, place: int) -> frozenset[str]:
        """The terms of a line, with those of the line before it when it goes on about the same ("It is closed on Sundays.")."""
        return self.lines[place].terms | self.reading(place).context

    def _begins_with_pronoun(self, place: int) -> bool:
        return place > 0 and bool(self.lexicon.leading(self.lines[place].text[:LONGEST_PRONOUN], "pronouns")[0])

    @cached_property
    def quantities(self) -> list[Quantity]:
        """The quantities of all lines, the headings and the title."""
        headings = Reading(self._headings, self.lexicon).quantities
        return [
            *headings,
            *(quantity for place in range(len(self.lines)) for quantity in self.reading(place).quantities),
        ]

    @cached_property
    def questions(self) -> list[int]:
        """The lines that ask something or are headings."""
        return [
            place
            for place, line in enumerate(self.lines)
            if line.text.endswith(("?", "？", "؟")) or line.sentence.kind == "heading"
        ]

    def question_at(self, place: int) -> str:
        """The question that ends with a line: "Who merges it? Is it done automatically?" is one."""
        first = place
        while first - 1 in self.question_set and place - first < LONGEST_QUESTION:
            first -= 1
        return " ".join(line.text for line in self.lines[first : place + 1])

    @cached_property
    def question_set(self) -> frozenset[int]:
        """The same, to look up."""
        return frozenset(self.questions)

    @cached_property
    def heading_terms(self) -> frozenset[str]:
        """The terms of the headings above the text and of its title."""
        return terms_of(self._headings)

    @cached_property
    def figures(self) -> frozenset[str]:
        """The numbers of the text, headings, title and page, normalised; number words count."""
        chunk = self.source.chunk
        return figures(f"{self._headings} {chunk.text} {(chunk.locator or chunk.page) if chunk.page else ''}")

    @property
    def _headings(self) -> str:
        return " ".join([self.source.chunk.title, *self.source.chunk.path])

    @cached_property
    def _words(self) -> tuple[str, list[int]]:
        """The words of all lines with a space around each, and for each word the number of its line."""
        words = [(word, number) for number, line in enumerate(self.lines) for word in words_of(line.text)]
        return f" {' '.join(word for word, _ in words)} ", [number for _, number in words]

    def find(self, words: Sequence[str]) -> tuple[int, int] | None:
        """The numbers of the first and last line of a literal run of words, None when the source does not have it."""
        joined, line_numbers = self._words
        first = _position(joined, words)
        return None if first is None else (line_numbers[first], line_numbers[first + len(words) - 1])

    @property
    def whole(self) -> tuple[Span, ...]:
        """All lines as one span; empty without lines."""
        return (self.span(0, len(self.lines) - 1),) if self.lines else ()

    def span(self, first: int, last: int) -> Span:
        """Lines ``first`` to ``last`` as a span of the section's text."""
        chunk = self.source.chunk
        start, end = self.lines[first].sentence.start, self.lines[last].sentence.end
        return Span(start=chunk.char_start + start, end=min(chunk.char_start + end, chunk.char_end))


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return WORD.findall(folded(text).casefold())


def figures(text: str) -> frozenset[str]:
    """The numbers of a text as comparable strings: ``1,200.0`` and ``1200`` are equal; ``twenty-five`` is 25."""
    numbers = {form for number in FIGURE.findall(folded(text)) for form in _forms(number)}
    previous: int | None = None
    for word in words_of(text):
        number = NUMBER_WORDS.get(word)
        if number is not None:
            numbers.add(str(number))
            if previous is not None and previous >= 20 and 0 < number < 10:
                numbers.add(str(previous + number))
        previous = number
    return frozenset(numbers)


def missing_figures(claim: str, known: frozenset[str]) -> set[str]:
    """Numbers written in digits in a claim that are not among the known ones."""
    return {number for number in FIGURE.findall(folded(claim)) if not _forms(number) & known}


def _line(text: str, sentence: Sentence) -> Line:
    words = plain_text(text[sentence.start : sentence.end], sentence.kind)
    return Line(sentence, words, terms_of(words))


def _forms(number: str) -> set[str]:
    """The normalised readings of a written number; ``1.200`` is 1200 to some and 1.2 to others."""
    forms = {_trimmed(number.replace(",", "."))}
    grouped = THOUSANDS.fullmatch(number)
    if grouped:
        forms.add(_trimmed(number.replace(grouped[1], "").replace(",", ".")))
    return forms


def _trimmed(number: str) -> str:
    whole, _, rest = number.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")


def _position(text: str, words: Sequence[str]) -> int | None:
    """The index of the first word of a run of words in a text of words with a space around each; None if absent."""
    offset = text.find(f" {' '.join(words)} ") if words else -1
    return None if offset < 0 else text.count(" ", 0, offset + 1) - 1
