"""Text to weighted terms, by Qdrant's own BM25 encoder (the same hashes as on its servers).

Words are cut at spaces and punctuation, English ones stemmed and freed of stop words; numbers are words too. Some scripts put no
spaces between words:

- Chinese and Japanese become overlapping pairs of characters, so that a question is cut as its document is, whatever its length.
- Thai, Lao, Khmer and Burmese go through the engine's multilingual tokenizer, which finds the words of Thai but drops bare numbers, so it
  gets nothing else.

:mod:`rag.terms` gives the same words as words, for all that compares texts without the engine.
"""

from qdrant_edge import Bm25, Bm25Config, TokenizerType

from rag.terms import by_script

AVERAGE_TOKENS = 96.0  # of a chunk of about 800 characters, stop words aside
NEVER = 1e5  # a saturation this late, and no regard for length: the weight of a term is how often it is there

_words = Bm25(Bm25Config(tokenizer=TokenizerType.Word, avg_len=AVERAGE_TOKENS, ascii_folding=True))
_segments = Bm25(Bm25Config(tokenizer=TokenizerType.Multilingual, avg_len=AVERAGE_TOKENS))
_counted_words = Bm25(Bm25Config(tokenizer=TokenizerType.Word, ascii_folding=True, k=NEVER, b=0.0))
_counted_segments = Bm25(Bm25Config(tokenizer=TokenizerType.Multilingual, k=NEVER, b=0.0))


def document_terms(text: str) -> dict[int, float]:
    """Term → saturated frequency, as stored."""
    spaced, segmented = by_script(text)
    terms = _weights(_words.embed_document(spaced))
    return terms | _weights(_segments.embed_document(segmented)) if segmented else terms


def query_terms(text: str) -> dict[int, float]:
    """Term → how often it is there: what a long question says twice weighs double. Empty when there are only stop words."""
    spaced, segmented = by_script(text)
    terms = _weights(_counted_words.embed_document(spaced))
    if segmented:
        terms |= _weights(_counted_segments.embed_document(segmented))
    return {term: float(round(count)) for term, count in terms.items()}


def _weights(vector: object) -> dict[int, float]:
    return dict(zip(vector.indices, vector.values, strict=True))  # type: ignore[attr-defined]
