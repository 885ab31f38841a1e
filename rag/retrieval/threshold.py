"""The relevance threshold: a chunk counts when it is near enough in meaning to a question and shares words with it.

The nearer it is, the fewer words it needs. The steps are in ``ENOUGH`` and were measured, see evals/refusals.py. Once there is evidence,
chunks that are near in meaning or in words alone come along (``ALSO``): the sentence that answers may stand in one that is mostly about
other things.

An embedding model finds everything alike in a language that it does not know (0.5 and more between any two Thai texts). So similarity
counts as far as the model knows the question's language, and words stand in for it: a chunk that says clearly more of the question than
the other candidates do is evidence (``LEAD``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rag.index.terms import term_ids
from rag.retrieval.candidates import Candidate

# (least share of the question's words, similarity above min_similarity): any pair that holds is enough
ENOUGH = ((0.60, 0.00), (0.30, 0.15), (0.0, 0.30))
ALSO = ((0.50, -1.0), (0.0, 0.00))
LEAD, ALSO_LEAD = 0.23, 0.12
# Language coverage with a language from which similarity begins to count, and from which it counts in full: then words need not stand in.
FOREIGN, NATIVE = 0.40, 0.60
LEAST_CROWD = 10  # fewer candidates show too little of what any text of a language shares with a question


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a candidate fits a question: share of its words, similarity above the least, lead in words over the others."""

    share: float
    margin: float
    lead: float

    def passes(self, steps: Sequence[tuple[float, float]], least_lead: float) -> bool:
        return self.lead >= least_lead or any(self.share >= least and self.margin >= near for least, near in steps)


def relevant(
    questions: Sequence[str],
    candidates: Sequence[Candidate],
    min_similarity: float,
    min_score: float | None = None,
    language_coverage: Sequence[float] = (),
) -> list[Candidate]:
    """The candidates that may be sources, in their order; none when not one of them can carry an answer.

    Args:
        questions: those that were searched for; each candidate names its own.
        min_score: the reranker's score from which a chunk is evidence; where it gave none, similarity and words decide.
        language coverage: how well the embedding model knows each question's language, 0 to 1; fully where it is not said.
    """
    known = [*language_coverage, *([1.0] * (len(questions) - len(language_coverage)))]
    fits = _fits(questions, candidates, min_similarity, known)
    kept, is_answerable = [], False
    for candidate, found in zip(candidates, fits, strict=True):
        if min_score is not None and candidate.rerank_score is not None:
            is_enough = is_also = candidate.rerank_score >= min_score
        else:
            is_enough = any(fit.passes(ENOUGH, LEAD) for fit in found)
            is_also = is_enough or any(fit.passes(ALSO, ALSO_LEAD) for fit in found)
        is_answerable = is_answerable or is_enough
        if is_also:
            kept.append(candidate)
    return kept if is_answerable else []


def _fits(
    questions: Sequence[str], candidates: Sequence[Candidate], min_similarity: float, language_coverage: Sequence[float]
) -> list[list[_Fit]]:
    """For each candidate, its fit to each question that found it."""
    wanted = [term_ids(question) for question in questions]
    held = [candidate.terms for candidate in candidates]
    leads = [
        _leads(terms, held) if known < NATIVE else [-1.0] * len(held)
        for terms, known in zip(wanted, language_coverage, strict=True)
    ]
    trust = [min(1.0, max(0.0, (known - FOREIGN) / (NATIVE - FOREIGN))) for known in language_coverage]
    return [
        [
            _Fit(
                share=len(wanted[number] & terms) / len(wanted[number]) if wanted[number] else 0.0,
                margin=similarity * trust[number] - min_similarity,
                lead=leads[number][locator],
            )
            for number, similarity in candidate.found
        ]
        for locator, (candidate, terms) in enumerate(zip(candidates, held, strict=True))
    ]


def _leads(wanted: frozenset[int], held: Sequence[frozenset[int]]) -> list[float]:
    """For each candidate, how much more of a question it says than the candidate in the middle does; words that many say count little."""
    crowd = max(len(held), LEAST_CROWD)
    weights = {term: math.log((crowd + 1) / (sum(term in terms for terms in held) + 0.5)) for term in wanted}
    total = sum(weights.values()) or 1.0
    said = [sum(weights[term] for term in wanted & terms) / total for terms in held]
    usual = median([*said, *([0.0] * (crowd - len(held)))])
    return [share - usual for share in said]
