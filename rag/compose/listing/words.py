"""Words of a question as they are looked for in the text of records: by stem, numbers exactly, phrases in order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from py_rust_stemmers import SnowballStemmer

from rag.grounding.language.quantities import values_of

WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*+")
UNSPACED = frozenset(("zh", "ja", "th"))
ACCENTED = "àáâãäåāçćčèéêëēěìíîïīñńòóôõöøōùúûüūůýÿžšśßğıłőű"
PLAIN = "aaaaaaaccceeeeeeiiiiinnooooooouuuuuuyyzsssgilou"
ANY_ACCENT = re.compile(f"[{ACCENTED}]")
FOLDING = str.maketrans(ACCENTED, PLAIN)
STEMMERS = {"en": "english", "de": "german", "fr": "french", "es": "spanish"}
ARTICLES, ENDINGS, WEAK = ("وال", "بال", "لل", "ال"), ("ات", "ون", "ين", "ة"), frozenset("اويأإآ")
LONGEST_GAP = 3  # characters between two words of a phrase
LONGEST_PADDING = 12  # zeros before a number
CACHED = 100_000

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for.

    Attributes:
        text: folded, see :func:`folded`.
        is_name: it is capitalised within a sentence, quoted, or has digits: nothing else can stand for it.
        start, end: offsets in the question.
        is_capital: it begins with a capital.
        is_exact: only this form of it counts.
    """

    text: str
    language: str
    is_name: bool = False
    start: int = 0
    end: int = 0
    is_capital: bool = False
    is_exact: bool = False

    @property
    def stem(self) -> str:
        """The part that all forms of the word have."""
        return stem(self.text, self.language)

    @property
    def is_number(self) -> bool:
        """True for a number in digits."""
        return self.text[:1].isdigit() and not any(char.isalpha() for char in self.text)

    def find(self, text: str, start: int = 0) -> Place | None:
        """Where the word stands next in a folded text; None when it does not."""
        if self.is_number:
            return _find_number(self.text, text, start)
        if self.language == "ar":
            return next(
                (match.span() for match in WORD.finditer(text, start) if stem(match[0], "ar") == self.stem), None
            )
        needle = self.needle
        place = text.find(needle, start)
        while place >= 0:
            end = self._end(text, place)
            if end is not None:
                return place, end
            place = text.find(needle, place + 1)
        return None

    def at(self, text: str, start: int) -> int | None:
        """Where the word ends that stands at a position of a folded text; None when another one does."""
        if self.is_number:
            match = NUMBER.match(text, start)
            place = _find_number(self.text, match[0], 0) if match else None
            return start + place[1] if place and place[0] == 0 else None
        if self.language == "ar":
            match = WORD.match(text, start)
            return match.end() if match and stem(match[0], "ar") == self.stem else None
        return self._end(text, start) if text.startswith(self.needle, start) else None

    def _end(self, text: str, start: int) -> int | None:
        """The end of the word whose beginning was found at a position; None when it is another word."""
        if self.language in UNSPACED:
            return start + len(self.text)
        if start and text[start - 1].isalnum():
            return None
        end = _word_end(text, start + len(self.needle))
        word = text[start:end]
        return end if word == self.text or (not self.is_exact and stem(word, self.language) == self.stem) else None

    @property
    def needle(self) -> str:
        """What every form of the word begins with; cheap to look for."""
        return _needle(self.text, self.language)

    def is_in(self, text: str) -> bool:
        """True when a folded text has the word."""
        return self.find(text) is not None


def folded(text: str, language: str = "en") -> str:
    """The text in lower case and without accents, each character in its place; Vietnamese keeps its accents, which tell words apart."""
    lower = text.lower()
    if len(lower) != len(text):  # "İ" becomes two characters
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return lower.translate(FOLDING) if language != "vi" and not lower.isascii() and ANY_ACCENT.search(lower) else lower


@lru_cache(CACHED)
def _needle(word: str, language: str) -> str:
    if language in UNSPACED:
        return word
    own = stem(word, language)
    common = next(
        (place for place, (left, right) in enumerate(zip(own, word, strict=False)) if left != right), len(own)
    )
    return own[: max(1, min(common, len(own) - 1 if len(own) > 4 else len(own)))]


@lru_cache(CACHED)
def stem(word: str, language: str) -> str:
    """The stem of a folded word; of an Arabic one its consonants, because plurals change the vowels within."""
    if language == "ar":
        return _consonants(word)
    stemmer = _stemmer(language)
    return word if stemmer is None or len(word) < 3 else stemmer.stem_word(word)


def _consonants(word: str) -> str:
    bare = next((word.removeprefix(article) for article in ARTICLES if word.startswith(article)), word)
    bare = next((bare.removesuffix(ending) for ending in ENDINGS if bare.endswith(ending)), bare)
    consonants = "".join(char for char in bare if char not in WEAK)
    return consonants if len(consonants) >= 3 else bare


@lru_cache
def _stemmer(language: str) -> SnowballStemmer | None:
    name = STEMMERS.get(language)
    return SnowballStemmer(name) if name else None


def find_phrase(words: Sequence[Word], text: str, start: int = 0) -> Place | None:
    """Where the words stand in this order, next to each other, in a folded text."""
    place = words[0].find(text, start) if words else None
    while place is not None:
        end: int | None = place[1]
        for word in words[1:]:
            end = None if end is None else word.at(text, _next_word(text, end))
        if end is not None:
            return place[0], end
        place = words[0].find(text, place[0] + 1)
    return None


def _next_word(text: str, end: int) -> int:
    """Where the next word begins, if it is near."""
    for place in range(end, min(len(text), end + LONGEST_GAP + 1)):
        if text[place].isalnum():
            return place
    return len(text)


def _word_end(text: str, end: int) -> int:
    while end < len(text) and text[end].isalnum():
        end += 1
    return end


def _find_number(number: str, text: str, start: int) -> Place | None:
    """Where a number stands by itself: 17 is neither in 217 nor in 17.5; 1,200 is 1200."""
    place = text.find(number, start)
    while place >= 0:
        end = place + len(number)
        if _is_alone(text, place, end):
            return place, end
        place = text.find(number, place + 1)
    wanted = frozenset(values_of(number) if len(number) > 3 else ())  # shorter ones are written in one way
    for match in NUMBER.finditer(text, start) if wanted else ():
        if not wanted.isdisjoint(values_of(match[0])):
            return match.span()
    return None


def _is_alone(text: str, start: int, end: int) -> bool:
    """True when the digits of a number end on both sides; zeros before it do not count."""
    before = text[max(0, start - LONGEST_PADDING) : start].rstrip("0")[-2:]
    after = text[end : end + 2]
    is_decimal = before[-1:] in (".", ",") and before[:1].isdigit()
    return (
        not before[-1:].isdigit()
        and not is_decimal
        and not after[:1].isdigit()
        and not (after[:1] in (".", ",") and after[1:].isdigit())
    )
