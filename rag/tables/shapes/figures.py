"""Questions whose answer is computed: counts, sums, means, the most and the least of numbers, differences, shares, groups."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from rag.tables.numerals import shown
from rag.tables.shapes.candidate import Candidate, Selection, Space
from rag.tables.table import Column

MOST_PAIRS = 40
MOST_SELECTIONS = 25
LEAST_GROUPS = 2


def counts(space: Space) -> Iterator[Candidate]:
    """How many rows are selected, how many different cells they have in a column, how many come before or after."""
    if "count" not in space.question.tag_names and space.question.kind not in ("how many", "other", "list"):
        return
    said = space.question.places("count", "total")
    for selection in space.countable:
        yield _figure("count", selection, float(len(selection.rows)), selection.rows, words=said)
        for out in space.outputs:
            different = {space.cell(row, out).plain for row in selection.rows if not space.cell(row, out).is_blank}
            if different and out not in space.measures:
                words = said | space.words.head_places(out) | space.question.places("different")
                yield _figure("distinct", selection, float(len(different)), selection.rows, out, words=words)
    yield from _following(space, said)


def aggregates(space: Space) -> Iterator[Candidate]:
    """Sum, mean, most and least of a column over the rows selected."""
    for selection in space.countable:
        yield from _sums(space, selection)
        yield from _bounds(space, selection)


def _sums(space: Space, selection: Selection) -> Iterator[Candidate]:
    tags, kind = space.question.tag_names, space.question.kind
    for out in space.measures:
        numbers = [number for _, number in space.numbers(selection.rows, out)]
        if len(numbers) < 2:
            continue  # that is a look-up
        head, rows = space.words.head_places(out), _rows(space, selection, out)
        if tags & {"total", "count", "and"} or kind in ("how many", "how much"):
            said = head | space.question.places("total", "count", "and")
            yield _figure("sum", selection, sum(numbers), rows, out, words=said)
        if "mean" in tags:
            said = head | space.question.places("mean")
            yield _figure("mean", selection, sum(numbers) / len(numbers), rows, out, words=said)


def _bounds(space: Space, selection: Selection) -> Iterator[Candidate]:
    for is_most, tags in ((True, ("most", "last")), (False, ("least", "first"))):
        said = space.question.places(*tags)
        for out in space.orders if said else ():
            keys = {row: key for row in selection.rows if (key := space.order(row, out)) is not None}
            if keys:
                row = (max if is_most else min)(keys, key=keys.__getitem__)
                shape, words = "maximum" if is_most else "minimum", said | space.words.head_places(out)
                yield Candidate(shape, selection, (space.cell(row, out).text,), (row,), out, out, words=words)


def differences(space: Space) -> Iterator[Candidate]:
    """Between two rows, two columns of a row, two counts, or the most and the least; in years for dates."""
    if not space.question.tag_names & {"difference", "span", "more", "less"}:
        return
    said = space.question.places("difference", "span", "count", "more", "less")
    singles = [one for one in space.countable if one.conditions and len(one.conditions) < 3]
    for first, second in list(_apart(singles))[:MOST_PAIRS]:
        pair = Selection((*first.conditions, *second.conditions), (*first.rows, *second.rows))
        count = abs(len(first.rows) - len(second.rows))
        parts = (first.rows, second.rows)
        yield replace(_figure("difference of counts", pair, float(count), pair.rows, words=said), parts=parts)
        yield from _between_rows(space, first, second, pair, said)
        yield from _within(space, first, second, said)
    yield from _between_columns(space, said)
    yield from _spread(space, said)


def spans(space: Space) -> Iterator[Candidate]:
    """The years from one date to another in one cell (``1914–1918``) or in two columns."""
    if not space.question.tag_names & {"span", "difference"}:
        return
    said = space.question.places("span", "difference", "count")
    for selection in space.countable[:MOST_SELECTIONS]:
        for out in space.outputs:
            for row in selection.rows[:1]:
                years = [figure.value for figure in space.cell(row, out).figures if 1000 <= figure.value < 2100]
                if len(years) > 1:
                    words = said | space.words.head_places(out)
                    yield _figure("span", selection, abs(years[-1] - years[0]), (row,), out, words=words)


def shares(space: Space) -> Iterator[Candidate]:
    """The part that the rows selected have in a column's sum, or among the rows, in percent."""
    if "share" not in space.question.tag_names:
        return
    said = space.question.places("share")
    for selection in space.countable[:MOST_SELECTIONS]:
        if not selection.conditions:
            continue
        part = 100 * len(selection.rows) / len(space.everything.rows)
        yield _figure("share of rows", selection, part, selection.rows, words=said, unit="%")
        for out in space.measures:
            whole = sum(number for _, number in space.numbers(space.everything.rows, out))
            own = sum(number for _, number in space.numbers(selection.rows, out))
            if whole > 0:
                words = said | space.words.head_places(out)
                yield _figure("share", selection, 100 * own / whole, selection.rows, out, words=words, unit="%")


def groups(space: Space) -> Iterator[Candidate]:
    """A sum, a mean or a count for each different cell of a column: "sales by country", "per year"."""
    said = space.question.places("each", "by")
    if not said:
        return
    tags = space.question.tag_names
    for selection in space.countable[:MOST_SELECTIONS]:
        for by in space.outputs:
            if not space.words.head_places(by):
                continue
            is_named = any(space.words.head_places(out) for out in space.measures)
            if "count" in tags or not is_named:
                yield from _grouped(space, selection, by, None, said)
            for out in space.measures:
                if out != by:
                    yield from _grouped(space, selection, by, out, said)


