"""Packs as many sources as the token budget takes, best first."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from rag.models.tokens import count
from rag.retrieval.candidates import Candidate
from rag.types import Source

FRAME_TOKENS = 60  # title, headings, fence and number around a source


def packed(
    candidates: Sequence[Candidate], narrow: Mapping[UUID, Candidate], most: int, budget_tokens: int
) -> tuple[tuple[Source, ...], int]:
    """Numbered sources, and the tokens that they take together.

    One that does not fit is tried as it was found, without what stands around it, then left out; smaller ones behind it still come. The
    best one is never left out.

    Args:
        narrow: the candidates as they were found, by the ids of their chunks.
        most: sources at most.
    """
    sources: list[Source] = []
    taken = 0
    for candidate in candidates:
        if len(sources) == most:
            break
        for chunk in (candidate.chunk, narrow[candidate.chunk.chunk_id].chunk):
            tokens = count(chunk.text) + FRAME_TOKENS
            if taken + tokens <= budget_tokens:
                break
        else:
            if sources:
                continue
        taken += tokens
        sources.append(Source(number=len(sources) + 1, chunk=chunk, similarity=candidate.similarity))
    return tuple(sources), taken
