"""The catalogue: ``public/words/{language}.json``, from English texts to those of a language.

A value is a text, or one text for each plural form of the language (CLDR: ``one``, ``other``…); its key is then the English singular.
Values in texts are written ``%(name)s``. The browser reads the same files (``public/lib/words.js``).
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from babel import Locale

from core.words.patterns import Patterns

Language = Literal["en", "de", "fr", "es", "th", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
TAGS: Mapping[Language, str] = {"en": "en", "de": "de", "fr": "fr", "es": "es", "th": "th", "zh": "zh-CN"}  # for HTML
FOLDER = Path(__file__).resolve().parents[2] / "public" / "words"
MOST_TOLD = 2000  # characters of a text that may be a sentence of ours
DEPTH = 2  # of sentences in sentences
_END = re.compile(r"[.!?…](?= )")
_VALUE = re.compile(r"%\(([a-z_0-9]{1,40})\)s")


class Catalogue:
    """The texts of one language. What it lacks stays English."""

    def __init__(self, language: Language, entries: Mapping[str, str | Mapping[str, str]]) -> None:
        self.language = language
        self.locale = Locale.parse({"en": "en_GB", "zh": "zh_Hans_CN"}.get(language, language))
        self.entries = entries
        self._patterns = Patterns([text for text, value in entries.items() if isinstance(value, str)])

    def text(self, english: str, **values: object) -> str:
        """The text in this language, with its values."""
        found = self.entries.get(english, english)
        return filled(found if isinstance(found, str) else found["other"], values)

    def plural(self, count: float, one: str, more: str, /, **values: object) -> str:
        """The text for so many, which it may show as ``%(count)s``; a ``count`` among the values is how it is written.

        Args:
            one, more: the English singular and plural.
        """
        values = {"count": count} | values
        found = self.entries.get(one)
        if found is None or isinstance(found, str):
            return filled(one if count == 1 else more, values)
        return filled(found.get(self.locale.plural_form(count)) or found["other"], values)

    def told(self, sentence: str) -> str:
        """A complete sentence of ours, as it was raised or stored in English, in this language; any other text as it is.

        The values in it are found by the texts around them.
        """
        if not self.entries or not sentence or len(sentence) > MOST_TOLD:
            return sentence
        return self._told(sentence, DEPTH) or self._told_in_two(sentence) or sentence

    def _told(self, sentence: str, depth: int) -> str | None:
        """The sentence, or a text that stands in one as a value; None where it is not ours."""
        found = self.entries.get(sentence)
        if isinstance(found, str):
            return found
        match = self._patterns.match(sentence) if depth else None
        if match is None:
            return self._without_stop(sentence)
        values = {name: self._told(value, depth - 1) or value for name, value in match.values.items()}
        return self.text(match.text, **values)

    def _told_in_two(self, sentences: str) -> str | None:
        """Several sentences behind one another, each of them ours."""
        for end in _END.finditer(sentences):
            first, rest = sentences[: end.end()], sentences[end.end() + 1 :]
            if (said := self._told(first, DEPTH)) is not None:
                return f"{said} {self.told(rest)}"
        return None

    def _without_stop(self, sentence: str) -> str | None:
        """A sentence that stands within another has no full stop."""
        found = self.entries.get(f"{sentence}.")
        return found.removesuffix(".").removesuffix("。") if isinstance(found, str) else None


def filled(text: str, values: Mapping[str, object]) -> str:
    """A text with its values; one that is not given stays as it is."""
    return _VALUE.sub(lambda found: str(values.get(found[1], found[0])), text) if values else text


def placeholders(text: str) -> frozenset[str]:
    """Names of the values in a text."""
    return frozenset(_VALUE.findall(text))


@cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue of a language; that of English is empty."""
    if language == "en":
        return Catalogue("en", {})
    return Catalogue(language, json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")))
