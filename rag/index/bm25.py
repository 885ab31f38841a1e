"""The BM25 encoder behind both adapters, as LangChain's ``SparseEmbeddings``.

Qdrant Edge's own encoder: its multilingual tokenizer also cuts scripts without spaces (Chinese, Japanese, Thai). The
engine adds the inverse document frequency (modifier IDF), so the vectors here carry term frequencies only.
"""

import qdrant_edge
from langchain_qdrant.sparse_embeddings import SparseEmbeddings, SparseVector

AVERAGE_TOKENS = 96.0  # of a chunk of about 800 characters, stop words aside


class Bm25Encoder(SparseEmbeddings):
    """Texts to term weights; English stop words and stems, other languages by their words as they are."""

    def __init__(self) -> None:
        config = qdrant_edge.Bm25Config(tokenizer=qdrant_edge.TokenizerType.Multilingual, avg_len=AVERAGE_TOKENS)
        self._encoder = qdrant_edge.Bm25(config)

    def embed_documents(self, texts: list[str]) -> list[SparseVector]:
        """Saturated term frequencies of each text."""
        return [_port_vector(self._encoder.embed_document(text)) for text in texts]

    def embed_query(self, text: str) -> SparseVector:
        """Each term once; no terms at all when the text has none but stop words."""
        return _port_vector(self._encoder.embed_query(text))


def _port_vector(vector: "qdrant_edge.SparseVector") -> SparseVector:
    return SparseVector(indices=list(vector.indices), values=list(vector.values))
