"""What Footnote knows of a language to understand questions in it (``words/*.toml``), and in which languages a question may be.

A file has ``lists`` (named lists of phrases, see ``wording.py``), ``polite`` (what may stand around a question), ``kinds`` (phrases that
tell a kind), ``parts`` (the words for a page and a section), and ``refers`` (what refers to an earlier question).
"""

import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

from rag.embedding.language import language_of
from rag.questions.kind import Kind
from rag.questions.wording import Phrases, words_of

LANGUAGES = ("en", "de", "fr", "es", "vi", "th", "zh", "ja", "ar")
LATIN = ("en", "de", "fr", "es", "vi")
CHINESE = ("zh", "ja")  # a question in Chinese characters alone may be in either
SURE_WORDS = 8  # of Latin script: in which language fewer are is often unclear
ACCENTED = ("de", "fr", "es")  # languages that people also write without accents


@dataclass(frozen=True, slots=True)
class KindPhrases:
    """The phrases of a kind.

    Attributes:
        always: tell the kind.
        named: tell it when a document is named or attached.
        after: tell it after another question.
        never: forbid it.
    """

    always: Phrases
    named: Phrases
    after: Phrases
    never: Phrases


@dataclass(frozen=True, slots=True)
class Polite:
    """What may stand around a question.

    Attributes:
        hello: greetings, before a question or alone.
        remarks: sentences of their own: thanks, "I see".
        openings: before a question: "could you tell me".
        endings: after it: "please".
    """

    hello: Phrases
    remarks: Phrases
    openings: Phrases
    endings: Phrases


@dataclass(frozen=True, slots=True)
class PartWords:
    """Words for parts of a document.

    Attributes:
        numbered: phrases with ``#`` for the number.
        named: phrases after or before which the heading stands.
        headings: headings that most documents have: the introduction.
        numbers: word → its number: "third", "二"; -1 for "last".
        pages: words for a page.
        according: stand before the name of a document: "according to the".
        nouns: words for a document: "file", "policy".
        ends: words after a heading.
        amounts: phrases with ``#`` for how much is wanted: "top #".
    """

    numbered: Phrases
    named: Phrases
    headings: Phrases
    numbers: Mapping[str, int]
    pages: frozenset[str]
    according: Phrases
    nouns: frozenset[str]
    amounts: Phrases
    ends: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refers:
    """What refers to an earlier question.

    Attributes:
        starts: begin a question that goes on: "and", "what about".
        ends: end one: "呢".
        pronouns: stand for a noun.
        pointers: refer before a noun, too: "this policy".
        empty: phrases in which a pronoun stands for nothing: "is it possible to".
        asks: question words, which alone leave out what they ask about: "why", "how many weeks".
        little: words that name no subject: auxiliaries, articles, prepositions, units.
        lead: words of a question before its subject: "what is the".
        prepositions: begin a place or a condition: "in Germany", "if".
        pronoun_phrases: phrases that refer as pronouns do: "that one".
        defines: before what a question is about as a whole: "what is", "tell me about".
        singular: pronouns that stand for no plural.
        width: characters of a word in a script without spaces; else 1.
        replaced: pronouns in whose place a noun can stand; ``owners``: the same with "'s".
    """

    starts: Phrases
    ends: Phrases
    pronouns: frozenset[str]
    pointers: frozenset[str]
    prepositions: frozenset[str]
    pronoun_phrases: Phrases
    empty: Phrases
    asks: Phrases
    little: frozenset[str]
    lead: Phrases
    defines: Phrases
    replaced: frozenset[str]
    owners: frozenset[str]
    singular: frozenset[str]
    width: int


@dataclass(frozen=True, slots=True)
class Language:
    """Everything about one language; see the classes above."""

    code: str
    kinds: Mapping[Kind, KindPhrases]
    polite: Polite
    parts: PartWords
    refers: Refers
    examples: Mapping[Kind, tuple[str, ...]]


@cache
def language(code: str) -> Language:
    """A language by its two-letter code."""
    data = tomllib.loads((files("rag.questions") / "words" / f"{code}.toml").read_text(encoding="utf-8"))
    bare = _without_accents if code in ACCENTED else list
    lists = {name: bare(_list(words)) for name, words in data["lists"].items()}

    def found(words: Any) -> Phrases:
        return Phrases(bare(_list(words)), lists)

    kinds = {
        Kind(name): KindPhrases(*(found(rules.get(part, [])) for part in ("always", "named", "after", "never")))
        for name, rules in data["kinds"].items()
    }
    polite = Polite(*(found(data["polite"].get(part, [])) for part in ("hello", "remarks", "openings", "endings")))
    nouns = _words([*lists["one"], *lists["many"]])
    examples = {Kind(name): tuple(texts) for name, texts in data.get("examples", {}).items()}
    return Language(code, kinds, polite, _parts(data["parts"], nouns, found), _refers(data["refers"], found), examples)


def _parts(parts: Mapping[str, Any], nouns: frozenset[str], found: Callable[[Any], Phrases]) -> PartWords:
    numbers = {word: place for place, words in enumerate(parts["numbers"], start=1) for word in _words(words)}
    return PartWords(
        numbered=found(parts["numbered"]),
        named=found(parts["named"]),
        headings=found(parts["headings"]),
        numbers=numbers | dict.fromkeys(_words(parts["last"]), -1),
        pages=_words(parts["pages"]),
        according=found(parts["according"]),
        nouns=nouns,
        amounts=found(parts["amounts"]),
        ends=_words(parts["ends"]),
    )


def _refers(refers: Mapping[str, Any], found: Callable[[Any], Phrases]) -> Refers:
    return Refers(
        starts=found(refers.get("starts", [])),
        ends=found(refers.get("ends", [])),
        pronoun_phrases=found(refers.get("pronoun_phrases", [])),
        empty=found(refers.get("empty", [])),
        asks=found(refers.get("asks", [])),
        lead=found(refers.get("lead", [])),
        defines=found(refers.get("defines", [])),
        pronouns=_words(refers.get("pronouns", "")),
        pointers=_words(refers.get("pointers", "")),
        prepositions=_words(refers.get("prepositions", "")),
        little=_words(refers.get("little", "")),
        replaced=_words(refers.get("replaced", "")),
        owners=_words(refers.get("owners", "")),
        singular=_words(refers.get("singular", "")),
        width=refers.get("width", 1),
    )


def languages_of(text: str) -> tuple[Language, ...]:
    """The languages that a question may be in, the likeliest first; English last, whose words stand in questions of all languages."""
    code = language_of(text)
    if code == "zh":
        codes: Iterable[str] = (*CHINESE, "en")
    elif code in LANGUAGES and code not in LATIN:
        codes = (code, "en")
    elif code in LATIN and text.count(" ") >= SURE_WORDS:
        codes = dict.fromkeys((code, "en"))
    else:
        codes = dict.fromkeys((code, *LATIN) if code in LATIN else LATIN)
    return tuple(map(language, codes))


def _list(words: Any) -> list[str]:
    """A list, or words in a string that are one phrase each."""
    return words.split() if isinstance(words, str) else list(words)


def _words(words: Any) -> frozenset[str]:
    """Single words as they are compared, each also without accents."""
    forms = chain.from_iterable((word, _bare(word)) for word in _list(words))
    return frozenset(chain.from_iterable(map(words_of, forms)))


def _without_accents(written: Iterable[str]) -> list[str]:
    """The phrases, each also without accents."""
    return list(dict.fromkeys(form for phrase in written for form in (phrase, _bare(phrase))))


def _bare(phrase: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", phrase) if not "\u0300" <= char <= "\u036f")
