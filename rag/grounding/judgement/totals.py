"""Recomputes sums, averages, counts and differences that no source writes down: over the statements before, or a column of a table."""

from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import fmean

from rag.grounding.judgement.claim import Claim
from rag.grounding.language.lexicon import Lexicon
from rag.grounding.language.quantities import Quantity
from rag.grounding.language.readings import Reading
from rag.grounding.passage import Passage

KINDS = ("totals", "averages", "differences", "counts")
MOST_ROWS = 60
LEAST_ROWS = 2
TOLERANCE = 0.006  # relative; averages are rounded

Amounts = tuple[float, float]  # of a row: least and greatest, equal unless it tells a range


def kinds_of(claim: Claim) -> list[str]:
    """What the words of a claim say it computes: ``totals``, ``averages``, ``differences``, ``counts``."""
    return [kind for kind in KINDS if claim.lexicon.has(claim.text, kind)]


def is_recomputed(claim: Claim, rows: Sequence[Claim], passages: Sequence[Passage]) -> bool:
    """True when every number of a claim is in a source or follows from its rows.

    Args:
        rows: the supported statements before it, nearest last.
        passages: the sources that they or the claim cite.
    """
    kinds = kinds_of(claim)
    claimed = [one for one in claim.reading.quantities if one.is_digits or one.unit]
    known = [one for passage in passages for one in passage.quantities]
    new = [one for one in claimed if not any(one.equals(other) for other in known)]
    if not kinds or not new:
        return False
    results = [result for amounts in _series(claim, rows, passages, new[0]) for result in _results(kinds, amounts)]
    return all(any(_equals(one, result) for result in results) for one in new)


def _series(
    claim: Claim, rows: Sequence[Claim], passages: Sequence[Passage], like: Quantity
) -> Iterator[list[Amounts]]:
    """The series of amounts that a claim may compute with: of the rows before it, of the claim itself, of columns of tables."""
    before = [amounts for row in rows[-MOST_ROWS:] for amounts in _amounts(row.reading.quantities, like)]
    yield before
    yield [amounts for one in claim.reading.quantities for amounts in _amounts([one], like) if not _same(one, like)]
    for passage in passages:
        yield from _columns(passage)


def _amounts(found: Sequence[Quantity], like: Quantity) -> list[Amounts]:
    """The amount of one row, of the unit that is asked for; a range of two numbers is one amount."""
    values = [one.values[0] for one in found if one.unit == like.unit or not (one.unit and like.unit)]
    return [(values[0], values[-1])] if values else []


def _columns(passage: Passage) -> Iterator[list[Amounts]]:
    """The numbers of each column of the tables in a passage, without a last row that is a total already."""
    columns: dict[int, list[Amounts]] = {}
    for line in islice((line for line in passage.lines if "|" in line.text), MOST_ROWS):
        for place, cell in enumerate(line.text.split("|")):
            amounts = _numbers_of(cell, passage.lexicon)
            if amounts:
                columns.setdefault(place, []).append(amounts)
    yield from columns.values()


def _numbers_of(cell: str, lexicon: Lexicon) -> Amounts | None:
    values = [one.values[0] for one in Reading(cell, lexicon).quantities]
    return (values[0], values[-1]) if values else None


def _results(kinds: Sequence[str], amounts: Sequence[Amounts]) -> Iterator[float]:
    """What can be computed from a series: for ranges with both ends."""
    if len(amounts) < LEAST_ROWS:
        return
    for values in ([least for least, _ in amounts], [most for _, most in amounts]):
        if "totals" in kinds:
            yield sum(values)
        if "averages" in kinds:
            yield fmean(values)
        if "differences" in kinds and len(values) == LEAST_ROWS:
            yield abs(values[0] - values[1])
    if "counts" in kinds:
        yield float(len(amounts))


def _equals(claimed: Quantity, result: float) -> bool:
    return any(abs(value - result) <= TOLERANCE * max(1.0, abs(result)) for value in claimed.values)


def _same(left: Quantity, right: Quantity) -> bool:
    return left.start == right.start
