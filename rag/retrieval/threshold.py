"""The relevance threshold: a chunk is evidence when it is similar enough in meaning to a question and shares words with it.

Similarities are on the common scale (``rag/embedding/scale.py``), so the bars are the same for every embedding model. The steps were
measured, see evals/refusals.py. Once there is evidence, chunks that are near in meaning or in words alone are added: the sentence that
answers may be in a chunk that is mostly about other things.

In English, where small words are no terms, a chunk needs the fewer of the question's words the more similar it is (``ENOUGH``), and fewer
still when they are words that few candidates have (``RARE_ENOUGH``). In other languages any text has a good part of a question's words.
There, and between two languages, what counts is how far a chunk is ahead of the other candidates in the question's rarer words, added to
its similarity (``BALANCE``). A model that does not know the question's language finds everything in it alike: the less it knows, the less
similarity counts and the more the words do. Small words of the question's language ("wie", "ist") say little even where few candidates are
in that language.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rag.addresses import with_addresses
from rag.embedding.language import LATIN, language_of, small_words
from rag.retrieval.candidates import Candidate
from rag.terms import terms_of

MIN_SIMILARITY = 0.30  # the setting's default; the balance moves with the setting
# English: (least share of the question's words, similarity above min_similarity): any pair that holds is enough
ENOUGH = ((0.60, 0.00), (0.30, 0.15), (0.0, 0.30))
RARE_ENOUGH = 0.65  # or as much above min_similarity of similarity and share of the question's words, weighed by rarity
ALSO = ((0.50, -1.0), (0.0, 0.00))
# Other languages: similarity × knowledge + lead × (3 - 2 × knowledge) must reach the balance between these, by knowledge.
BALANCE_UNKNOWN, BALANCE_KNOWN = 0.69, 0.54
LEAD_UNKNOWN, LEAD_KNOWN = 3.0, 1.0
ALSO_BELOW = 0.25  # how much less is enough once there is evidence
# Language coverage at which a model's knowledge begins, and from which it is full; and from which English is judged as English.
FOREIGN, FULL, NATIVE = 0.40, 0.75, 0.60
ENGLISH = ("en", LATIN, "")  # languages of texts that are taken for English: the others are names, tables and numbers
SMALL = 0.5  # of the candidates would have a small word of the question's language, such as German "wie" or "ist"
LEAST_CROWD = 10  # with fewer candidates, the usual overlap of any text with the question is unknown


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a candidate fits a question.

    Attributes:
        share: of the question's words; ``rare_share``: the same, weighed by rarity.
        similarity: on the common scale.
        lead: in the question's words, weighed by rarity, over the other candidates.
        knowledge: how well the model knows the question's language, 0 to 1; None: question and candidate are English.
    """

    share: float
    rare_share: float
    similarity: float
    lead: float
    knowledge: float | None

    def is_enough(self, least: float) -> bool:
        """True when it is evidence."""
        if self.knowledge is None:
            return self._passes(least, ENOUGH) or self.similarity + self.rare_share >= least + RARE_ENOUGH
        return self._is_balanced(least, self.knowledge, 0.0)

    def is_also_enough(self, least: float) -> bool:
        """True when it may be a source beside evidence."""
        if self.knowledge is None:
            return self._passes(least, ALSO)
        return self._is_balanced(least, self.knowledge, ALSO_BELOW)

    def _passes(self, least: float, steps: Sequence[tuple[float, float]]) -> bool:
        return any(self.share >= share and self.similarity - least >= near for share, near in steps)

    def _is_balanced(self, least: float, known: float, below: float) -> bool:
        balance = BALANCE_UNKNOWN + (BALANCE_KNOWN - BALANCE_UNKNOWN) * known + known * (least - MIN_SIMILARITY)
        reached = known * self.similarity + (LEAD_UNKNOWN + (LEAD_KNOWN - LEAD_UNKNOWN) * known) * self.lead
        return reached >= balance - below


