"""Candidates: the results of all searches of one question as one list, each chunk once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.index import searched_text
from rag.index.terms import term_ids
from rag.types import Chunk, ScoredChunk

FUSION_K = 2  # reciprocal rank fusion of several questions


@dataclass(frozen=True)
class Candidate:
    """A chunk that may become a source.

    Attributes:
        found: (number of the question that found it, cosine similarity to that question), the stand-alone one being 0.
        rerank_score: of the reranker, higher is better; None where it did not look.
    """

    chunk: Chunk
    found: tuple[tuple[int, float], ...]
    rerank_score: float | None = None

    @property
    def similarity(self) -> float:
        """To the question it is nearest to."""
        return max(similarity for _, similarity in self.found)

    @cached_property
    def terms(self) -> frozenset[int]:
        """Of the text with its headings."""
        return term_ids(searched_text(self.chunk))


def fused(searches: Sequence[Sequence[ScoredChunk]]) -> list[Candidate]:
    """One list out of the hits of each question, best first; a chunk that several found well comes early."""
    if len(searches) == 1:
        return [Candidate(hit.chunk, ((0, hit.similarity or 0.0),)) for hit in searches[0]]
    scores: dict[object, float] = {}
    found: dict[object, list[tuple[int, ScoredChunk]]] = {}
    for number, hits in enumerate(searches):
        for rank, hit in enumerate(hits):
            key = hit.chunk.chunk_id
            scores[key] = scores.get(key, 0.0) + 1 / (FUSION_K + rank)
            found.setdefault(key, []).append((number, hit))
    return [
        Candidate(found[key][0][1].chunk, tuple((number, hit.similarity or 0.0) for number, hit in found[key]))
        for key in sorted(scores, key=scores.__getitem__, reverse=True)
    ]
