"""Expands sources by the text around them, inside their own section.

A widened chunk keeps its id; its text and its offsets grow together, so that citations and highlights fall where they did. Chunks with a
place of their own (cells, pages of an attachment) stay as they are: the place would not be true of the wider text.
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


# Ids of chunks, and how many chunks further to each side → the run that each stands in. Asked only for chunks that may be shown.
Around = Callable[[Sequence[UUID], int], Awaitable[Mapping[UUID, Excerpt]]]


async def expanded(candidates: Sequence[Candidate], how: Expansion, around: Around) -> list[Candidate]:
    """The candidates, widened where there is more of their section."""
    wide = [candidate.chunk.chunk_id for candidate in candidates if candidate.chunk.locator is None]
    runs = await around(wide, REACH[how]) if wide else {}
    return [_widened(candidate, runs.get(candidate.chunk.chunk_id)) for candidate in candidates]


def _widened(candidate: Candidate, run: Excerpt | None) -> Candidate:
    chunk = candidate.chunk
    if run is None or run.text[chunk.char_start - run.start : chunk.char_end - run.start] != chunk.text:
        return candidate  # read anew meanwhile, or nothing around it
    return replace(candidate, chunk=with_run(chunk, run))


def with_run(chunk: Chunk, run: Excerpt) -> Chunk:
    """The chunk with a wider run of its section as its text."""
    grown = {"text": run.text, "char_start": run.start, "char_end": run.start + len(run.text)}
    return chunk.model_copy(update=grown)
