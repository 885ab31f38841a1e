"""Judges short answers ("No.", "4 weeks", "Lisbon") by what a source says to the question, never by the question's own words.

- Yes and no: the source's own "yes" or "no" under a question like it, else whether the source says or denies what the question asks.
- Anything else: a line of the source that is about the question must say the answer itself, with its quantities and without denying it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rag.grounding.judgement.short_answer import AT_HAND, PUNCTUATION, ShortAnswer, leading_polarity
from rag.grounding.language.contrasts import bound_contrast, contrast
from rag.grounding.language.quantities import Quantity, missing
from rag.grounding.language.readings import Reading
from rag.grounding.passage import Passage
from rag.terms import terms_of
from rag.types import Verdict

SAME_QUESTION = 0.6  # share of the question's terms in a question of the source from which what follows answers it
ABOUT = 0.6  # share of the question's terms that a line needs to say it by its words
# (share of the question's terms, similarity): a line with one of these pairs states what the question asks or says otherwise.
STATED = ((0.9, 0.25), (0.6, 0.5), (0.3, 0.7))
UNASKED = 0.3  # what a word counts against a question of the source that the one asked does not have
ANSWER_LINES = 3  # lines after a question that answer it
CLOSE_TO_BEST = 0.6  # of the words in common that the line closest to the question has
MOST_CHANGED = 0.67  # share of the answer's own words that a line needs

Likeness = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Answered:
    """The judgement of a short answer: ``lines`` of the source show it."""

    verdict: Verdict
    lines: tuple[int, ...] = ()
    strength: float = 0.0


def judge(answer: ShortAnswer, passage: Passage, likeness: Likeness, *, is_rest_known: bool | None = None) -> Answered:
    """What a source says to a short answer.

    Args:
        likeness: the similarity of a line to question and answer together, 0 where it is unknown.
        is_rest_known: what follows a yes or no was judged as a sentence of its own; None when it is short.
    """
    if not passage.lines:
        return Answered(Verdict.UNSUPPORTED)
    if not answer.polarity:
        return _content(answer, passage, likeness)
    said = _polarity(answer, passage, likeness)
    if said.verdict is Verdict.CONTRADICTED:
        return said
    if is_rest_known is not None:
        return (
            said
            if said.verdict is Verdict.SUPPORTED or not is_rest_known
            else Answered(Verdict.SUPPORTED, said.lines, 0.8)
        )
    if said.verdict is Verdict.SUPPORTED and (answer.own_terms or answer.reading.quantities):
        content = _content(answer, passage, likeness)
        return (
            content
            if content.verdict is not Verdict.SUPPORTED
            else Answered(Verdict.SUPPORTED, said.lines or content.lines, said.strength)
        )
    return said


def _polarity(answer: ShortAnswer, passage: Passage, likeness: Likeness) -> Answered:
    """Whether the source says yes or no to the question, compared with the answer."""
    said, lines = _said(answer, passage, likeness)
    if not said:
        return Answered(Verdict.UNSUPPORTED)
    return Answered(Verdict.SUPPORTED if said == answer.polarity else Verdict.CONTRADICTED, lines, 0.9)


def _said(answer: ShortAnswer, passage: Passage, likeness: Likeness) -> tuple[str, tuple[int, ...]]:
    for question, place in _answering(answer, passage):
        lead = _lead_of(passage, place)
        if lead and question is not None:
            return _turned(lead, contrast(answer.asked, [Reading(question, passage.lexicon)]) is not None), (place,)
        if lead and question is None:
            return lead, (place,)
    return _stated(answer, passage, likeness)


def _answering(answer: ShortAnswer, passage: Passage) -> Iterable[tuple[str | None, int]]:
    """The lines that answer a question like this one, each with that question; then those that begin with yes or no and are about it."""
    chunk, terms = passage.source.chunk, answer.question_terms
    heading = chunk.path[-1] if chunk.path else ""
    for above in (heading, chunk.title):
        if above and _is_same(terms, terms_of(above)):
            yield above, 0
    answered = [
        place for place in passage.questions if place + 1 < len(passage.lines) and place + 1 not in passage.question_set
    ]
    fitting = [
        place for place in answered if _is_same(terms, terms_of(passage.question_at(place)) | passage.near_terms(place))
    ]
    if fitting:
        rarity = Counter(term for place in answered for term in terms_of(passage.question_at(place)) & terms)
        best = max(fitting, key=lambda place: _fit(terms, passage, place, rarity))
        yield passage.question_at(best), best + 1
    own = frozenset(passage.questions)
    for place in range(len(passage.lines)):
        if place - 1 not in own and _lead_of(passage, place) and _share(terms, _with_next(passage, place)) >= ABOUT:
            yield None, place


def _fit(terms: frozenset[str], passage: Passage, place: int, rarity: Mapping[str, int]) -> float:
    """How well a question of the source fits the one asked: rare words count most, what "it" stands for counts half."""
    other = terms_of(passage.question_at(place))
    context = passage.context_of_question(place) - other
    shared = sum(1 / rarity[term] for term in terms & other) + sum(
        0.5 / max(1, rarity[term]) for term in terms & context
    )
    return shared - UNASKED * len(other - terms)


def _is_same(asked: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(asked & other)
    return bool(shared) and shared >= SAME_QUESTION * len(asked) and shared >= SAME_QUESTION / 2 * len(other)


def _lead_of(passage: Passage, place: int) -> str:
    """``yes`` or ``no`` where a line begins with it."""
    text = passage.lines[place].text[:AT_HAND].lstrip(PUNCTUATION)
    return next((kind for language in (passage.language, "en") if (kind := leading_polarity(text, language)[0])), "")


def _with_next(passage: Passage, place: int) -> frozenset[str]:
    """The terms of a line and of the next one, which explains a bare "No!"."""
    return passage.lines[place].terms.union(*(line.terms for line in passage.lines[place + 1 : place + 2]))


def _stated(answer: ShortAnswer, passage: Passage, likeness: Likeness) -> tuple[str, tuple[int, ...]]:
    """``yes`` when a line states what the question asks, ``no`` when it says otherwise, with that line."""
    terms = answer.question_terms
    places = _closest(answer, passage)
    for place in places:
        share = _share(terms, passage.near_terms(place) | passage.heading_terms)
        own_share = _share(terms, passage.near_terms(place))
        if own_share == 0 or not any(share >= least and likeness(place) >= near for least, near in STATED):
            continue
        line = passage.reading(place)
        if contrast(answer.asked, [line]) or bound_contrast(answer.asked.quantities, line.quantities):
            return "no", (place,)
        unknown = missing(answer.asked.quantities, passage.quantities)
        if unknown:
            if _kinds(unknown) & _kinds(line.quantities):
                return "no", (place,)
            continue
        if (share >= ABOUT + 0.1 and not line.whole.is_denied) or (
            answer.asked.whole.is_denied == line.whole.is_denied and share >= ABOUT
        ):
            return "yes", (place,)
    return "", ()


def _content(answer: ShortAnswer, passage: Passage, likeness: Likeness) -> Answered:
    """Whether a line about the question says the answer itself."""
    closest = _closest(answer, passage)
    best = _relevance(answer, passage, closest[0]) if closest else 0.0
    about = [place for place in range(len(passage.lines)) if _relevance(answer, passage, place) >= CLOSE_TO_BEST * best]
    saying = [place for place in about if _says(answer, passage, place)]
    if saying:
        place = max(saying, key=lambda place: (likeness(place), _relevance(answer, passage, place)))
        return Answered(Verdict.SUPPORTED, (place,), 0.9)
    kinds = _kinds(answer.reading.quantities)
    others = [place for place in closest if kinds & _kinds(passage.reading(place).quantities)]
    denied = [place for place in closest if contrast(answer.reading, [passage.reading(place)])]
    if others or denied:
        return Answered(Verdict.CONTRADICTED, tuple((others or denied)[:1]))
    return Answered(Verdict.UNSUPPORTED)


def _says(answer: ShortAnswer, passage: Passage, place: int) -> bool:
    """True when a line has the answer's words and quantities and does not say otherwise."""
    reading, line = answer.reading, passage.reading(place)
    if not (reading.quantities or answer.own_terms):
        return False
    if missing(reading.quantities, line.quantities) or bound_contrast(reading.quantities, line.quantities):
        return False
    if _is_of_other_clause(answer, line):
        return False
    words = answer.word_terms
    if _share(words, passage.lines[place].terms) < (1.0 if len(words) < 2 else MOST_CHANGED):
        return False
    is_denied = any(clause.is_firmly_denied and clause.terms & words for clause in line.clauses)
    if is_denied and not reading.whole.may_deny and answer.polarity != "no":  # "never in the hall" is not "in the hall"
        return False
    return contrast(reading, [line]) is None


