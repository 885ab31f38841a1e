"""Finds which text with values a sentence was made from: ``It has 3 pages.`` from ``It has %(pages)s pages.``

Sentences of errors are put together where they are raised, and some are stored (why a document could not be read). So they are
recognised where they are shown. It takes linear time: the parts between the values are looked for one after the other.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

LEAST_LETTERS = 6  # of the parts between the values: fewer would be found in any text
_ENDS = ".!?…)"  # of sentences: other texts are labels, which nothing is recognised by, or counts
_SPLIT = re.compile(r"%\(([a-z_0-9]{1,40})\)s")


@dataclass(frozen=True, slots=True)
class Match:
    """The text that a sentence was made from, and its values."""

    text: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with values: its parts, one more than it has names."""

    text: str
    parts: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def letters(self) -> int:
        """How much of it is fixed."""
        return sum(map(len, self.parts))

    def match(self, sentence: str) -> dict[str, str] | None:
        """The values in a sentence that was made from this text; None for another one. No value is empty."""
        first, *middle, last = self.parts
        if (
            len(sentence) < self.letters + len(self.names)
            or not sentence.startswith(first)
            or not sentence.endswith(last)
        ):
            return None
        values, position, end = [], len(first), len(sentence) - len(last)
        for part in middle:
            found = sentence.find(part, position + 1, end)
            if found < 0:
                return None
            values.append(sentence[position:found])
            position = found + len(part)
        if position >= end:
            return None
        return dict(zip(self.names, [*values, sentence[position:end]], strict=True))


class Patterns:
    """All texts with values; the one with the most fixed letters goes first."""

    def __init__(self, texts: Iterable[str]) -> None:
        made = [
            _pattern(text) for text in texts if "%(" in text and (text[-1] in _ENDS or text.startswith("%(count)s "))
        ]
        fit = [
            pattern
            for pattern in made
            if pattern.letters >= LEAST_LETTERS and all(part.strip() for part in pattern.parts[1:-1])
        ]
        self._patterns = sorted(fit, key=lambda pattern: -pattern.letters)

    def match(self, sentence: str) -> Match | None:
        """What a sentence was made from; None where that is no text of ours."""
        for pattern in self._patterns:
            if (values := pattern.match(sentence)) is not None:
                return Match(pattern.text, values)
        return None


def _pattern(text: str) -> Pattern:
    pieces = _SPLIT.split(text)
    return Pattern(text, tuple(pieces[::2]), tuple(pieces[1::2]))
