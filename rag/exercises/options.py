"""Wrong options for a question: of the same kind, from the same documents, and never also right."""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.exercises.draft import AnswerKind, Draft
from rag.exercises.gaps import NAME, NUMBER, YEAR, unit_after
from rag.exercises.verified import said
from rag.terms import terms_of
from rag.types import Chunk

MOST, LEAST = 3, 2  # wrong options; with fewer, a question has none
LONGEST = 60  # characters
SAID_TOGETHER = 0.5  # share of the question's terms near an answer that would make it right, too
LENGTHS_ALIKE = 3.0  # of a text and the right answer: none stands out
TIMES_ALIKE = 30.0  # of two numbers
NEAR = 120  # characters to each side
THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
DIGITS = re.compile(r"(?<![\d.,])\d+(?:[.,]\d{3})*+(?:[.,]\d{1,2})?(?![.,]?\d)")


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the documents say, of the kind of an answer, with the terms around it.

    Attributes:
        unit: of a number, the word after it.
    """

    text: str
    kind: AnswerKind
    terms: frozenset[str]
    unit: str = ""


def told_by(drafts: Iterable[Draft], passages: Iterable[Sequence[Chunk]]) -> list[Told]:
    """The numbers, years and names of the passages, and the short answers of all questions."""
    found = [told for chunks in passages for chunk in chunks for told in _in_text(chunk.text)]
    short = (one for one in drafts if one.kind in (AnswerKind.NAME, AnswerKind.TERM) and len(one.answer) <= LONGEST)
    return [*found, *(Told(one.answer, one.kind, one.sentence.terms) for one in short)]


def _in_text(text: str) -> Iterator[Told]:
    for found in NUMBER.finditer(text):
        kind = AnswerKind.DATE if YEAR.fullmatch(found[0]) else AnswerKind.NUMBER
        unit = unit_after(text[found.end() :])
        number = DIGITS.search(found[0])
        if number and (unit or kind is AnswerKind.DATE):
            yield Told(number[0], kind, _near(text, found), unit)
    for found in NAME.finditer(text):
        yield Told(found[0], AnswerKind.NAME, _near(text, found))


def _near(text: str, found: re.Match[str]) -> frozenset[str]:
    return terms_of(text[max(0, found.start() - NEAR) : found.end() + NEAR])


def options(draft: Draft, told: Sequence[Told]) -> tuple[str, ...]:
    """The right answer among wrong ones, in an order that tells nothing and is always the same; empty where there are too few.

    Args:
        told: see :func:`told_by`, of all documents asked about.
    """
    if draft.kind is AnswerKind.TEXT or len(draft.answer) > LONGEST:
        return ()
    number, chance = DIGITS.search(draft.answer), random.Random(draft.question)
    alike = [one for one in told if _is_alike(draft, one, number[0] if number else "")]
    asked = _telling(terms_of(draft.question), alike)
    chance.shuffle(alike)
    unit = draft.unit.split()[-1].casefold() if draft.unit else ""
    wrong: dict[str, str] = {}
    for one in sorted(alike, key=lambda one: one.unit != unit):
        text = draft.answer.replace(number[0], one.text) if number and draft.kind is AnswerKind.NUMBER else one.text
        if len(wrong) < MOST and said(text) not in wrong and not _is_right(draft, one, asked, alike):
            wrong[said(text)] = text
    if len(wrong) < LEAST:
        return ()
    chosen = [draft.answer, *wrong.values()]
    chance.shuffle(chosen)
    return tuple(one[:1].upper() + one[1:] for one in chosen)


def _is_alike(draft: Draft, one: Told, number: str) -> bool:
    """True for what could be an answer to the question: of its kind, its size and about its length."""
    if one.kind is not draft.kind:
        return False
    if draft.kind is AnswerKind.NUMBER:
        return bool(number) and 1 / TIMES_ALIKE <= _value(one.text) / max(_value(number), 1e-9) <= TIMES_ALIKE
    if draft.kind is AnswerKind.DATE:
        return draft.answer.isdigit()
    lengths = sorted((len(one.text), len(draft.answer)))
    return lengths[1] <= LENGTHS_ALIKE * lengths[0] and one.text[:1].isupper() is draft.answer[:1].isupper()


def _value(number: str) -> float:
    return float(THOUSANDS.sub("", number).replace(",", "."))


def _is_right(draft: Draft, one: Told, asked: frozenset[str], alike: Sequence[Told]) -> bool:
    """True for what may be right as well: the same in other words, a part of the question or sentence, or told of the same elsewhere."""
    text, right = said(one.text), said(draft.answer)
    if draft.kind in (AnswerKind.NUMBER, AnswerKind.DATE):
        known = {said(number) for number in DIGITS.findall(f"{draft.question} {draft.sentence.text}")}
        is_same = text in known
    else:
        is_same = text in right or right in text or text in said(draft.question) or text in said(draft.sentence.text)
        is_same = is_same or not terms_of(one.text).isdisjoint(terms_of(draft.answer))
    needed = SAID_TOGETHER * max(1, len(asked))
    return is_same or any(other.text == one.text and len(asked & other.terms) >= needed for other in alike)


def _telling(asked: frozenset[str], alike: Sequence[Told]) -> frozenset[str]:
    """The terms of a question without those that stand near most of what is alike: "days", "submitted"."""
    telling = frozenset(term for term in asked if 2 * sum(term in one.terms for one in alike) <= len(alike))
    return telling or asked
