"""Language coverage: how well an embedding model knows the language of a text, judged by its tokenizer.

A tokenizer has words and syllables for the languages of its model's training. It spells others letter by letter, strips their
accents, or replaces them by "unknown". Means over real questions (evals/retrieval.py prints the first column):

|                               | English     | German | Vietnamese | Chinese | Thai | Arabic |
|-------------------------------|-------------|--------|------------|---------|------|--------|
| all-MiniLM-L6-v2 (English)    | 0.91 – 0.99 | 0.70   | 0.20       | 0.27    | 0.02 | 0.00   |
| XLM-RoBERTa (a hundred)       | 0.89 – 0.96 | 0.92   | 0.95       | 0.96    | 0.82 | 0.79   |
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from unicodedata import category

Languages = Literal["auto", "all", "latin"]

LEAST = 3  # letters; shorter tokens count as spelling, unless they are words
WHOLE = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]"
)  # one of these counts as much as three letters: 国, 한
LATIN = re.compile("[A-Za-z\u00aa-\u024f\u0300-\u036f\u1e00-\u1eff]")


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """A token: ``text[start:end]``. ``is_known`` is False for the tokenizer's "unknown", and for letters that lost their accents."""

    start: int
    end: int
    is_known: bool


def language_coverage(text: str, tokens: Sequence[TokenSpan]) -> float:
    """The share of the letters, 0 to 1, that are in known tokens which are words or have at least three letters.

    Letters after the last token do not count, because the model does not read them. Without letters, as in ``2024``, it is 1.
    """
    letters = _letters(text[: max((token.end for token in tokens), default=0)])
    spans = Counter((token.start, token.end) for token in tokens if token.is_known)
    known = sum(_known(text, start, end, count) for (start, end), count in spans.items())
    return min(1.0, known / letters) if letters else 1.0


def latin_share(text: str) -> float:
    """The share of the letters that are Latin, 0 to 1; 1 where there are no letters."""
    letters = _letters(text)
    return sum(1 for character in text if LATIN.match(character)) / letters if letters else 1.0


def _known(text: str, start: int, end: int, tokens: int) -> int:
    """The number of known letters in a run; with ``tokens`` above 1, the tokens are bytes or strokes of one letter."""
    run = text[start:end]
    letters = _letters(run)
    if letters >= LEAST:
        return letters
    is_word = not (_is_letter(text[start - 1 : start]) and _is_letter(run[:1])) and not _is_letter(text[end : end + 1])
    return letters if tokens == 1 and (is_word or WHOLE.search(run)) else 0


def _letters(text: str) -> int:
    return sum(map(_is_letter, text))


def _is_letter(character: str) -> bool:
    """True for a letter, or a vowel or accent mark above or below one."""
    return bool(character) and (character.isalpha() or category(character).startswith("M"))
