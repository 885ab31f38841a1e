"""The word lists of a language (``words/*.json``), and the marks they put on a text: negations, opposites, bounds, units.

A list is one string of phrases, separated by commas; ``forbid*`` is every word that begins so. Where a script has no spaces between words,
phrases are looked for at every character. The longest phrase wins, so "not only" is not a negation. Linear time.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import regex

from rag.terms import has_unspaced, terms_of

LANGUAGES = ("en", "de", "fr", "es", "zh", "ja", "vi", "th", "ar")
UNSPACED = ("zh", "ja", "th")
LONGEST_PHRASE = 6  # words; of a script without spaces, characters times two
TOKEN = regex.compile(r"\p{N}++(?:[.,:]\p{N}++)*+|[\p{L}\p{M}]++(?:['-][\p{L}\p{M}]++)*+|[%€$£¥°]\p{L}?+|[-–—~]")
MARKING = (
    "negations",
    "weak_negations",
    "excuses",
    "no_negations",
    "only",
    "at_least",
    "above",
    "at_most",
    "below",
    "than",
)
CONTRACTIONS = (("’", "'"), ("can't", "can not"), ("cannot", "can not"), ("won't", "will not"), ("n't", " not"))


@dataclass(frozen=True, slots=True)
class Mark:
    """A phrase of a word list in a text: the name of the list, for opposites ``side:open``, and its offsets."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """A token of a text with its offsets."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The lists of one language."""

    language: str
    lists: Mapping[str, Any]

    def phrases(self, name: str) -> tuple[str, ...]:
        """The phrases of a list, in order; empty when the language has none."""
        return _phrases(self.lists.get(name, ""))

    @cached_property
    def function_terms(self) -> frozenset[str]:
        """The terms of its most common words and pronouns."""
        return terms_of(" ".join((*self.phrases("function_words"), *self.phrases("pronouns"))))

    def words(self, name: str) -> frozenset[str]:
        """The phrases of a list, to look up."""
        return _word_set(self.lists.get(name, ""))

    @cached_property
    def units(self) -> dict[str, str]:
        """Word → the name of its unit."""
        return {word: unit for unit, words in self.lists["units"].items() for word in _phrases(words)}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number word → number, up to 99."""
        ones, tens = self.phrases("numbers"), self.phrases("tens")
        numbers = {word: place for place, word in enumerate(ones)}
        numbers |= {word: 20 + 10 * place for place, word in enumerate(tens)}
        for place, ten in enumerate(tens):
            for one, word in enumerate(self.phrases("ones_before_tens"), start=1):
                numbers[f"{word}und{ten}"] = 20 + 10 * place + one
        return numbers

    @cached_property
    def multiples(self) -> Mapping[str, float]:
        """Word → how often the number before it: "million"."""
        multiples: Mapping[str, float] = self.lists["multiples"]
        return multiples

    def unit(self, word: str) -> str:
        """The unit that a word is, in a script without spaces the one it begins with; empty for others."""
        if self.language not in UNSPACED:
            return self.units.get(word, "")
        return next(
            (
                self.units[word[:end]]
                for end in range(min(len(word), LONGEST_PHRASE), 0, -1)
                if word[:end] in self.units
            ),
            "",
        )

    @cached_property
    def months(self) -> dict[str, int]:
        """Name of a month, long or short → its number from 1."""
        both = (self.phrases("months"), self.phrases("short_months"))
        return {word: number for names in both for number, word in enumerate(names, start=1) if word != "-"}

    @cached_property
    def marks(self) -> dict[str, tuple[str, ...]]:
        """Phrase → the kinds of marks it is."""
        kinds: dict[str, tuple[str, ...]] = {}
        sides = {f"side:{side}": words for side, words in self.lists["sides"].items()}
        for kind, words in {**{name: self.lists.get(name, "") for name in MARKING}, **sides}.items():
            for phrase in _phrases(words):
                kinds[phrase] = (*kinds.get(phrase, ()), kind)
        return kinds

    @cached_property
    def prefixes(self) -> dict[str, tuple[str, ...]]:
        """Beginning of a word → the kinds of marks."""
        return {phrase[:-1]: kinds for phrase, kinds in self.marks.items() if phrase.endswith("*")}

    def normalised(self, text: str) -> str:
        """Lower case, with contractions written out and "weekly" as "every week"."""
        lower = text.casefold() if self.language != "de" else text.lower()
        if self.language == "en":
            for short, long in CONTRACTIONS:
                lower = lower.replace(short, long)
        for phrase, meaning in self.lists["equivalents"].items():
            if phrase in lower:
                lower = _replaced(lower, phrase, meaning, is_word=self.language not in UNSPACED)
        return lower

    def read(self, text: str) -> Iterator[Mark]:
        """The marks of a normalised text, in order, without overlaps."""
        if self.language in UNSPACED:
            yield from self._by_character(text)
            return
        words = tokens(text)
        place = 0
        while place < len(words):
            taken = 1
            for length in range(min(LONGEST_PHRASE, len(words) - place), 0, -1):
                start, end = words[place].start, words[place + length - 1].end
                kinds = self.marks.get(text[start:end]) or (self._beginning(text[start:end]) if length == 1 else ())
                if kinds:
                    yield from (Mark(kind, start, end) for kind in kinds)
                    taken = length
                    break
            place += taken

    def _beginning(self, word: str) -> tuple[str, ...]:
        longest = min(len(word) - 1, 9)
        return next((self.prefixes[word[:end]] for end in range(longest, 1, -1) if word[:end] in self.prefixes), ())

    def _by_character(self, text: str) -> Iterator[Mark]:
        place = 0
        while place < len(text):
            end = next(
                (
                    end
                    for end in range(min(len(text), place + 2 * LONGEST_PHRASE), place, -1)
                    if text[place:end] in self.marks
                ),
                0,
            )
            yield from (Mark(kind, place, end) for kind in (self.marks[text[place:end]] if end else ()))
            place = max(end, place + 1)

    def leading(self, text: str, *names: str) -> tuple[str, int]:
        """The list that has the longest phrase at the beginning of a text, and its length in characters; an empty name when none has."""
        lower = text.lower().replace("’", "'")
        found = ("", 0)
        for name in names:
            for phrase in self.phrases(name):
                is_whole = self.language in UNSPACED or not lower[len(phrase) : len(phrase) + 1].isalnum()
                if len(phrase) > found[1] and lower.startswith(phrase) and is_whole:
                    found = (name, len(phrase))
        return found

    def has(self, text: str, name: str) -> bool:
        """True when a text has a phrase of a list."""
        lower = text.lower()
        if self.language in UNSPACED:
            return any(phrase in lower for phrase in self.phrases(name))
        spaced = f" {' '.join(word.text for word in tokens(lower))} "
        return any(f" {phrase} " in spaced for phrase in self.phrases(name))


def tokens(text: str) -> list[Word]:
    """The words, numbers and currency signs of a text with their offsets."""
    return [Word(match[0], match.start(), match.end()) for match in TOKEN.finditer(text)]


@cache
def lexicon(language: str) -> Lexicon:
    """The word lists of a language; English where there are none."""
    name = language if language in LANGUAGES else "en"
    text = (files(__package__) / "words" / f"{name}.json").read_text("utf-8")
    return Lexicon(name, json.loads(text))


@cache
def month_names() -> frozenset[str]:
    """The names of the months in all languages."""
    return frozenset(name for language in LANGUAGES for name in lexicon(language).months if len(name) > 2)


@cache
def oppositions() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """The sides that are opposed to each other, in all languages: ``opposed``, ``stronger``, ``not_when_denied``."""
    text = (files(__package__) / "words" / "oppositions.json").read_text("utf-8")
    return {kind: tuple((left, right) for left, right in pairs) for kind, pairs in json.loads(text).items()}


def likely_language(text: str) -> str:
    """The most likely language of a text, by its script and its most common words; empty when nothing tells.

    :func:`rag.embedding.language.language_of` wants to be sure instead.
    """
    beginning = text[:LONGEST_LOOKED_AT]
    if has_unspaced(beginning):
        return _unspaced_language(beginning)
    if any("\u0600" <= char <= "\u06ff" for char in beginning):
        return "ar"
    words = {word.text for word in tokens(beginning.lower())}
    counts = {name: len(words & _function_words(name)) for name in LANGUAGES if name not in (*UNSPACED, "ar")}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else ""


LONGEST_LOOKED_AT = 1000  # characters


def _unspaced_language(text: str) -> str:
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return "ja"
    return "th" if any("\u0e00" <= char <= "\u0e7f" for char in text) else "zh"


@cache
def _function_words(language: str) -> frozenset[str]:
    return frozenset(lexicon(language).phrases("function_words"))


@cache
def _word_set(words: str) -> frozenset[str]:
    return frozenset(_phrases(words))


@cache
def _phrases(words: str) -> tuple[str, ...]:
    return tuple(phrase for phrase in words.split(", ") if phrase)


def _replaced(text: str, phrase: str, meaning: str, *, is_word: bool) -> str:
    """The text with a phrase replaced, where it is not a part of longer words."""
    pieces, start = [], 0
    place = text.find(phrase)
    while place >= 0:
        end = place + len(phrase)
        is_inside = is_word and (text[place - 1 : place].isalnum() or text[end : end + 1].isalnum())
        pieces += [text[start:place], text[place:end] if is_inside else meaning]
        start = end
        place = text.find(phrase, end)
    return "".join([*pieces, text[start:]])
