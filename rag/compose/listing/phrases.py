"""The phrases of questions for lists and counts, by language (``phrases.toml``), and where they stand in a question."""

import tomllib
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from rag.compose.listing.words import UNSPACED, folded

COMPARISONS = ("above", "at_least", "below", "at_most", "after", "since", "before", "until", "between")
UNITS = {"documents": "document", "pages": "page", "records": "row", "mails": "mail", "sections": "section"}
# Kinds of phrases, those that win against others of the same length first.
KINDS = ("negations", "ors", "mentions", "distinct", "frames", *UNITS, "breaks", "fillers")


class Phrases:
    """The phrases of one language."""

    def __init__(self, language: str, lists: dict[str, str]) -> None:
        self.language = language
        self._kinds: dict[str, list[str]] = {}
        for kind in (*KINDS, *COMPARISONS, "to"):
            for phrase in lists[kind].split(", "):
                self._kinds.setdefault(folded(phrase, language), []).append(kind)
        self._longest = max(map(len, self._kinds))
        self.relations = frozenset(folded(word, language) for word in lists["relations"].split(", "))

    def at(self, text: str, start: int, kinds: Collection[str]) -> tuple[str, int]:
        """The kind of the longest phrase of these kinds that begins at a position of a folded text, and its end; empty when none does."""
        for end in range(min(len(text), start + self._longest), start, -1):
            found = self._kinds.get(text[start:end])
            if found and self._is_whole(text, end):
                kind = next((kind for kind in (*KINDS, *COMPARISONS, "to") if kind in found and kind in kinds), "")
                if kind:
                    return kind, end
        return "", start

    def _is_whole(self, text: str, end: int) -> bool:
        return self.language in UNSPACED or not (text[end - 1].isalnum() and text[end : end + 1].isalnum())


@cache
def phrases(language: str) -> Phrases:
    """The phrases of a language; English where there are none."""
    lists = _data()
    name = language if language in lists else "en"
    return Phrases(name, lists[name])


def language_by_frame(question: str) -> str:
    """The language whose way to ask begins a question; empty when none does."""
    best = ("", 0)
    for language in _data():
        text = folded(question, language)
        start = next((place for place, char in enumerate(text) if char.isalnum()), 0)
        _, end = phrases(language).at(text, start, ("frames",))
        best = max(best, (language, end - start), key=lambda one: one[1])
    return best[0] if best[1] > 0 else ""


@cache
def _data() -> dict[str, dict[str, str]]:
    return tomllib.loads((files(__package__) / "phrases.toml").read_text("utf-8"))