def _grouped(
    space: Space, selection: Selection, by: Column, out: Column | None, said: frozenset[int]
) -> Iterator[Candidate]:
    rows_of = space.grouped(selection.rows, by)
    numbers = {
        label: [n for _, n in space.numbers(rows, out)] if out else [1.0] * len(rows) for label, rows in rows_of.items()
    }
    is_mean = "mean" in space.question.tag_names and out is not None
    points = tuple((label, sum(own) / len(own) if is_mean else sum(own)) for label, own in numbers.items() if own)
    if len(points) >= LEAST_GROUPS and (len(points) < len(selection.rows) or out is not None):
        shape = "count by" if out is None else "mean by" if is_mean else "sum by"
        words = said | space.words.head_places(by) | (space.words.head_places(out) if out else frozenset())
        words |= space.question.places("mean" if is_mean else "total", "count")
        values = tuple(f"{label}: {shown(value)}" for label, value in points)
        yield Candidate(shape, selection, values, selection.rows, out, by, words=words, points=points)


def _following(space: Space, said: frozenset[int]) -> Iterator[Candidate]:
    """How many rows stand before or after one."""
    total = len(space.words.rows)
    for tag, is_after in (("after", True), ("before", False)):
        places = space.question.places(tag)
        for selection in space.selections if places else ():
            if len(selection.rows) == 1:
                row = selection.rows[0]
                rows = tuple(range(row + 1, total) if is_after else range(row))
                yield _figure(f"count {tag}", selection, float(len(rows)), rows, words=said | places)


def _between_rows(
    space: Space, first: Selection, second: Selection, pair: Selection, said: frozenset[int]
) -> Iterator[Candidate]:
    for out in space.orders:
        words = said | space.words.head_places(out)
        if (
            len(first.rows) == len(second.rows) == 1
            and (value := _gap(space, first.rows[0], second.rows[0], out)) is not None
        ):
            yield _figure("difference", pair, value, pair.rows, out, words=words)
        elif out in space.measures:
            sums = [sum(number for _, number in space.numbers(one.rows, out)) for one in (first, second)]
            found = _figure("difference of sums", pair, abs(sums[0] - sums[1]), pair.rows, out, words=words)
            yield replace(found, parts=(first.rows, second.rows))


def _within(space: Space, first: Selection, second: Selection, said: frozenset[int]) -> Iterator[Candidate]:
    """Between two rows that have a third condition in common: "of the Airport link from 2019 to 2020"."""
    if len(first.conditions) > 1 or len(second.conditions) > 1:
        return
    for base in space.conditions:
        if base.column == first.conditions[0].column or not base.words or base.words & (first.words | second.words):
            continue
        left, right = (tuple(row for row in one.rows if row in base.rows) for one in (first, second))
        if len(left) == len(right) == 1 and left != right:
            both = Selection((base, *first.conditions, *second.conditions), (*left, *right))
            yield from _between_rows(space, Selection((), left), Selection((), right), both, said)


def _gap(space: Space, first: int, second: int, column: Column) -> float | None:
    left, right = space.order(first, column), space.order(second, column)
    return None if left is None or right is None else abs(left[0] - right[0])


def _between_columns(space: Space, said: frozenset[int]) -> Iterator[Candidate]:
    named = [column for column in space.orders if space.words.head_places(column)]
    for selection in space.selections[:MOST_SELECTIONS]:
        if len(selection.rows) != 1:
            continue
        for left, right in combinations(named, 2):
            keys = [space.order(selection.rows[0], column) for column in (left, right)]
            if left.kind == right.kind and keys[0] is not None and keys[1] is not None:
                words = said | space.words.head_places(left) | space.words.head_places(right)
                value = abs(keys[0][0] - keys[1][0])
                yield _figure("difference of columns", selection, value, selection.rows, left, right, words=words)


def _spread(space: Space, said: frozenset[int]) -> Iterator[Candidate]:
    for selection in space.countable[:MOST_SELECTIONS]:
        for out in space.orders:
            keys = [key[0] for row in selection.rows if (key := space.order(row, out)) is not None]
            if len(keys) > 1:
                words = said | space.words.head_places(out) | space.question.places("most", "least", "first", "last")
                yield _figure("spread", selection, max(keys) - min(keys), selection.rows, out, words=words)


def _apart(selections: Sequence[Selection]) -> Iterator[tuple[Selection, Selection]]:
    for first, second in combinations(selections, 2):
        is_alike = [one.column for one in first.conditions] == [one.column for one in second.conditions]
        if is_alike and first.rows != second.rows and not first.words & second.words:
            yield first, second


def _rows(space: Space, selection: Selection, out: Column) -> tuple[int, ...]:
    return tuple(row for row, _ in space.numbers(selection.rows, out))


def _figure(
    shape: str,
    selection: Selection,
    value: float,
    rows: tuple[int, ...],
    out: Column | None = None,
    by: Column | None = None,
    *,
    words: frozenset[int],
    unit: str = "",
) -> Candidate:
    return Candidate(shape, selection, (f"{shown(value)}{unit}",), rows, out, by, value, words)
