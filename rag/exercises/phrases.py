"""The words around questions and answers, by language (``phrases.toml``)."""

import tomllib
from functools import cache
from importlib.resources import files

from rag.grounding.language.lexicon import likely_language


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads((files(__package__) / "phrases.toml").read_text("utf-8"))


def say(language: str, name: str, **values: object) -> str:
    """A phrase with its values; English for a language that has none."""
    return _all().get(language, _all()["en"])[name].format(**values)


def language_of(*texts: str) -> str:
    """The language of the first text that tells one; English where none does."""
    return next((found for text in texts if text and (found := likely_language(text)) in _all()), "en")
