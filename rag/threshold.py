"""What counts as evidence: a chunk that is near enough in meaning to a question and shares words with it.

The nearer it is, the fewer words it needs. The steps are in ``ENOUGH`` and were measured, see evals/refusals.py. Once there is evidence,
chunks that are near in meaning or in words alone come along (``ALSO``): the sentence that answers may stand in one that is mostly about
other things.
"""

from collections.abc import Sequence

from rag.candidates import Candidate
from rag.index import searched_text
from rag.index.terms import term_ids

# (least share of the question's words, similarity above min_similarity): any pair that holds is enough
ENOUGH = ((0.60, 0.00), (0.30, 0.15), (0.0, 0.30))
ALSO = ((0.50, -1.0), (0.0, 0.00))


def evidence(
    questions: Sequence[str], candidates: Sequence[Candidate], min_similarity: float, min_score: float | None = None
) -> list[Candidate]:
    """The candidates that may be sources, in their order; none when not one of them can carry an answer.

    Args:
        questions: those that were searched for; each candidate names its own.
        min_score: the reranker's score from which a chunk is evidence; where it gave none, similarity and words decide.
    """
    wanted = [term_ids(question) for question in questions]
    kept, is_answerable = [], False
    for candidate in candidates:
        if min_score is not None and candidate.rerank_score is not None:
            is_enough = is_also = candidate.rerank_score >= min_score
        else:
            fits = _fits(candidate, wanted, min_similarity)
            is_enough, is_also = _passes(fits, ENOUGH), _passes(fits, ALSO)
        is_answerable = is_answerable or is_enough
        if is_also:
            kept.append(candidate)
    return kept if is_answerable else []


def _fits(candidate: Candidate, wanted: Sequence[frozenset[int]], min_similarity: float) -> list[tuple[float, float]]:
    """For each question that found it: share of the question's words in it, similarity above the least."""
    terms = term_ids(searched_text(candidate.chunk))
    return [
        (len(wanted[number] & terms) / len(wanted[number]) if wanted[number] else 0.0, similarity - min_similarity)
        for number, similarity in candidate.found
    ]


def _passes(fits: Sequence[tuple[float, float]], steps: Sequence[tuple[float, float]]) -> bool:
    return any(share >= least and margin >= nearer for share, margin in fits for least, nearer in steps)
