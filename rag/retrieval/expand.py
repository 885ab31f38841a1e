"""Expands candidates by the text around them, inside their section.

An expanded chunk keeps its id; its text and its offsets grow together, so that citations and highlights stay correct. Chunks with a
locator inside a section (cells, pages of an attachment) are not expanded: the locator would be wrong for the wider text.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal
from uuid import UUID

from core.values import Frozen
from rag.retrieval.candidates import Candidate
from rag.types import Chunk

Expansion = Literal["off", "neighbours", "section"]
REACH: Mapping[Expansion, int] = {"neighbours": 1, "section": 8}  # chunks to each side


class Excerpt(Frozen):
    """Text of a section: ``text == section.text[start:start + len(text)]``."""

    start: int
    text: str


# Chunk ids, and the number of chunks to each side → the run of text around each. Called only for chunks that may be shown.
ExcerptsAround = Callable[[Sequence[UUID], int], Awaitable[Mapping[UUID, Excerpt]]]


async def expanded(candidates: Sequence[Candidate], how: Expansion, excerpts_around: ExcerptsAround) -> list[Candidate]:
    """The candidates, expanded where their section has more text."""
    expandable = [
        candidate.chunk.chunk_id for candidate in candidates if candidate.chunk.page or candidate.chunk.locator is None
    ]
    runs = await excerpts_around(expandable, REACH[how]) if expandable else {}
    return [_widened(candidate, runs.get(candidate.chunk.chunk_id)) for candidate in candidates]


def _widened(candidate: Candidate, run: Excerpt | None) -> Candidate:
    chunk = candidate.chunk
    if run is None or run.text[chunk.char_start - run.start : chunk.char_end - run.start] != chunk.text:
        return candidate  # the document was read again meanwhile, or there is no text around the chunk
    return replace(candidate, chunk=with_run(chunk, run))


def with_run(chunk: Chunk, run: Excerpt) -> Chunk:
    """The chunk with a wider run of its section as its text."""
    wider = {"text": run.text, "char_start": run.start, "char_end": run.start + len(run.text)}
    return chunk.model_copy(update=wider)
