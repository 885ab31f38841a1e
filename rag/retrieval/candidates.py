"""The candidates: the results of all searches for one question as one list, each chunk once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.index import searched_text
from rag.terms import terms_of
from rag.types import Chunk, ScoredChunk

FUSION_K = 2  # of the reciprocal rank fusion of several questions


@dataclass(frozen=True)
class Candidate:
    """A chunk that may become a source.

    Attributes:
        matches: (number of the question that found it, similarity to that question on the common scale); the stand-alone question is 0.
        rerank_score: score of the reranker, higher is better; None when it did not judge this chunk.
    """

    chunk: Chunk
    matches: tuple[tuple[int, float], ...]
    rerank_score: float | None = None

    @property
    def similarity(self) -> float:
        """Similarity to the nearest of its questions, on the common scale."""
        return max(similarity for _, similarity in self.matches)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The terms of the text with its headings."""
        return terms_of(searched_text(self.chunk))


def fused(searches: Sequence[Sequence[ScoredChunk]]) -> list[Candidate]:
    """Merges the hits of several questions into one list, best first, by reciprocal rank fusion (k = ``FUSION_K``)."""
    if len(searches) == 1:
        return [Candidate(hit.chunk, ((0, hit.similarity or 0.0),)) for hit in searches[0]]
    scores: dict[object, float] = {}
    matches: dict[object, list[tuple[int, ScoredChunk]]] = {}
    for number, hits in enumerate(searches):
        for rank, hit in enumerate(hits):
            key = hit.chunk.chunk_id
            scores[key] = scores.get(key, 0.0) + 1 / (FUSION_K + rank)
            matches.setdefault(key, []).append((number, hit))
    return [
        Candidate(matches[key][0][1].chunk, tuple((number, hit.similarity or 0.0) for number, hit in matches[key]))
        for key in sorted(scores, key=scores.__getitem__, reverse=True)
    ]
