"""The terms of a text as weighted hashes, to search by; :mod:`rag.terms` gives the same terms as words, to compare texts.

The hashes come from Qdrant's BM25 encoder, as on its servers. Terms are cut at spaces and punctuation and lose their accents; English ones
are stemmed and stop words are dropped; numbers count. Some scripts put no spaces between words:

- Chinese and Japanese become overlapping pairs of characters, so that questions and documents of any length are cut alike.
- Thai, Lao, Khmer and Burmese go through the engine's multilingual tokenizer, which finds the words of Thai but drops bare numbers, so it
  gets only these scripts.
"""

from qdrant_edge import Bm25, Bm25Config, TokenizerType

from rag.terms import by_script

AVERAGE_TOKENS = 96.0  # of a chunk of about 800 characters, without stop words
NO_SATURATION = 1e5  # with this k, and b = 0, the weight of a term is its count

_words = Bm25(Bm25Config(tokenizer=TokenizerType.Word, avg_len=AVERAGE_TOKENS, ascii_folding=True))
_segments = Bm25(Bm25Config(tokenizer=TokenizerType.Multilingual, avg_len=AVERAGE_TOKENS))
_counted_words = Bm25(Bm25Config(tokenizer=TokenizerType.Word, ascii_folding=True, k=NO_SATURATION, b=0.0))
_counted_segments = Bm25(Bm25Config(tokenizer=TokenizerType.Multilingual, k=NO_SATURATION, b=0.0))


def document_terms(text: str) -> dict[int, float]:
    """Term hash → saturated frequency, as stored in the index."""
    spaced, segmented = by_script(text)
    terms = _weights(_words.embed_document(spaced))
    return terms | _weights(_segments.embed_document(segmented)) if segmented else terms


def query_terms(text: str) -> dict[int, float]:
    """Term hash → count: a term twice in a long question weighs double. Empty when there are only stop words."""
    spaced, segmented = by_script(text)
    terms = _weights(_counted_words.embed_document(spaced))
    if segmented:
        terms |= _weights(_counted_segments.embed_document(segmented))
    return {term: float(round(count)) for term, count in terms.items()}


def _weights(vector: object) -> dict[int, float]:
    return dict(zip(vector.indices, vector.values, strict=True))  # type: ignore[attr-defined]
