"""Sources that say something of their own: copies, overlapping runs of a section and near-copies are taken together."""

from collections.abc import Sequence
from dataclasses import replace

from rag.candidates import Candidate
from rag.expand import Run, with_run
from rag.index.terms import term_ids
from rag.passage import figures
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


def without_near_copies(candidates: Sequence[Candidate], question: str) -> list[Candidate]:
    """Without those that say nearly the same words as a better one.

    Texts with other figures are no copies, nor are those that differ in a word of the question: forms, invoices and lists of people are
    alike in everything but what is asked.
    """
    asked = term_ids(question)
    kept: list[tuple[Candidate, frozenset[int], frozenset[str]]] = []
    for candidate in candidates:
        terms, numbers = term_ids(candidate.chunk.text), figures(candidate.chunk.text)
        if not any(
            numbers == other_numbers and not (terms ^ other_terms) & asked and _share(terms, other_terms) >= ALIKE
            for _, other_terms, other_numbers in kept
        ):
            kept.append((candidate, terms, numbers))
    return [candidate for candidate, _, _ in kept]


def _share(left: frozenset[int], right: frozenset[int]) -> float:
    together = len(left | right)
    return len(left & right) / together if together else 1.0


def _union(left: Chunk, right: Chunk) -> Run | None:
    """Both runs as one; None when they stand apart, or in different sections."""
    if (left.document_id, left.version, left.section) != (right.document_id, right.version, right.section):
        return None
    first, second = sorted((left, right), key=lambda chunk: chunk.char_start)
    if second.char_start > first.char_end or left.place != right.place:
        return None
    return Run(start=first.char_start, text=first.text + second.text[first.char_end - second.char_start :])
