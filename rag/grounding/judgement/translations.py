"""Judges a claim by a source in another language: by meaning, quantities, identifiers, and what is denied.

Words cannot be compared, so meaning decides, where the embedding model knows translations. Numbers need no model: one that the source does
not have refutes the claim in any language.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rag.grounding.judgement.claim import Claim
from rag.grounding.language.contrasts import is_opposed
from rag.grounding.language.quantities import Quantity
from rag.grounding.language.readings import NEGATIONS, Clause
from rag.grounding.passage import Passage
from rag.types import Verdict

SAME_MEANING = 0.5  # similarity on the common scale from which a line says what the claim says
RELATED = 0.4  # … from which it says a part
NO_COMPARISON = "The sources are in another language, which the embedding model cannot compare with this one."
LEAST_IDENTIFIER = 3  # characters


@dataclass(frozen=True, slots=True)
class Translated:
    """The judgement; ``line`` of the source is the closest."""

    verdict: Verdict
    line: int
    strength: float = 0.0
    reason: str = ""


def judge(claim: Claim, passage: Passage, near: Mapping[int, float], *, is_known: bool) -> Translated:
    """What a source in another language says to a claim.

    Args:
        near: line → similarity.
        is_known: the model can compare the two languages.
    """
    best = max(near, key=lambda place: near[place])
    refuted = _lacks_value(claim, passage)
    if refuted or _lacks_identifier(claim, passage):
        is_other = refuted and (not is_known or near[best] >= RELATED)
        return Translated(Verdict.CONTRADICTED if is_other else Verdict.UNSUPPORTED, best)
    if not is_known:
        return Translated(Verdict.UNCHECKED, best, reason=NO_COMPARISON)
    strength = round(max(0.0, near[best]), 3)
    if strength < SAME_MEANING:
        return Translated(Verdict.PARTLY if strength >= RELATED else Verdict.UNSUPPORTED, best, strength)
    mine, theirs = claim.reading.whole, passage.reading(best).whole
    if _differs_in_denial(mine, theirs) != is_opposed(mine, theirs):
        return Translated(Verdict.CONTRADICTED, best)
    return Translated(Verdict.SUPPORTED, best, strength)


def _differs_in_denial(mine: Clause, theirs: Clause) -> bool:
    """True when one denies more often than the other, beyond its words like "without" that can stand for it."""
    more = mine.count(*NEGATIONS) > theirs.count(*NEGATIONS, "excuses")
    return more or theirs.count("negations") > mine.count(*NEGATIONS, "excuses")


def _lacks_value(claim: Claim, passage: Passage) -> bool:
    """True when a number of the claim is not in the source, or only with another unit of the same kind."""
    return any(not _has(passage, one) for one in claim.reading.quantities if one.is_digits)


def _has(passage: Passage, claimed: Quantity) -> bool:
    if claimed.unit == "month" and _names_month(passage, claimed):  # 4 月 is April
        return True
    values = frozenset(f"{value:g}" for value in claimed.values)
    equal = [
        one for one in passage.quantities if one.equals(claimed) or values & {f"{value:g}" for value in one.values}
    ]
    if not equal:
        return bool(values & passage.figures)
    others = [
        one for one in equal if one.unit and claimed.unit and one.kind == claimed.kind and not one.equals(claimed)
    ]
    return len(others) < len(equal)


def _names_month(passage: Passage, claimed: Quantity) -> bool:
    names = [name for name, number in passage.lexicon.months.items() if float(number) in claimed.values]
    text = passage.source.chunk.text.casefold()
    return any(name in text for name in names)


def _lacks_identifier(claim: Claim, passage: Passage) -> bool:
    """True when a name like "CVE-2024" or "getUser" is missing: those are not translated."""
    source = passage.source.chunk.text.casefold()
    return any(word.casefold() not in source for word in claim.text.split() if _is_identifier(word))


def _is_identifier(word: str) -> bool:
    is_mixed = word[1:] != word[1:].lower() and not word.isupper()
    return len(word) >= LEAST_IDENTIFIER and word.isascii() and word.isalpha() and is_mixed
