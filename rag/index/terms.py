"""Text to weighted terms, by Qdrant's own BM25 encoder (the same hashes as on its servers).

Words are cut at spaces and punctuation, English ones stemmed and freed of stop words; numbers are words too. Scripts that put no
spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) go through the engine's multilingual tokenizer, which cuts them
but drops bare numbers, so it gets nothing else.
"""

import re

from qdrant_edge import Bm25, Bm25Config, TokenizerType

AVERAGE_TOKENS = 96.0  # of a chunk of about 800 characters, stop words aside
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")

_words = Bm25(Bm25Config(tokenizer=TokenizerType.Word, avg_len=AVERAGE_TOKENS, ascii_folding=True))
_unspaced = Bm25(Bm25Config(tokenizer=TokenizerType.Multilingual, avg_len=AVERAGE_TOKENS))


def document_terms(text: str) -> dict[int, float]:
    """Term → saturated frequency, as stored."""
    spaced, unspaced = _by_script(text)
    terms = _weights(_words.embed_document(spaced))
    return terms | _weights(_unspaced.embed_document(unspaced)) if unspaced else terms


def query_terms(text: str) -> dict[int, float]:
    """Term → 1; empty when there are only stop words."""
    spaced, unspaced = _by_script(text)
    terms = _weights(_words.embed_query(spaced))
    return terms | _weights(_unspaced.embed_query(unspaced)) if unspaced else terms


def term_ids(text: str) -> frozenset[int]:
    """The terms of a text: equal for texts that say the same words."""
    return frozenset(query_terms(text))


def _by_script(text: str) -> tuple[str, str]:
    unspaced = " ".join(UNSPACED.findall(text))
    return (UNSPACED.sub(" ", text), unspaced) if unspaced else (text, "")


def _weights(vector: object) -> dict[int, float]:
    return dict(zip(vector.indices, vector.values, strict=True))  # type: ignore[attr-defined]
