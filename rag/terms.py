"""The terms of a text as words, to compare texts; :mod:`rag.index.terms` gives the same terms as weighted hashes, to search by.

Letters are taken in their usual forms (:mod:`core.folded`). Terms are cut at spaces and punctuation and lose their accents; English ones
are stemmed and stop words are dropped; numbers count. Some scripts put no spaces between words:

- Chinese and Japanese become overlapping pairs of characters.
- Thai is cut into the longest words of a dictionary. Lao, Khmer and Burmese are cut at spaces only.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

import regex
from py_rust_stemmers import SnowballStemmer

from core.folded import folded

PAIRED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
SEGMENTED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
PUNCTUATION = re.compile(
    "[\xa0\xab\xb7\xbb\u2010-\u2015\u2018-\u201f\u2022\u2026]"
)  # common in texts that are ASCII otherwise
THAI = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]+")
WORD = regex.compile(r"[\p{Alphabetic}\p{N}]+")
CACHED_WORDS = 100_000
LONGEST_WORD = 64  # characters that tell words apart
ACCENTED = re.compile(
    "[\xb2-\u024f\u1e00-\u1eff\u2070-\u209c\u2460-\u24ff\ufb00-\ufb06\uff10-\uff5a]"
)  # Latin letters and digits in all their Unicode forms
LETTERS = "æ ae œ oe ß ss þ th ð d đ d ħ h ı i ĸ q ŀ l ł l ŉ n ŋ n ø o ŧ t"
FOLDED = dict(pair.split() for pair in re.findall(r"\S+ \S+", LETTERS))
BETWEEN = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})
NO_TERM = frozenset([""])
ENGLISH = """a about above after again against ain all am an and any are aren as at be because been before being below between both but by
can couldn d did didn do does doesn doing don down during each few for from further had hadn has hasn have haven having he her here hers
herself him himself his how i if in into is isn it its itself just ll m ma me mightn more most mustn my myself needn no nor not now o of
off on once only or other our ours ourselves out over own re s same shan she should shouldn so some such t than that the their theirs them
themselves then there these they this those through to too under until up ve very was wasn we were weren what when where which while who
whom why will with won wouldn y you your yours yourself yourselves"""
STOP_WORDS = frozenset(ENGLISH.split())
_stemmer = SnowballStemmer("english")


def terms_of(text: str) -> frozenset[str]:
    """The terms of a text; texts with the same words have equal terms."""
    text = folded(text)
    plain = text if text.isascii() else PUNCTUATION.sub(" ", text)
    if plain.isascii():
        return frozenset(map(_term, _short(plain.lower().translate(BETWEEN).split()))) - NO_TERM
    segmented = [run[0] for run in SEGMENTED.finditer(text)]
    spaced = PAIRED.sub(_pairs, SEGMENTED.sub(" ", text) if segmented else text)
    terms = frozenset(map(_term, _short(WORD.findall(spaced))))
    return terms.union(word for run in segmented for word in _segments(run)) - NO_TERM


def spelled(text: str) -> list[str]:
    """The words of a text as other texts may spell them, small letters, without English stop words, each once: an English word without its
    ending, Chinese and Japanese as pairs of characters, Thai by its dictionary with all marks."""
    spaced, _ = by_script(text)
    words: dict[str, None] = {}
    for word in _short(WORD.findall(spaced)):
        small, term = word.lower(), _term(word)
        if term:
            words[term if small.startswith(term) else small] = None
    for run in SEGMENTED.finditer(folded(text)):
        found = _thai(run[0]) if THAI.search(run[0]) else WORD.findall(run[0])
        words.update(dict.fromkeys(word for word in found if len(word) > 1))
    return list(words)


def has_unspaced(text: str) -> bool:
    """True when some of the text is in a script that puts no spaces between words."""
    return bool(PAIRED.search(text) or SEGMENTED.search(text))


def by_script(text: str) -> tuple[str, str]:
    """The text with Chinese and Japanese as pairs, and separately its runs in scripts that need a dictionary."""
    text = folded(text)
    if text.isascii():  # fast path: most text is
        return text, ""
    return PAIRED.sub(_pairs, SEGMENTED.sub(" ", text)), " ".join(SEGMENTED.findall(text))


def _short(words: list[str]) -> list[str]:
    """The words, of the longest only the beginning: they are kept in memory for the next text."""
    return [word[:LONGEST_WORD] for word in words] if max(map(len, words), default=0) > LONGEST_WORD else words


@lru_cache(CACHED_WORDS)
def _term(word: str) -> str:
    """The term of a word: lower case, Latin letters without accents, English stem; empty for stop words."""
    small = word if word.isascii() else "".join(map(_plain, word))
    small = small.lower()
    return "" if small in STOP_WORDS else _stemmer.stem_word(small)


@lru_cache(CACHED_WORDS)
def _plain(char: str) -> str:
    """A Latin letter or digit as ASCII; any other character unchanged."""
    if not ACCENTED.match(char) or unicodedata.category(char) == "Lo":
        return char
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return plain if plain.isascii() and plain.isalnum() else FOLDED.get(char.lower(), char)


def _pairs(run: re.Match[str]) -> str:
    characters = run[0]
    pairs = [characters[start : start + 2] for start in range(max(1, len(characters) - 1))]
    return f" {' '.join(pairs)} "


def _segments(run: str) -> Iterator[str]:
    """The words of a run: by dictionary for Thai, by spaces otherwise; without the marks above and below letters."""
    for word in _thai(run) if THAI.search(run) else WORD.findall(run):
        yield "".join(char for char in unicodedata.normalize("NFKD", word) if unicodedata.category(char) != "Mn")


def _thai(run: str) -> Iterator[str]:
    """Cuts a run into the longest dictionary words, from the left; an unknown character is a word."""
    known, longest = _dictionary()
    start = 0
    while start < len(run):
        end = next(
            (end for end in range(min(len(run), start + longest), start, -1) if run[start:end] in known), start + 1
        )
        yield run[start:end]
        start = end


@cache
def _dictionary() -> tuple[frozenset[str], int]:
    """The Thai words, and the length of the longest in characters."""
    words = frozenset((files("newmm_tokenizer") / "words_th.txt").read_text("utf-8").split())
    return words, max(map(len, words))
