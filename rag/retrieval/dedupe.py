"""Removes duplicates among candidates: copies and near-copies are dropped, overlapping chunks of a section are joined."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from rag.embedding.language import language_of
from rag.grounding.language.lexicon import lexicon
from rag.grounding.passage import figures
from rag.retrieval.candidates import Candidate
from rag.retrieval.expand import Excerpt, with_run
from rag.terms import terms_of
from rag.types import Chunk

ALIKE = 0.9  # share of terms from which two texts are near-copies


def without_copies(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with each text once; two copies of a file give it twice."""
    return list({candidate.chunk.content_hash: candidate for candidate in reversed(candidates)}.values())[::-1]


def joined(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Joins chunks of one section that overlap or touch, at the rank of the better one."""
    merged: list[Candidate] = []
    for candidate in candidates:
        for position, other in enumerate(merged):
            run = _union(other.chunk, candidate.chunk)
            if run is not None:
                merged[position] = replace(other, chunk=with_run(other.chunk, run))
                break
        else:
            merged.append(candidate)
    return merged if len(merged) == len(candidates) else joined(merged)  # a joined run may now touch a third


def without_near_copies(
    candidates: Sequence[Candidate], narrow: Mapping[UUID, Candidate], question: str
) -> list[Candidate]:
    """The candidates without those that have nearly the same words as a better one.

    Texts with different figures are no near-copies, nor are texts of which one denies what the other says, nor those that differ in a
    word of the question: forms, invoices and lists of people are alike except in what the question is about.

    Args:
        narrow: the candidates as the search found them, by chunk id; these are compared, not their wider text.
    """
    question_terms = terms_of(question)
    distinct: list[tuple[Candidate, Candidate]] = []
    for candidate in candidates:
        original = narrow[candidate.chunk.chunk_id]
        if not any(_is_near_copy(original, other, question_terms) for _, other in distinct):
            distinct.append((candidate, original))
    return [candidate for candidate, _ in distinct]


def _is_near_copy(one: Candidate, other: Candidate, question_terms: frozenset[str]) -> bool:
    return (
        _share(one.terms, other.terms) >= ALIKE
        and not (one.terms ^ other.terms) & question_terms
        and figures(one.chunk.text) == figures(other.chunk.text)
        and _turns(one.chunk.text) == _turns(other.chunk.text)
    )


def _turns(text: str) -> Counter[str]:
    """What turns the sense of its sentences, counted: negations, opposites, bounds such as "at most"."""
    words = lexicon(language_of(text))
    return Counter(mark.kind for mark in words.read(words.normalised(text)))


def _share(left: frozenset[str], right: frozenset[str]) -> float:
    """The share of all terms that both texts have (Jaccard index); an upper bound when the lengths differ much."""
    fewer, more = sorted((len(left), len(right)))
    if fewer < ALIKE * more:
        return fewer / more
    common = len(left & right)
    return common / (fewer + more - common) if more else 1.0


def _union(left: Chunk, right: Chunk) -> Excerpt | None:
    """Both chunks as one run of text; None when there is a gap between them or they are in different sections."""
    if (left.document_id, left.version, left.section) != (right.document_id, right.version, right.section):
        return None
    first, second = sorted((left, right), key=lambda chunk: chunk.char_start)
    if second.char_start > first.char_end or left.locator != right.locator:
        return None
    return Excerpt(start=first.char_start, text=first.text + second.text[first.char_end - second.char_start :])
