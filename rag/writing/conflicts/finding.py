"""Finds sources that answer a question differently: another number, date, amount or name, or yes and no.

Two statements conflict when both answer, both are about all that the question names, they stand in different documents, and none of their
values may be the same. Where they are about different years, countries or groups of people all may be true, which is told apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from rag.grounding.language.contrasts import Contrast, contrast
from rag.grounding.language.lexicon import lexicon, likely_language
from rag.grounding.language.quantities import missing
from rag.grounding.language.readings import Reading
from rag.grounding.passage import figures
from rag.terms import terms_of
from rag.writing.conflicts.answering import Statement, statements
from rag.writing.conflicts.asked_value import ValueKind, asked_value
from rag.writing.conflicts.qualifiers import is_qualified_apart
from rag.writing.sentence_choice.features import Features
from rag.writing.sentence_choice.question import AskedQuestion
from rag.writing.sentence_choice.units import Unit

LEAST_PROBABILITY = 0.35  # that a statement answers
LEAST_SHARE = 0.6  # of the question's terms that the source of a statement has
LEAST_OF_BEST = 0.8  # of that share in the source of the likeliest statement
MOST_STATEMENTS = 4
NEAR = 2.0  # utility: a unit so far behind the best one may still say the opposite
SAME_WORDS = 0.7  # share of the terms of two sentences that say yes and no to the same, or differ in figures alone
LEAST_WORDS = 3  # terms of such sentences
LIGHT = (  # words of questions that say little about what is asked for
    "get gets got receive have has take takes last lasts cost costs work works need needs use make go give number amount total "
    "kostet kosten bekommt bekommen dauert dauern gibt beträgt hat haben wird werden"
)
Subject = Mapping[str, frozenset[str]]  # term → the terms that may stand for it
OPPOSED = (Contrast.NEGATION, Contrast.OPPOSITE)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements of different documents that answer a question differently, the likeliest first.

    Attributes:
        is_apart: they are about different years, places or groups of people, so that all may be true.
    """

    statements: tuple[Statement, ...]
    is_apart: bool


def conflict(
    question: AskedQuestion, rows: Mapping[Unit, Features], utilities: Mapping[Unit, float]
) -> Conflict | None:
    """The statements that differ; None where none do.

    Args:
        rows: the units that may answer with all their features.
        utilities: how well each answers, compared with the others.
    """
    ranking = sorted(rows, key=lambda unit: -utilities[unit])
    if len({_document(unit) for unit in ranking}) < 2:
        return None
    asked = asked_value(question.text)
    kind: ValueKind = asked.kind if asked else "number"
    subject = _subject(question)
    found: list[Statement] = []
    if asked is not None and kind != "yes_no":
        found = _by_values(subject, statements(asked, rows, utilities))
    if not found:
        near = [unit for unit in ranking if utilities[unit] >= utilities[ranking[0]] - NEAR]
        found = _by_sentences(subject, near, is_yes_no=kind == "yes_no")
    if not found:
        return None
    terms = terms_of(question.text)
    pairs = combinations((one.unit.text for one in found), 2)
    return Conflict(tuple(found), all(is_qualified_apart(terms, kind, one, other) for one, other in pairs))


def _by_values(subject: Subject, ranking: Sequence[Statement]) -> list[Statement]:
    """Those with different values."""
    answering = [one for one in _first_of_documents(ranking) if one.probability >= LEAST_PROBABILITY]
    if len(answering) < 2:
        return []
    found = answering[:1]
    share = _share(subject, found[0].unit)
    for other in answering[1:]:
        is_same_subject = _share(subject, other.unit) >= max(LEAST_SHARE, LEAST_OF_BEST * share)
        if is_same_subject and all(_differ(one, other) for one in found):
            found.append(other)
    return found[:MOST_STATEMENTS] if share >= LEAST_SHARE and len(found) > 1 else []


def _first_of_documents(ranking: Sequence[Statement]) -> Iterator[Statement]:
    seen: set[UUID] = set()
    for statement in ranking:
        document = _document(statement.unit)
        if document not in seen:
            seen.add(document)
            yield statement


def _differ(one: Statement, other: Statement) -> bool:
    return not any(mine.same(its) for mine in one.values for its in other.values)


def _by_sentences(subject: Subject, near: Sequence[Unit], *, is_yes_no: bool) -> list[Statement]:
    """Sentences of the same words, of which one denies what the other says, or that differ in one figure alone."""
    first = near[0]
    if _share(subject, first) < LEAST_SHARE:
        return []
    for other in near[1:]:
        if _document(other) == _document(first) or _share(subject, other) < LEAST_SHARE:
            continue
        if (is_yes_no and _is_denied(first, other)) or _has_other_figure(first, other):
            return [Statement(first, (), 1.0), Statement(other, (), 1.0)]
    return []


def _is_denied(one: Unit, other: Unit) -> bool:
    left, right = _reading(one), _reading(other)
    is_same = _common(left.whole.core, right.whole.core) >= SAME_WORDS
    return is_same and (contrast(left, [right]) in OPPOSED or contrast(right, [left]) in OPPOSED)


def _has_other_figure(one: Unit, other: Unit) -> bool:
    """True for sentences that are the same but for one quantity; of what one says besides, the other says nothing."""
    mine, its = one.terms - figures(one.text), other.terms - figures(other.text)
    is_same = (
        min(len(mine), len(its)) >= LEAST_WORDS and (mine <= its or its <= mine) and _common(mine, its) >= SAME_WORDS
    )
    if not is_same:
        return False
    left, right = _reading(one).quantities, _reading(other).quantities
    return len(left) == len(right) and len(missing(left, right)) == len(missing(right, left)) == 1


def _reading(unit: Unit) -> Reading:
    return Reading(unit.text, lexicon(likely_language(unit.text)))


def _common(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / max(1, min(len(left), len(right)))


def _subject(question: AskedQuestion) -> Subject:
    """What the question is about: its terms, each with those that may stand for it, without the words that ask."""
    words = lexicon(likely_language(question.text))
    asking = terms_of(" ".join((*words.words("question_words"), LIGHT)))
    return {term: question.related.get(term, frozenset()) | {term} for term in terms_of(question.text) - asking}


def _share(subject: Subject, unit: Unit) -> float:
    """The part of a subject that the source of a unit has, with its headings and its title."""
    known = unit.passage.terms
    return sum(not terms.isdisjoint(known) for terms in subject.values()) / max(1, len(subject))


def _document(unit: Unit) -> UUID:
    return unit.passage.source.chunk.document_id
