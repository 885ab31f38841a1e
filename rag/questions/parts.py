"""The part of a document that a question names: a page, a section by number or by heading; and how much it wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from rag.questions.language import Language, PartWords
from rag.questions.politeness import BareQuestion
from rag.questions.wording import Line, Match, Word, line_of

QUOTED = regex.compile(r"[“„«「『\"]([^“”„«»「」『』\"]{1,200}+)[”“»」』\"]")
MOST_HEADING_WORDS = 8
NUMBER = "#"
LAST = -1
ROMAN = regex.compile(r"(?=..)x{0,3}+(?:ix|iv|v?i{0,3}+)")  # the pages of a preface; "page i" may be anything


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document.

    Attributes:
        unit: what it is.
        number: from 1; -1 is the last; None when it has a heading or a number like 4.2, which is its heading.
        heading: words of its heading, as they were asked; empty when it has a number.
    """

    unit: Literal["page", "section"]
    number: int | None = None
    heading: str = ""


def numbered(words: Sequence[Word], numbers: PartWords | None = None) -> Line:
    """Words as a line, with ``#`` for each number; with those that are written as words, too, when they are given."""
    known, pages = (numbers.numbers, numbers.pages) if numbers else ({}, frozenset[str]())
    return line_of(
        NUMBER
        if word.text[0].isdecimal() or word.text in known or (before in pages and ROMAN.fullmatch(word.text))
        else word.text
        for before, word in zip(["", *(word.text for word in words)], words, strict=False)
    )


def part_of(bare: BareQuestion, text: str, languages: Sequence[Language]) -> Part | None:
    """The part that a question names; None when it names none."""
    for language in languages:
        for words in bare.words:
            found = _by_number(words, language.parts) or _by_heading(words, text, language)
            if found:
                return found
    return None


def amount_of(bare: BareQuestion, languages: Sequence[Language]) -> int | None:
    """How much a question wants: 5 of "the top 5"; None when it does not say."""
    for language in languages:
        for words in bare.words:
            for match in language.parts.amounts.found(numbered(words)):
                number = _number(match, numbered(words), words)
                if number.isdecimal() and len(number) < 5:
                    return int(number)
    return None


def _by_number(words: Sequence[Word], known: PartWords) -> Part | None:
    line = numbered(words, known)
    for match in known.numbered.found(line):
        unit: Literal["page", "section"] = (
            "page" if known.pages.intersection(line[match.start : match.end]) else "section"
        )
        number = _number(match, line, words)
        if number in known.numbers:
            return Part(unit, known.numbers[number])
        if number.isdecimal() and len(number) < 7:
            return Part(unit, int(number))
        return Part(unit, None, number)
    return None


def _number(match: Match, line: Line, words: Sequence[Word]) -> str:
    """The word that is the number in a match."""
    return words[line.index(NUMBER, match.start) - 1].text  # the line has a stop before the words


def _by_heading(words: Sequence[Word], text: str, language: Language) -> Part | None:
    line = line_of(word.text for word in words)
    for match in language.parts.headings.found(line):
        return Part("section", None, text[words[match.start - 1].start : words[match.end - 2].end])
    for match in language.parts.named.found(line):
        quoted = QUOTED.search(text[: words[-1].end + 1])
        if quoted:
            return Part("section", None, quoted[1])
        heading = _heading(words[match.end - 1 :], language)
        if heading:
            return Part("section", None, text[heading[0].start : heading[-1].end])
    return None


def _heading(words: Sequence[Word], language: Language) -> Sequence[Word]:
    """The words of a heading: up to the first word that names nothing, such as the verb after it."""
    end = next((at for at, word in enumerate(words) if at and word.text in language.parts.ends), len(words))
    return words[: min(end, MOST_HEADING_WORDS)]
