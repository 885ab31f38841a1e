"""Text to weighted terms, by Qdrant's own BM25 encoder (the same hashes as on its servers).

Words are cut at spaces and punctuation, English ones stemmed and freed of stop words; numbers are words too. Some scripts put no
spaces between words:

- Chinese and Japanese become overlapping pairs of characters, so that a question is cut as its document is, whatever its length.
- Thai, Lao, Khmer and Burmese go through the engine's multilingual tokenizer, which finds their words but drops bare numbers, so it
  gets nothing else.
"""

import re

from qdrant_edge import Bm25, Bm25Config, TokenizerType

AVERAGE_TOKENS = 96.0  # of a chunk of about 800 characters, stop words aside
PAIRED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
SEGMENTED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
PUNCTUATION = re.compile(
    "[\xa0\xab\xb7\xbb\u2010-\u2015\u2018-\u201f\u2022\u2026]"
)  # in texts that are ASCII otherwise
BETWEEN = {code: " " for code in range(128) if not chr(code).isalnum()}  # the encoder ends ASCII words at these
NOTHING = frozenset([-1])  # the term of a word that does not count
MOST_WORDS = 100_000

NEVER = 1e5  # a saturation this late, and no regard for length: the weight of a term is how often it is there

_words = Bm25(Bm25Config(tokenizer=TokenizerType.Word, avg_len=AVERAGE_TOKENS, ascii_folding=True))
_segments = Bm25(Bm25Config(tokenizer=TokenizerType.Multilingual, avg_len=AVERAGE_TOKENS))
_counted_words = Bm25(Bm25Config(tokenizer=TokenizerType.Word, ascii_folding=True, k=NEVER, b=0.0))
_counted_segments = Bm25(Bm25Config(tokenizer=TokenizerType.Multilingual, k=NEVER, b=0.0))


class _AsciiTerms(dict[str, int]):
    """Word in small letters → its term. The encoder is asked once for each: the words of every candidate of every search come here."""

    def __missing__(self, word: str) -> int:
        if len(self) >= MOST_WORDS:
            self.clear()
        self[word] = term = next(iter(_words.embed_query(word).indices), -1)
        return term


_ascii_terms = _AsciiTerms()


def document_terms(text: str) -> dict[int, float]:
    """Term → saturated frequency, as stored."""
    spaced, segmented = _by_script(text)
    terms = _weights(_words.embed_document(spaced))
    return terms | _weights(_segments.embed_document(segmented)) if segmented else terms


def query_terms(text: str) -> dict[int, float]:
    """Term → how often it is there: what a long question says twice weighs double. Empty when there are only stop words."""
    spaced, segmented = _by_script(text)
    terms = _weights(_counted_words.embed_document(spaced))
    if segmented:
        terms |= _weights(_counted_segments.embed_document(segmented))
    return {term: float(round(count)) for term, count in terms.items()}


def term_ids(text: str) -> frozenset[int]:
    """The terms of a text: equal for texts that say the same words."""
    plain = text if text.isascii() else PUNCTUATION.sub(" ", text)
    if plain.isascii():
        return frozenset(map(_ascii_terms.__getitem__, plain.lower().translate(BETWEEN).split())) - NOTHING
    spaced, segmented = _by_script(text)
    terms = frozenset(_words.embed_query(spaced).indices)
    return terms.union(_segments.embed_query(segmented).indices) if segmented else terms


def has_unspaced(text: str) -> bool:
    """True when some of the text is in a script that puts no spaces between words."""
    return bool(PAIRED.search(text) or SEGMENTED.search(text))


def _by_script(text: str) -> tuple[str, str]:
    if text.isascii():  # most text is, and need not be looked through
        return text, ""
    segmented = " ".join(SEGMENTED.findall(text))
    return PAIRED.sub(_pairs, SEGMENTED.sub(" ", text)), segmented


def _pairs(run: re.Match[str]) -> str:
    characters = run[0]
    pairs = [characters[start : start + 2] for start in range(max(1, len(characters) - 1))]
    return f" {' '.join(pairs)} "


def _weights(vector: object) -> dict[int, float]:
    return dict(zip(vector.indices, vector.values, strict=True))  # type: ignore[attr-defined]