def _is_of_other_clause(answer: ShortAnswer, line: Reading) -> bool:
    """True when the clause that is about the question has another amount: "opens at 9 and closes at 14" does not open at 14."""
    kinds = _kinds(answer.reading.quantities)
    clauses = [clause for clause in line.clauses if kinds & _kinds(clause.quantities)]
    if len(clauses) < 2:
        return False
    shares = [len(clause.terms & answer.question_terms) for clause in clauses]
    saying = [
        share
        for clause, share in zip(clauses, shares, strict=True)
        if not missing(answer.reading.quantities, clause.quantities)
    ]
    return max(saying, default=max(shares)) < max(shares)


def _closest(answer: ShortAnswer, passage: Passage) -> list[int]:
    """The lines with most of the question, best first."""
    places = sorted(range(len(passage.lines)), key=lambda place: -_relevance(answer, passage, place))
    return places[:ANSWER_LINES]


def _relevance(answer: ShortAnswer, passage: Passage, place: int) -> float:
    """The share of the question's terms in a line, in the question above it and, counted half, in the headings.

    A row of a table brings together what a source says in neighbouring lines: for its cells these count as well.
    """
    terms = answer.question_terms
    if not terms:
        return 1.0
    near = passage.near_terms(place)
    first = max(-1, place - 1 - ANSWER_LINES)
    above = next((question for question in range(place - 1, first, -1) if question in passage.question_set), None)
    with_question = near | passage.lines[above].terms if above is not None else near
    if answer.is_cell:
        lines = passage.lines[max(0, place - 1) : place + 2]
        with_question = with_question.union(*(line.terms for line in lines))
    beside = len(terms & passage.heading_terms - with_question) / 2
    return (len(terms & with_question) + beside) / len(terms)


def _share(terms: frozenset[str], others: frozenset[str]) -> float:
    return len(terms & others) / len(terms) if terms else 1.0


def _kinds(found: Iterable[Quantity]) -> frozenset[str]:
    return frozenset(quantity.kind for quantity in found if quantity.unit)


def _turned(polarity: str, is_turned: bool) -> str:
    return {"yes": "no", "no": "yes"}[polarity] if is_turned else polarity
