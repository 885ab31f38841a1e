"""Questions that compare: which of two has more, what occurs most often, is it so."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from rag.tables.conditions import Condition
from rag.tables.shapes.candidate import Candidate, Selection, Space
from rag.tables.table import Column

MOST_PAIRS = 30
MOST_SELECTIONS = 20


def comparisons(space: Space) -> Iterator[Candidate]:
    """Which of two that the question names has more or less of something, or comes first."""
    if not space.question.tag_names & {"or", "more", "less", "most", "least", "first", "last", "before", "after"}:
        return
    said = space.question.places("or", "more", "less", "most", "least", "first", "last", "before", "after")
    for first, second in list(_alternatives(space))[:MOST_PAIRS]:
        pair = Selection((first, second), tuple(sorted(first.rows | second.rows)))
        names = [_name(space, one) for one in (first, second)]
        sizes = [len(first.rows), len(second.rows)]
        yield from _compared(pair, "more rows", names, sizes, None, said)
        for by in space.orders:
            keys = [_highest(space, one, by) for one in (first, second)]
            if keys[0] is not None and keys[1] is not None and keys[0] != keys[1]:
                yield from _compared(pair, "compare", names, keys, by, said | space.words.head_places(by))
        yield from _compared(pair, "stands", names, [-min(first.rows), -min(second.rows)], None, said)


def frequent(space: Space) -> Iterator[Candidate]:
    """What occurs most or least often in a column."""
    for shape, tags in (("most often", ("most", "often")), ("least often", ("least",))):
        said = space.question.places(*tags)
        if not said:
            continue
        for selection in space.countable[:MOST_SELECTIONS]:
            for out in space.outputs:
                counted = Counter(text for row in selection.rows for text in space.texts([row], out))
                if len(counted) > 1 and len(selection.rows) > len(counted):
                    yield _often(space, shape, selection, counted, out, said)


def membership(space: Space) -> Iterator[Candidate]:
    """Yes or no: whether rows meet all that is said, and how two compare."""
    if space.question.kind != "yes or no":
        return
    for selection in space.selections:
        if selection.conditions:
            yield Candidate("exists", selection, ("yes",), selection.rows)
    first_two = [one for one in space.conditions if one.how != "like"]
    for pair in combinations(first_two, 2):
        rows = pair[0].rows & pair[1].rows
        if not rows and not pair[0].words & pair[1].words and pair[0].column != pair[1].column:
            shown = tuple(sorted(pair[0].rows | pair[1].rows))
            yield Candidate("exists not", Selection(pair, shown), ("no",), shown)
    for first, second in list(_alternatives(space))[:MOST_PAIRS]:
        yield from _judged(space, first, second)


def _judged(space: Space, first: Condition, second: Condition) -> Iterator[Candidate]:
    """Whether the one that is said first has more, less or the same."""
    if min(first.words) > min(second.words):
        first, second = second, first
    pair = Selection((first, second), tuple(sorted(first.rows | second.rows)))
    for by in space.orders:
        left, right = _highest(space, first, by), _highest(space, second, by)
        if left is None or right is None:
            continue
        head = space.words.head_places(by)
        for shape, is_so, tags in (
            ("is more", left > right, ("more", "most", "after")),
            ("is less", left < right, ("less", "least", "before")),
            ("is same", left == right, ("same",)),
        ):
            said = space.question.places(*tags)
            if said:
                yield Candidate(shape, pair, ("yes" if is_so else "no",), pair.rows, None, by, words=said | head)


def _alternatives(space: Space) -> Iterator[tuple[Condition, Condition]]:
    for first, second in combinations(space.conditions, 2):
        if first.column == second.column and not first.words & second.words and first.rows != second.rows:
            yield first, second


def _compared(
    pair: Selection, shape: str, names: list[str], keys: list[int] | list[tuple[float, ...] | None],
    by: Column | None, said: frozenset[int],
) -> Iterator[Candidate]:  # fmt: skip
    left, right = keys
    if left is None or right is None or left == right:
        return
    is_first = left > right  # type: ignore[operator]
    for suffix, winner in (("most", 0 if is_first else 1), ("least", 1 if is_first else 0)):
        yield Candidate(f"{shape}: {suffix}", pair, (names[winner],), pair.rows, None, by, words=said)


def _highest(space: Space, condition: Condition, by: Column) -> tuple[float, ...] | None:
    keys = [key for row in condition.rows if (key := space.order(row, by)) is not None]
    return max(keys) if keys else None


def _name(space: Space, condition: Condition) -> str:
    column = space.table.columns[condition.column]
    return space.cell(min(condition.rows), column).text


def _often(
    space: Space, shape: str, selection: Selection, counted: Counter[str], out: Column, said: frozenset[int]
) -> Candidate:
    size = (max if shape == "most often" else min)(counted.values())
    values = tuple(text for text, count in counted.items() if count == size)
    rows = tuple(row for row in selection.rows if space.cell(row, out).text in values)
    return Candidate(shape, selection, values, rows, out, words=said | space.words.head_places(out))
