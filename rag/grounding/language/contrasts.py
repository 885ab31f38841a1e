"""Finds where a source says otherwise: "not", opposites, "all" for "some", "at least" for "at most", and what is compared with what.

A claim is compared clause by clause with those clauses of the source that share most of its words. Where the two differ in one
negation or one pair of opposites, they contradict each other; in two ("not open", "closed") they agree.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from rag.grounding.language.lexicon import oppositions
from rag.grounding.language.quantities import Quantity
from rag.grounding.language.readings import Clause, Reading

LEAST_SHARE = 0.5  # of the claim's terms that a clause of the source must have to be about the same
ALIGNED = 0.85  # of the best share
SAME, LONGER = 0.6, 2.0  # shares of terms from which a positive clause is compared with a denial
LEAST_SHARED = 2  # terms, where a claim has as many


class Contrast(StrEnum):
    """How a source says otherwise."""

    NEGATION = "negation"
    OPPOSITE = "opposite"
    STRENGTH = "strength"
    DIRECTION = "direction"


def contrast(claim: Reading, lines: Sequence[Reading]) -> Contrast | None:
    """How the lines, which are those most like the claim, say otherwise than one of its clauses; None when they do not.

    A clause without enough words in common with any clause of the lines is not compared.
    """
    clauses = [clause for line in lines for clause in _parts(line)]
    for clause in claim.clauses if len(claim.clauses) > 1 else (claim.whole,):
        found = _of_clause(clause, clauses)
        if found:
            return found
    if any(_is_swapped(claim.whole, line.whole) for line in lines[:1]):
        return Contrast.DIRECTION
    return None


def bound_contrast(claimed: Sequence[Quantity], known: Sequence[Quantity]) -> bool:
    """True when a claimed quantity is a least amount and the same amount in the source a greatest one, or the other way round."""
    for one in claimed:
        bounds = {other.bound for other in known if one.equals(other)}
        if one.bound and bounds and "" not in bounds and one.bound not in bounds:
            return True
    return False


def is_opposed(left: Clause, right: Clause) -> bool:
    """True when two texts, of any languages, take opposite sides in an odd number of pairs."""
    return len(_opposed(left, right)) % 2 == 1


def _parts(line: Reading) -> Iterator[Clause]:
    yield from line.clauses
    if len(line.clauses) > 1:
        yield line.whole


def _of_clause(clause: Clause, others: Sequence[Clause]) -> Contrast | None:
    aligned = _aligned(clause, others)
    if not aligned:
        return None
    if clause.is_denied:
        if not any(_denies_too(clause, other) for other in aligned) and not _is_outweighed(clause, aligned):
            return Contrast.NEGATION
        return None
    differences = [_difference(clause, other) for other in aligned]
    return differences[0] if all(differences) and _is_about_the_same(clause, aligned[0]) else None


def _aligned(clause: Clause, others: Sequence[Clause]) -> list[Clause]:
    """The clauses that share most of its terms, the shortest first."""
    terms = clause.core
    if not terms:
        return []
    shared = [len(terms & other.subject) for other in others]
    most = max(shared, default=0)
    if most < LEAST_SHARE * len(terms) or most < min(LEAST_SHARED, len(terms)):
        return []
    chosen = [other for other, count in zip(others, shared, strict=True) if count >= ALIGNED * most]
    return sorted(chosen, key=lambda other: len(other.text))


def _is_about_the_same(clause: Clause, other: Clause) -> bool:
    """True when neither says much that the other does not: a "not" in a long clause may belong to something else."""
    shared = len(clause.core & other.subject)
    return shared >= SAME * len(clause.core) and len(other.terms) <= LONGER * len(clause.terms) + 1


def _denies_too(clause: Clause, other: Clause) -> bool:
    """True when the other denies the same words, or has a word like "without" near them."""
    denied = [theirs for theirs in (*other.denials, other.excused_terms) if theirs]
    is_each = all(any(mine & theirs for theirs in denied) for mine in clause.denials if mine)
    return (is_each and len(denied) >= len(clause.denials)) or bool(_opposed(clause, other))


def _is_outweighed(clause: Clause, aligned: Sequence[Clause]) -> bool:
    """True when the claim takes the side that is opposed to the source's, and denies it."""
    return any(_opposed(clause, other) for other in aligned)


def _difference(clause: Clause, other: Clause) -> Contrast | None:
    is_denied = other.is_firmly_denied and bool(other.denied_terms & clause.terms)
    opposed = _opposed(clause, other)
    if opposed and (is_denied + len(opposed)) % 2:
        return Contrast.OPPOSITE
    if is_denied and not opposed and not clause.may_deny:
        return Contrast.NEGATION
    if not is_denied and any(
        strong in clause.sides and strong not in other.sides and weak in other.sides and weak not in clause.sides
        for strong, weak in oppositions()["stronger"]
    ):
        return Contrast.STRENGTH
    return None


def _opposed(clause: Clause, other: Clause) -> list[tuple[str, str]]:
    """The pairs of opposites of which the two take different sides."""
    pairs = []
    ignored = oppositions()["not_when_denied"] if clause.is_denied or other.is_denied else ()
    for left, right in oppositions()["opposed"]:
        mine, theirs = clause.sides & {left, right}, other.sides & {left, right}
        if len(mine) == len(theirs) == 1 and mine != theirs and (left, right) not in ignored:
            pairs.append((left, right))
    return pairs


def _is_swapped(claim: Clause, line: Clause) -> bool:
    """True when both compare ("A is cheaper than B") and what one puts before "than" the other puts behind it."""
    sides = [_around_than(clause) for clause in (claim, line)]
    if not all(sides) or claim.is_denied != line.is_denied or _opposed(claim, line):
        return False
    (before, after), (line_before, line_after) = (
        sides[0] or (frozenset(), frozenset()),
        sides[1] or (frozenset(), frozenset()),
    )
    before, after = before - after, after - before
    straight = len(before & line_before) + len(after & line_after)
    crossed = len(before & line_after) + len(after & line_before)
    return bool(before & line_after) and bool(after & line_before) and crossed > straight


def _around_than(clause: Clause) -> tuple[frozenset[str], frozenset[str]] | None:
    from_terms = [mark for mark in clause.marks if mark.kind == "than"]
    if not from_terms:
        return None
    mark = from_terms[0]
    before, after = (
        Clause(clause.text[: mark.start], clause.lexicon, ()),
        Clause(clause.text[mark.end :], clause.lexicon, ()),
    )
    return before.terms, after.terms
