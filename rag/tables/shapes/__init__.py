"""The shapes of questions: each makes the readings of a question that have it."""

from collections.abc import Iterator

from rag.tables.shapes.candidate import Candidate, Space
from rag.tables.shapes.figures import aggregates, counts, differences, groups, shares, spans
from rag.tables.shapes.pairs import comparisons, frequent, membership
from rag.tables.shapes.rows import ends, extremes, group_extremes, lookups, neighbours, parts, same, top, totals

__all__ = ["Candidate", "Space", "candidates"]

SHAPES = (
    lookups, parts, totals, ends, extremes, group_extremes, top, neighbours, same,
    counts, aggregates, differences, spans, shares, groups,
    comparisons, frequent, membership,
)  # fmt: skip


def candidates(space: Space) -> Iterator[Candidate]:
    """All readings of a question for a table."""
    for shape in SHAPES if space.table.is_complete else (lookups,):
        yield from shape(space)
