"""The kind of value that a question asks for: an amount, a time, a date, a name, yes or no; and the words beside which it stands."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from rag.grounding.language.lexicon import UNSPACED, lexicon, likely_language, tokens
from rag.terms import terms_of
from rag.writing.sentence_choice.answer_types import AnswerType, answer_type

ValueKind = Literal["money", "time", "date", "number", "name", "place", "yes_no"]
KINDS: tuple[ValueKind, ...] = ("money", "time", "date", "number", "name", "place")
OF_TYPE: dict[AnswerType, ValueKind] = {
    "who": "name",
    "when": "date",
    "where": "place",
    "how_many": "number",
    "how_much": "number",
    "how_long": "time",
    "yes_no": "yes_no",
}

STEM = 6  # letters
MOST_COUNTED = 4  # words
WHICH = frozenset(["which", "what", "welche", "welcher", "welches", "welchen", "welchem", "quel", "quelle"])
VERBS = """do does did is are was were can could may must should will would has have had of in on at per for to from with when that which
who gibt hat haben hatte ist sind war waren bekommt bekommen kann können darf dürfen muss müssen pro im in am an der des"""
STOPS = frozenset(VERBS.split())
HOW_MANY = re.compile(r"(?<!\w)(?:how many|number of|what number of|wie viele|anzahl der|anzahl von) ", re.IGNORECASE)
QUOTED = re.compile(r"[\"“”„«»][^\"“”„«»]{1,200}[\"“”„«»]")
NAMED = re.compile(r"(?<=\w )[A-Z][\w'’-]{0,40}")


@dataclass(frozen=True, slots=True)
class AskedValue:
    """What a question asks for.

    Attributes:
        terms: those of the question.
        near: terms of the question that are no names: a value that answers stands beside them.
        counted: what "how many" counts; empty for other questions.
        noun: what a name must have that answers: "which party"; empty for other questions.
    """

    kind: ValueKind
    terms: frozenset[str]
    near: frozenset[str]
    counted: frozenset[str] = frozenset()
    noun: frozenset[str] = frozenset()

    def is_near(self, word: str) -> bool:
        """True for a word of these terms, or one that begins as they do: "directed" where the director is asked for."""
        return bool(terms_of(word) & self.near) or any(
            len(term) >= STEM and word.lower().startswith(term[:STEM]) for term in self.near
        )


def asked_value(question: str) -> AskedValue | None:
    """The kind of value that answers; None for questions that no single value answers."""
    kind, noun = _kind(question), frozenset[str]()
    if kind is None:
        noun = _named_noun(question)
        if not noun:
            return None
        kind = "name"
    words = tokens(question)
    language = likely_language(question)
    small = " ".join(
        word.text for word in words[1:] if language == "de" or not word.text[:1].isupper() or word.text.isupper()
    )
    asking = terms_of(" ".join(lexicon(language).words("question_words")))
    counted = _counted(question) if answer_type(question) == "how_many" else frozenset[str]()
    return AskedValue(kind, terms_of(question), terms_of(small) - asking, counted, noun)


def _counted(question: str) -> frozenset[str]:
    """The terms of the first words behind "how many", of which one is the noun: "how many paid vacation days"."""
    behind = HOW_MANY.search(question)
    words = [word.text for word in tokens(question[behind.end() :])] if behind else []
    stop = next((place for place, word in enumerate(words) if word.lower() in STOPS), len(words))
    return terms_of(" ".join(words[: min(stop, MOST_COUNTED)][-2:]))


def _named_noun(question: str) -> frozenset[str]:
    """The noun of "which political party is …": the last word before the verb; empty for other questions."""
    if answer_type(question) not in ("which", "what"):
        return frozenset()
    words = [word.text.lower() for word in tokens(question)]
    behind = next((place + 1 for place, word in enumerate(words) if word in WHICH), len(words))
    stop = next((place for place in range(behind, len(words)) if words[place] in STOPS), behind)
    return terms_of(words[stop - 1]) if behind < stop <= behind + MOST_COUNTED else frozenset()


def _kind(question: str) -> ValueKind | None:
    told = answer_type(question)
    if told == "how_much":
        return _by_noun(question) or "number"
    if told in OF_TYPE:
        return OF_TYPE[told]
    if question.lower().startswith("who "):
        return "name"
    return _by_noun(question) if told in ("definition", "which", "what", None) else None


def _by_noun(question: str) -> ValueKind | None:
    """By the first word of the question that names a kind of value."""
    language = likely_language(question)
    plain = QUOTED.sub(" ", question)
    if language == "en":
        plain = NAMED.sub(" ", plain)
    lower = plain.lower()
    spaced = f" {' '.join(word.text for word in tokens(lower))} "
    found: list[tuple[int, int, ValueKind]] = []
    for kind, nouns in _nouns(language).items():
        for noun in nouns:
            place = lower.find(noun) if language in UNSPACED else spaced.find(f" {noun} ")
            if place >= 0:
                found.append((place, -len(noun), kind))
    return min(found)[2] if found else None


@cache
def _nouns(language: str) -> Mapping[ValueKind, tuple[str, ...]]:
    data = tomllib.loads((files(__package__) / "asked_values.toml").read_text("utf-8")).get(language, {})
    return {kind: tuple(data[kind].split(", ")) for kind in KINDS if kind in data}
