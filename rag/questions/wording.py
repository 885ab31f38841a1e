"""The words of a question, and phrases to look for in them.

A word is a run of letters and digits, in lower case; in scripts without spaces every character is a word, so that one way of
matching serves all languages. Each sentence has a full stop before and after it as a word of its own. Linear time.

A phrase is written as words. ``^`` and ``$`` stand for the beginning and the end of a sentence, ``*`` for any words of the same
sentence, ``#`` for a number, ``a|b`` for either word, ``?`` after a word for "or not", ``{name}`` for a phrase of the list of that name.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import regex

LOOKED_AT = 1000  # characters: what is asked stands at the beginning, what is pasted may follow
CACHED_WORDS = 20_000
ACCENT_FREE = str.maketrans("أإآٱىة", "اااايه")  # letters of Arabic that people write one for the other
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# The last alternatives end a sentence; "4.2" and "file.pdf" end none.
TOKEN = regex.compile(
    rf"[{UNSPACED}]|\p{{N}}++(?:[.]\p{{N}}++)*+|[^\W_{UNSPACED}\d](?:[^\W_{UNSPACED}\d]|\p{{M}})*+|[.?!](?=\s|$)|[。？！؟\n]"
)
STOPS = frozenset(".?!。？！؟\n")
STOP = "."
LONGEST_ENDING = 24  # words or characters
Line = tuple[str, ...]
MARK = regex.compile(r"\p{M}++")
ARABIC = regex.compile(r"\p{Arabic}")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, with its offsets in the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its words, and the offsets of all of it with its punctuation."""

    words: tuple[Word, ...]
    start: int
    end: int


def line_of(words: Iterable[str]) -> Line:
    """Words with the stops of a sentence around, to look for phrases in."""
    return (STOP, *words, STOP)


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text that have words; together they are all of it."""
    found: list[Sentence] = []
    words: list[Word] = []
    start = 0
    for match in TOKEN.finditer(text[:LOOKED_AT]):
        if match[0] not in STOPS:
            words.append(Word(_plain(match[0]), match.start(), match.end()))
        elif words:
            found.append(Sentence(tuple(words), start, match.end()))
            words, start = [], match.end()
    if words:
        return [*found, Sentence(tuple(words), start, len(text))]
    return [*found[:-1], replace(found[-1], end=len(text))] if found else found


@lru_cache(CACHED_WORDS)
def _plain(word: str) -> str:
    small = unicodedata.normalize("NFKC", word).lower()
    return MARK.sub("", small).translate(ACCENT_FREE) if ARABIC.search(small) else small


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return [word.text for sentence in sentences(text) for word in sentence.words]


Alternatives = Mapping[str, Sequence[Line]]  # first word → what may stand at a place of a phrase and begins so


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a phrase.

    Attributes:
        alternatives: what may stand there; empty for a gap.
        is_optional: nothing may stand there, too.
    """

    alternatives: Alternatives
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase is in a line: words from ``start`` to before ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase, as its places in order."""

    places: tuple[Place, ...]

    @property
    def firsts(self) -> Iterator[str]:
        """The words it may begin with; a stop is none when another place follows."""
        for place in self.places:
            yield from place.alternatives
            if not place.is_optional:
                return

    def ends(self, line: Line, start: int) -> set[int]:
        """Where it may end when it begins at a word of a line. A gap ends anywhere, so that time is linear."""
        ends = {start}
        for place in self.places:
            if not place.alternatives:
                ends = set(range(min(ends), len(line)))
            else:
                after = {end for begun in ends for end in _after(line, begun, place.alternatives)}
                ends = after | ends if place.is_optional else after
            if not ends:
                break
        return ends


def _after(line: Line, start: int, alternatives: Alternatives) -> Iterator[int]:
    if start < len(line):
        for words in alternatives.get(line[start], ()):
            if line[start : start + len(words)] == words:
                yield start + len(words)


class Phrases:
    """Phrases to look for, by the words they may begin with."""

    def __init__(self, written: Sequence[str], lists: Mapping[str, Sequence[str]]) -> None:
        self._by_first: dict[str, list[Phrase]] = {}
        for line in written:
            phrase = Phrase(tuple(_places(line, lists)))
            for first in dict.fromkeys(phrase.firsts):
                self._by_first.setdefault(first, []).append(phrase)

    def found(self, line: Line) -> Iterator[Match]:
        """Where they are in a line, from left to right; of several ends the nearest."""
        for start, word in enumerate(line):
            for phrase in self._by_first.get(word, ()):
                if ends := phrase.ends(line, start):
                    yield Match(start, min(ends))

    def are_in(self, line: Line) -> bool:
        """True when one of them is in a line."""
        return next(self.found(line), None) is not None

    def at_start(self, words: Sequence[str]) -> int:
        """How many words the longest one has that the words begin with; 0 for none."""
        line = tuple(words)
        phrases = self._by_first.get(line[0], ()) if line else ()
        return max((end for phrase in phrases for end in phrase.ends(line, 0)), default=0)

    def at_end(self, words: Sequence[str]) -> int:
        """The same for the end."""
        line = tuple(words)
        for start in range(max(0, len(line) - LONGEST_ENDING), len(line)):
            if any(len(line) in phrase.ends(line, start) for phrase in self._by_first.get(line[start], ())):
                return len(line) - start
        return 0


def _places(written: str, lists: Mapping[str, Sequence[str]]) -> Iterator[Place]:
    """The places of a phrase."""
    for part in written.split():
        if part == "*":
            yield Place({})
            continue
        if part.startswith("^"):
            yield _place([(STOP,)])
        bare = part.strip("^$")
        names = bare.removesuffix("?").split("|")
        words = [word for name in names for word in (lists[name[1:-1]] if name.startswith("{") else [name])]
        if alternatives := [split for word in words if (split := tuple(_split(word)))]:
            yield _place(alternatives, is_optional=bare.endswith("?"))
        if part.endswith("$"):
            yield _place([(STOP,)])


def _place(alternatives: Iterable[Line], *, is_optional: bool = False) -> Place:
    by_first: dict[str, list[Line]] = {}
    for words in alternatives:
        by_first.setdefault(words[0], []).append(words)
    return Place(by_first, is_optional)


def _split(text: str) -> list[str]:
    """The words of a part; ``#`` stays, also within characters: "第#页"."""
    parts: list[str] = []
    for at, piece in enumerate(text.split("#")):
        parts += ["#"] if at else []
        parts += words_of(piece)
    return parts