def relevant(
    questions: Sequence[str],
    candidates: Sequence[Candidate],
    min_similarity: float,
    min_score: float | None = None,
    language_coverage: Sequence[float] = (),
) -> list[Candidate]:
    """The candidates that may be sources, in their order; empty when none of them is evidence.

    Args:
        questions: those that were searched for; ``Candidate.matches`` has their numbers.
        min_score: the reranker's score from which a chunk is evidence; for chunks without a score, similarity and words decide.
        language_coverage: how well the embedding model knows each question's language, 0 to 1; 1 for questions without a value.
    """
    coverage = [*language_coverage, *([1.0] * (len(questions) - len(language_coverage)))]
    fits = _fits(questions, candidates, coverage)
    chosen, is_answerable = [], False
    for candidate, candidate_fits in zip(candidates, fits, strict=True):
        if min_score is not None and candidate.rerank_score is not None:
            is_enough = is_also = candidate.rerank_score >= min_score
        else:
            is_enough = any(fit.is_enough(min_similarity) for fit in candidate_fits)
            is_also = is_enough or any(fit.is_also_enough(min_similarity) for fit in candidate_fits)
        is_answerable = is_answerable or is_enough
        if is_also:
            chosen.append(candidate)
    return chosen if is_answerable else []


def _fits(
    questions: Sequence[str], candidates: Sequence[Candidate], language_coverage: Sequence[float]
) -> list[list[_Fit]]:
    """For each candidate, its fit to each question that found it."""
    question_terms = [terms_of(question) for question in questions]
    languages = [language_of(question) for question in questions]
    asked = frozenset[str]().union(*question_terms)
    candidate_terms = [with_addresses(asked, candidate.chunk.text, candidate.terms) for candidate in candidates]
    shares = [
        _rare_shares(terms, candidate_terms, terms_of(small_words(language)))
        for terms, language in zip(question_terms, languages, strict=True)
    ]
    usual = [_usual(of_question) for of_question in shares]
    knowledge = [min(1.0, max(0.0, (coverage - FOREIGN) / (FULL - FOREIGN))) for coverage in language_coverage]

    candidate_languages = [language_of(candidate.chunk.text) for candidate in candidates]

    def is_english(number: int, place: int) -> bool:
        both = languages[number], candidate_languages[place]
        return language_coverage[number] >= NATIVE and all(language in ENGLISH for language in both)

    return [
        [
            _Fit(
                share=_share(question_terms[number], terms),
                similarity=similarity,
                rare_share=shares[number][place],
                lead=shares[number][place] - usual[number],
                knowledge=None if is_english(number, place) else knowledge[number],
            )
            for number, similarity in candidate.matches
        ]
        for place, (candidate, terms) in enumerate(zip(candidates, candidate_terms, strict=True))
    ]


def _share(question_terms: frozenset[str], terms: frozenset[str]) -> float:
    return len(question_terms & terms) / len(question_terms) if question_terms else 0.0


def _rare_shares(
    question_terms: frozenset[str], candidate_terms: Sequence[frozenset[str]], small: frozenset[str]
) -> list[float]:
    """For each candidate, its share of the question's words; words that many candidates have, or would have if they were many
    and in its language, count little."""
    crowd = max(len(candidate_terms), LEAST_CROWD)
    weights = {}
    for term in question_terms:
        found = sum(term in terms for terms in candidate_terms)
        weights[term] = math.log((crowd + 1) / (max(found, SMALL * crowd if term in small else 0) + 0.5))
    total = math.fsum(weights.values()) or 1.0
    return [math.fsum(weights[term] for term in question_terms & terms) / total for terms in candidate_terms]


def _usual(shares: Sequence[float]) -> float:
    """The share that any text has: the median, with candidates that are missing taken as without a word."""
    return median([*shares, *([0.0] * (LEAST_CROWD - len(shares)))])
