"""A source taken apart for quoting and for checking: its sentences, their terms, its numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.grounding.plain import plain
from rag.grounding.sentences import Sentence, split
from rag.index.terms import term_ids
from rag.types import Source, Span

WORD = re.compile(r"\w+")
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: number for number, word in enumerate(UNITS.split())}
NUMBER_WORDS |= {word: 20 + 10 * number for number, word in enumerate(TENS.split())}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a source: where it stands in the chunk, its words, its terms."""

    sentence: Sentence
    text: str
    terms: frozenset[int]


class Passage:
    """One source, cut into lines when that is first wanted: a model reads it whole, and need not wait for the cutting."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Its sentences."""
        text = self.source.chunk.text
        return tuple(_line(text, sentence) for sentence in split(text))

    @cached_property
    def terms(self) -> frozenset[int]:
        """Of the text with its headings and title."""
        return term_ids(self._around).union(*(line.terms for line in self.lines))

    @cached_property
    def figures(self) -> frozenset[str]:
        """Numbers in it, normalised; number words count."""
        chunk = self.source.chunk
        return figures(f"{self._around} {chunk.text} {chunk.page or ''}")

    @property
    def _around(self) -> str:
        return " ".join([self.source.chunk.title, *self.source.chunk.path])

    @cached_property
    def _words(self) -> tuple[list[str], list[int]]:
        """The words of all lines, and the number of each one's line."""
        words = [(word, number) for number, line in enumerate(self.lines) for word in words_of(line.text)]
        return [word for word, _ in words], [number for _, number in words]

    def find(self, words: Sequence[str]) -> tuple[int, int] | None:
        """First and last line of a run of words that stands there literally, else None."""
        known, owners = self._words
        first = _position(known, words)
        return None if first is None else (owners[first], owners[first + len(words) - 1])

    def span(self, first: int, last: int) -> Span:
        """Lines ``first`` to ``last`` as a run of the section's text."""
        chunk = self.source.chunk
        start, end = self.lines[first].sentence.start, self.lines[last].sentence.end
        return Span(start=chunk.char_start + start, end=min(chunk.char_start + end, chunk.char_end))


def words_of(text: str) -> list[str]:
    """Words in lower case, without punctuation."""
    return WORD.findall(text.casefold())


def figures(text: str) -> frozenset[str]:
    """The numbers of a text as comparable strings: ``1,200.0`` and ``1200`` are one; ``twenty-five`` is 25."""
    found = {form for number in FIGURE.findall(text) for form in _forms(number)}
    previous: int | None = None
    for word in words_of(text):
        number = NUMBER_WORDS.get(word)
        if number is not None:
            found.add(str(number))
            if previous is not None and previous >= 20 and 0 < number < 10:
                found.add(str(previous + number))
        previous = number
    return frozenset(found)


def missing_figures(claim: str, known: frozenset[str]) -> set[str]:
    """Numbers written in digits in a claim that are not among the known ones."""
    return {number for number in FIGURE.findall(claim) if not _forms(number) & known}


def _line(text: str, sentence: Sentence) -> Line:
    words = plain(text[sentence.start : sentence.end], sentence.kind)
    return Line(sentence, words, term_ids(words))


def _forms(number: str) -> set[str]:
    """How a written number may be meant; ``1.200`` is 1200 to some and 1.2 to others."""
    forms = {_trimmed(number.replace(",", "."))}
    grouped = THOUSANDS.fullmatch(number)
    if grouped:
        forms.add(_trimmed(number.replace(grouped[1], "").replace(",", ".")))
    return forms


def _trimmed(number: str) -> str:
    whole, _, rest = number.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")


def _position(words: Sequence[str], wanted: Sequence[str]) -> int | None:
    joined, sought = f" {' '.join(words)} ", f" {' '.join(wanted)} "
    found = joined.find(sought) if wanted else -1
    return None if found < 0 else joined.count(" ", 0, found + 1) - 1
