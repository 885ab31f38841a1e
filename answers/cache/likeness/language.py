"""The languages that the rules of likeness know, each a file of ``words/``, and which of them a question is in.

A file has these entries; a list of words is one string, a list of phrases has slots between spaces, and ``a|b`` in a slot is a choice:

- ``order``: ``marked`` (parts after a preposition may move, and verbs where ``capital_nouns`` tell them from nouns), or ``fixed``.
- ``stems``: one of :mod:`.stems`; ``thousands``: the character in 10,000; ``unspaced``: words are found by the longest match.
- ``verb_first``: whatever does not begin with a noun and has no question word asks yes or no; else ``yes_or_no`` lists how those begin.
- ``compounds``: a word that ends with a noun of ``nouns`` counts as that noun.
- ``polite`` is left out anywhere, ``openings`` at the start, ``filler`` (and, with that capital, ``filler_capitalised``) everywhere.
- ``may``, ``must``: what is allowed, what is required.
- ``questions``: mark → the phrases with that meaning; marks begin with ``?``. ``starts`` and ``endings``: the same, there only.
  ``sequels``: mark → what it means instead → where one of these words comes later. ``nouns``: mark → nouns with the meaning of the
  question word, so "what is the length of" asks "how long".
- ``phrases``: words → the phrases that they replace. ``same``: word → its synonyms, numerals and irregular forms, all as written.
- ``tenses``; ``ties``: name → prepositions that mean the same; ``directions``: those before the same word on both sides.
- ``roles``: articles of the one who does and of whom it is done to. ``articles``: of all cases.
- ``passive``, ``participles``, ``agents`` ("by"), ``subjects`` (pronouns), ``infinitive``: who does what to whom.
- ``uninflected``: words without endings; ``infinitives``: ends of verbs on "-ten", which are no past tenses; ``natural_ge``: beginnings of
  verbs whose "ge" is not that of a participle.
- ``leaders``: what belongs to the word after it: prepositions that are not filler, negations, quantifiers. ``genitive``: "of".
- ``separable``: particles that stand last and belong to the verb. ``words``: more words by which the language is told;
  where there are no spaces, words that are kept whole.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any, Literal

import regex

from rag.embedding import language as embedding_language

FILES = files(__package__) / "words"
LEAST_TOLD = 0.25  # share of the words that are function words of the language
RULED = ("en", "de", "zh")  # languages with rules
_LATIN_WORD = regex.compile(r"\p{Latin}[\p{Latin}\p{M}]*+")

Phrase = tuple[str, ...]
Phrases = Mapping[Phrase, Phrase]
Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Language:
    """What the rules know of a language; the fields are the entries of its file.

    Attributes:
        phrases: phrase → the words and marks that it becomes.
        longest: number of words of the longest phrase, of characters where ``is_unspaced``.
        lexicon: words and phrases that are found in text without spaces.
        known: its function words.
        telling: words that tell the language.
    """

    code: str
    order: Literal["marked", "fixed"]
    thousands: str
    stems: str
    is_unspaced: bool
    is_verb_first: bool
    has_compounds: bool
    has_capital_nouns: bool
    polite: Words
    openings: frozenset[Phrase]
    starts: Phrases
    endings: Phrases
    phrases: Phrases
    longest: int
    lexicon: Words
    known: Words
    telling: Words
    yes_or_no: Words
    filler: Words
    filler_capitalised: Words
    may: Words
    must: Words
    subjects: Words
    passive: Words
    participles: Words
    agents: Words
    infinitive: Words
    separable: Words
    uninflected: Words
    infinitives: Words
    natural_ge: Words
    leaders: Words
    genitive: Words
    articles: Words
    nouns: Mapping[str, Words]
    same: Mapping[str, str]
    ties: Mapping[str, Words]
    directions: Mapping[str, Words]
    roles: Mapping[str, Words]
    tenses: Mapping[str, Words]
    sequels: Mapping[str, Mapping[str, Words]]


def language_of(text: str) -> Language | None:
    """The language of a question; None for one without rules, and in doubt.

    :func:`rag.embedding.language.language_of` tells the scripts apart. In Latin script the language is that of most function words, and
    of two the one that has rules: the files know more words than are needed for longer texts.

    Args:
        text: in Unicode form NFKC.
    """
    code = embedding_language.language_of(text)
    if code == embedding_language.LATIN or code in _function_words():
        code = _latin_language([word.lower() for word in _LATIN_WORD.findall(text)])
    return known(code) if code in RULED else None


def _latin_language(words: list[str]) -> str:
    """The language with rules that has most of the words; empty when another one has more, or none has enough."""
    counts = {code: sum(word in own for word in words) for code, own in _function_words().items()}
    most = max(counts.values())
    best = [code for code in RULED if most and counts.get(code) == most]
    if len(best) != 1:
        return ""
    asks = sum((word,) in known(best[0]).phrases for word in words)  # question words count twice
    return best[0] if most + asks >= LEAST_TOLD * len(words) else ""


@cache
def _function_words() -> Mapping[str, Words]:
    """Function words of the languages in Latin script, by their codes."""
    return {
        code: known(code).telling if code in RULED else _words(text)
        for code, text in embedding_language.DATA["words"].items()
    }


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((FILES / f"{name}.toml").read_text("utf-8"))


@cache
def known(code: str) -> Language:
    """The language of a code of :data:`RULED`."""
    entries = _file(code)
    joint = "" if entries.get("unspaced") else " "
    lists = {name: _words(entries.get(name, "")) for name in _LISTS}
    lists["filler"] |= lists["filler_capitalised"]
    tables = {name: {key: _words(text) for key, text in entries.get(name, {}).items()} for name in _TABLES}
    questions, rewritten = _mapped(entries.get("questions", {}), joint), _mapped(entries.get("phrases", {}), joint)
    starts, endings = (_mapped(entries.get(name, {}), joint) for name in ("starts", "endings"))
    openings = frozenset(phrase for text in entries.get("openings", []) for phrase in _expanded(text, joint))
    same = {word: key for key, words in tables.pop("same").items() for word in (key, *words)}
    phrases = {**questions, **rewritten}
    more = _words(entries.get("words", ""))
    listed = (*lists.values(), *(words for table in tables.values() for words in table.values()))
    lexicon = more.union(same, *listed, *phrases, *openings, *starts, *endings)
    function_words = lists["filler"] | lists["may"] | lists["must"] | {word for phrase in questions for word in phrase}
    fields: dict[str, Any] = {**lists, **tables}
    return Language(
        code=code,
        order=entries["order"],
        thousands=entries["thousands"],
        stems=entries["stems"],
        is_unspaced=bool(entries.get("unspaced")),
        is_verb_first=bool(entries.get("verb_first")),
        has_compounds=bool(entries.get("compounds")),
        has_capital_nouns=bool(entries.get("capital_nouns")),
        openings=openings,
        starts=starts,
        endings=endings,
        phrases=phrases,
        longest=max(map(len, lexicon if joint == "" else [*phrases, *openings])),
        lexicon=lexicon,
        known=function_words,
        telling=function_words | more | frozenset(same),
        same=same,
        sequels={
            mark: {other: _words(text) for other, text in table.items()}
            for mark, table in entries.get("sequels", {}).items()
        },
        **fields,
    )


_LISTS = (
    *("polite", "yes_or_no", "filler", "filler_capitalised", "may", "must", "subjects", "passive", "participles"),
    *("agents", "infinitive", "separable", "articles", "leaders", "genitive"),
    *("uninflected", "infinitives", "natural_ge"),
)
_TABLES = ("nouns", "same", "ties", "directions", "roles", "tenses")


def _words(text: str) -> Words:
    return frozenset(text.split())


def _mapped(table: Mapping[str, list[str]], joint: str) -> dict[Phrase, Phrase]:
    return {
        phrase: tuple(key.split())
        for key, texts in table.items()
        for text in texts
        for phrase in _expanded(text, joint)
    }


def _expanded(text: str, joint: str) -> Iterable[Phrase]:
    """The phrases of a text with choices; one word each where words have no spaces between them."""
    for words in product(*(slot.split("|") for slot in text.split())):
        yield words if joint else ("".join(words),)
