"""The forms of common English verbs, from ``words.toml``: enough to find the verb of a sentence, and to ask with "does" or "did"."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Form = Literal["base", "third", "past"]
VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Verb:
    """A form of a verb."""

    base: str
    form: Form


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads((files(__package__) / "words.toml").read_text("utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """One of the lists."""
    return frozenset(_lists()[name].split())


@cache
def _forms() -> dict[str, Verb]:
    forms: dict[str, Verb] = {}
    for base in _lists()["regular"].split():
        forms |= {base: Verb(base, "base"), _third(base): Verb(base, "third"), _past(base): Verb(base, "past")}
    for line in _lists()["irregular"].split(","):
        base, past, _ = line.split()
        forms |= {past: Verb(base, "past"), base: Verb(base, "base"), _third(base): Verb(base, "third")}
    return forms


@cache
def participles() -> dict[str, str]:
    """Participle → past form: "written" → "wrote"."""
    regular = {_past(base): _past(base) for base in _lists()["regular"].split()}
    irregular = (line.split() for line in _lists()["irregular"].split(","))
    return regular | {participle: past for _, past, participle in irregular}


def verb(word: str) -> Verb | None:
    """The verb of which a word is a form; None for other words, and those that are not known."""
    return _forms().get(word.casefold())


def third(past: str) -> str:
    """The third person of a past form: "wrote" → "writes"."""
    known = verb(past)
    return _third(known.base) if known else past


def _third(base: str) -> str:
    if base == "have":
        return "has"
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return f"{base}es"
    return f"{base[:-1]}ies" if base.endswith("y") and base[-2] not in VOWELS else f"{base}s"


def _past(base: str) -> str:
    if base.endswith("e"):
        return f"{base}d"
    if base.endswith("y") and base[-2] not in VOWELS:
        return f"{base[:-1]}ied"
    return f"{base}{base[-1]}ed" if base in words("doubled") and not base.endswith("ll") else f"{base}ed"
