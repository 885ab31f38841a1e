"""The language of a text, as far as similarity needs it: whether two texts are in the same language, and which scale they are on."""

import re
import tomllib
from collections import Counter
from functools import lru_cache
from importlib.resources import files

LOOKED_AT = 400  # characters at the beginning; of these, every third decides about the script
SAMPLED = 3
CACHED_TEXTS, CACHED_LETTERS = 20_000, 20_000
# A text of at most so many different words needs so many small words of a language, a longer one more; and so many times those of the next
# language. A word that several languages have counts by its part.
FEW_WORDS = 12
CLEAR_FEW, CLEAR_MANY = 1.0, 2.0
CLEAR_FACTOR = 1.6
LEAST_FOREIGN = 0.25  # share of letters from which another script outweighs Latin names in it
LEAST_KANA = 0.1  # Japanese is written with Chinese characters too, but not with them alone
LEAST_OWN = 0.04  # share of the letters that only one language writes
LATIN = "la"
WORD = re.compile(r"[^\W\d_]+")
DATA = tomllib.loads((files("rag.embedding") / "languages.toml").read_text(encoding="utf-8"))
SCRIPTS: dict[str, re.Pattern[str]] = {
    language: re.compile(f"[{ranges}]") for language, ranges in DATA["scripts"].items()
}
LETTERS: dict[str, frozenset[str]] = {language: frozenset(letters) for language, letters in DATA["letters"].items()}
LANGUAGES_OF: dict[str, tuple[str, ...]] = {}  # small word → the languages that have it
for _language, _words in DATA["words"].items():
    for _word in _words.split():
        LANGUAGES_OF[_word] = (*LANGUAGES_OF.get(_word, ()), _language)


def language_of(text: str) -> str:
    """The language of a text as a two-letter code; ``la`` for Latin script whose language is unclear; empty without letters."""
    return _language_of(text[:LOOKED_AT])


def small_words(language: str) -> str:
    """The small words of a language, one space between two; empty where none are known."""
    return str(DATA["words"].get(language, ""))


def are_different(left: str, right: str) -> bool:
    """True when two languages surely differ."""
    is_unclear = not left or not right or (LATIN in (left, right) and left not in SCRIPTS and right not in SCRIPTS)
    return left != right and not is_unclear


@lru_cache(CACHED_TEXTS)
def _language_of(text: str) -> str:
    if text.isascii():
        return _latin_language(text) if any(map(str.isalpha, text)) else ""
    counts = Counter(map(_script, text[::SAMPLED]))
    del counts[""]
    total = counts.total()
    japanese = counts["ja"] + counts["zh"]
    if counts["ja"] and counts["ja"] >= LEAST_KANA * japanese and japanese >= LEAST_FOREIGN * total:
        return "ja"
    for language, count in counts.most_common(2):
        if language != LATIN and count >= LEAST_FOREIGN * total:
            return language
    return _latin_language(text) if counts[LATIN] else ""


@lru_cache(CACHED_LETTERS)
def _script(char: str) -> str:
    if not char.isalpha():
        return ""
    return next((language for language, script in SCRIPTS.items() if script.match(char)), LATIN)


def _latin_language(text: str) -> str:
    lower = text.lower()
    for language, own in LETTERS.items():
        if sum(map(own.__contains__, lower)) >= max(2, LEAST_OWN * len(lower)):
            return language
    words = set(WORD.findall(lower))  # each once: “Los Angeles” ten times is no Spanish
    weights: dict[str, float] = {}
    for word in words:
        languages = LANGUAGES_OF.get(word, ())
        for language in languages:
            weights[language] = weights.get(language, 0.0) + 1 / len(languages)
    (best, most), (_, next_most) = [*sorted(weights.items(), key=lambda one: -one[1]), ("", 0.0), ("", 0.0)][:2]
    least = CLEAR_FEW if len(words) <= FEW_WORDS else CLEAR_MANY
    return best if most >= max(least, CLEAR_FACTOR * next_most) else LATIN
