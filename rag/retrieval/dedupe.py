"""Removes duplicates among sources: copies, overlapping chunks of a section and near-copies are merged."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from rag.grounding.passage import figures
from rag.index.terms import term_ids
from rag.retrieval.candidates import Candidate
from rag.retrieval.expand import Excerpt, with_run
from rag.types import Chunk

ALIKE = 0.9  # share of their terms that near-copies have in common


def without_copies(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each text once, as two copies of a file give it twice."""
    return list({candidate.chunk.content_hash: candidate for candidate in reversed(candidates)}.values())[::-1]


def joined(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Runs of one section that overlap or touch become one source, in the place of the better one."""
    kept: list[Candidate] = []
    for candidate in candidates:
        for position, other in enumerate(kept):
            run = _union(other.chunk, candidate.chunk)
            if run is not None:
                kept[position] = replace(other, chunk=with_run(other.chunk, run))
                break
        else:
            kept.append(candidate)
    return kept if len(kept) == len(candidates) else joined(kept)  # a joined run may now touch another


def without_near_copies(
    candidates: Sequence[Candidate], narrow: Mapping[UUID, Candidate], question: str
) -> list[Candidate]:
    """Without those that say nearly the same words as a better one.

    Texts with other figures are no copies, nor are those that differ in a word of the question: forms, invoices and lists of people are
    alike in everything but what is asked.

    Args:
        narrow: the candidates as they were found, by the ids of their chunks; these are compared, not what stands around them.
    """
    asked = term_ids(question)
    kept: list[tuple[Candidate, Candidate]] = []
    for candidate in candidates:
        found = narrow[candidate.chunk.chunk_id]
        if not any(_is_near_copy(found, other, asked) for _, other in kept):
            kept.append((candidate, found))
    return [candidate for candidate, _ in kept]


def _is_near_copy(one: Candidate, other: Candidate, asked: frozenset[int]) -> bool:
    return (
        _share(one.terms, other.terms) >= ALIKE
        and not (one.terms ^ other.terms) & asked
        and figures(one.chunk.text) == figures(other.chunk.text)
    )


def _share(left: frozenset[int], right: frozenset[int]) -> float:
    """Of the terms of both, how many are in each; of texts of very different length, the most that it could be."""
    fewer, more = sorted((len(left), len(right)))
    if fewer < ALIKE * more:
        return fewer / more
    common = len(left & right)
    return common / (fewer + more - common) if more else 1.0


def _union(left: Chunk, right: Chunk) -> Excerpt | None:
    """Both runs as one; None when they stand apart, or in different sections."""
    if (left.document_id, left.version, left.section) != (right.document_id, right.version, right.section):
        return None
    first, second = sorted((left, right), key=lambda chunk: chunk.char_start)
    if second.char_start > first.char_end or left.locator != right.locator:
        return None
    return Excerpt(start=first.char_start, text=first.text + second.text[first.char_end - second.char_start :])
