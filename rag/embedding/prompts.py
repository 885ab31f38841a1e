"""Prompts: what a model wants in front of a text, which depends on what the vector is for.

Most retrieval models are trained with one prompt before questions and another before passages; without them they find less. Prompts
come from the settings, else from the model's own configuration (sentence-transformers' ``prompts``), else from the table of known
families (``families.toml``), else there are none.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

SEPARATORS = re.compile(r"[-_/.:\\]")  # between the words of a model's name
# The names that configurations of models give to the prompts of a purpose, the most usual first.
QUERY_NAMES = ("query", "Retrieval-query", "retrieval.query", "s2p_query")
PASSAGE_NAMES = ("document", "passage", "corpus", "Retrieval-document", "retrieval.passage")
LIKENESS_NAMES = ("STS", "text-matching", "s2s_query")


class Purpose(StrEnum):
    """What a vector is for: ``QUERY`` and ``PASSAGE`` are compared with each other, ``LIKENESS`` with its own kind."""

    QUERY = "query"
    PASSAGE = "passage"
    LIKENESS = "likeness"


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompt of each purpose; empty: none."""

    query: str = ""
    passage: str = ""
    likeness: str = ""

    def of(self, purpose: Purpose) -> str:
        """The prompt of a purpose."""
        return str(getattr(self, purpose.value))


@dataclass(frozen=True, slots=True)
class TextTypes:
    """The field of a request that tells a server what the vectors are for, and its value for each purpose; empty: not sent.

    Such a server puts the prompts in front itself.
    """

    field: str
    query: str = ""
    passage: str = ""
    likeness: str = ""

    def of(self, purpose: Purpose) -> dict[str, str]:
        """The fields for a request of this purpose."""
        value = str(getattr(self, purpose.value))
        return {self.field: value} if value else {}


NO_PROMPTS = Prompts()


def own_prompts(prompts: Mapping[str, str | None], default: str = "") -> Prompts | None:
    """The prompts of a model's configuration; None when it names none.

    Args:
        prompts: its ``prompts``: name → text.
        default: its default prompt, for purposes without their own.
    """
    if not default and not any(prompts.values()):
        return None
    query, passage, likeness = (
        next((text for name in names if (text := prompts.get(name))), default)
        for names in (QUERY_NAMES, PASSAGE_NAMES, LIKENESS_NAMES)
    )
    return Prompts(query, passage, likeness)


def family_prompts(name: str) -> Prompts | None:
    """The prompts of the known family of a model's name; None for an unknown family."""
    words = _words(name)
    family = next((one for one in _table()["family"] if words.issuperset(one["words"])), None)
    if family is None:
        return None
    return Prompts(*(str(family.get(purpose.value, "")) for purpose in Purpose))


def server_types(url: str, name: str) -> TextTypes | None:
    """How a known server is told what vectors are for; None where prompts go in front of the texts."""
    host, words = urlsplit(url).hostname or "", _words(name)
    for one in _table()["server"]:
        if host in one.get("hosts", ()) or ("words" in one and words.issuperset(one["words"])):
            return TextTypes(one["field"], *(str(one.get(purpose.value, "")) for purpose in Purpose))
    return None


def chosen_prompts(name: str, query: str | None, passage: str | None, own: Prompts | None = None) -> Prompts:
    """The prompts of a model.

    Args:
        query, passage: those of the settings; None leaves the choice to the model's configuration and family.
        own: those of its configuration.
    """
    family = family_prompts(name) or NO_PROMPTS
    usual = family if own is None else own
    likeness = usual.likeness or (family.likeness if usual.query == family.query else "")
    return Prompts(usual.query if query is None else query, usual.passage if passage is None else passage, likeness)


def _words(name: str) -> set[str]:
    return set(SEPARATORS.split(name.lower()))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("rag.embedding") / "families.toml").read_text(encoding="utf-8"))
