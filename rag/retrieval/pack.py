"""Selects the sources that fit into the token budget, best first."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from rag.models.tokens import count
from rag.retrieval.candidates import Candidate
from rag.types import Source

FRAME_TOKENS = 60  # for the title, headings, fence and number around a source


def packed(
    candidates: Sequence[Candidate], narrow: Mapping[UUID, Candidate], most: int, budget_tokens: int
) -> tuple[tuple[Source, ...], int]:
    """The numbered sources, and their total number of tokens.

    A candidate that does not fit is tried without its wider text, then left out; smaller ones after it are still tried. The
    best candidate is never left out.

    Args:
        narrow: the candidates as the search found them, by chunk id.
        most: the largest number of sources.
    """
    sources: list[Source] = []
    used = 0
    for candidate in candidates:
        if len(sources) == most:
            break
        for chunk in (candidate.chunk, narrow[candidate.chunk.chunk_id].chunk):
            tokens = count(chunk.text) + FRAME_TOKENS
            if used + tokens <= budget_tokens:
                break
        else:
            if sources:
                continue
        used += tokens
        sources.append(Source(number=len(sources) + 1, chunk=chunk, similarity=candidate.similarity))
    return tuple(sources), used
