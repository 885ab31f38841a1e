"""Sparse BM25 vectors of the terms of :mod:`rag.index.terms`, as LangChain's ``SparseEmbeddings``.

The engine adds the inverse document frequency (modifier IDF), so the vectors have term frequencies only.
"""

from langchain_qdrant.sparse_embeddings import SparseEmbeddings, SparseVector

from rag.index.terms import document_terms, query_terms


class Bm25Encoder(SparseEmbeddings):
    """Turns texts into sparse vectors of term weights."""

    def embed_documents(self, texts: list[str]) -> list[SparseVector]:
        """Saturated term frequencies of each text."""
        return [_vector(document_terms(text)) for text in texts]

    def embed_query(self, text: str) -> SparseVector:
        """The count of each term; empty when the text has only stop words."""
        return _vector(query_terms(text))


def _vector(terms: dict[int, float]) -> SparseVector:
    return SparseVector(indices=list(terms), values=list(terms.values()))
