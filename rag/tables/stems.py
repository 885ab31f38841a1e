"""The words of questions and cells as stems in their order; :func:`rag.terms.terms_of` gives them without order."""

import re
from functools import lru_cache

from rag.terms import STOP_WORDS, terms_of

WORD = re.compile(r"\d++(?:[.,:]\d++)*+|[^\W\d_]++(?:['’][^\W\d_]++)?+|[^\W_]++")
CACHED_WORDS = 50_000


def stems_of(text: str) -> tuple[str, ...]:
    """The stems of a text's words in order; words without a meaning of their own as they are."""
    words = (match[0].lower().replace("’", "'") for match in WORD.finditer(text))
    return tuple(stem_of(word) for word in words)


@lru_cache(CACHED_WORDS)
def stem_of(word: str) -> str:
    """The stem of a word; the word itself where it has none."""
    return word if word in STOP_WORDS else next(iter(terms_of(word)), word)
