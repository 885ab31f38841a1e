"""Computes a result again from the text of the cells that are shown for it: what differs is never said."""

from collections.abc import Callable, Mapping, Sequence

from rag.tables.dates import moment_of
from rag.tables.numerals import decimal_sign, figures_in
from rag.tables.shapes.candidate import Candidate, Space
from rag.tables.table import Column

TOLERANCE = 1e-6
Rows = Sequence[int]
Again = Callable[[Space, Candidate], float]


def holds(space: Space, candidate: Candidate) -> bool:
    """True when the rows shown give the same result again; what is looked up must literally be in a cell of them."""
    if any(not 0 <= row < len(space.words.rows) for row in candidate.rows):
        return False
    if candidate.number is None:
        return bool(candidate.points) or candidate.out is None or _is_shown(space, candidate)
    again = AGAIN.get(candidate.shape)
    if again is None:
        return False
    found = again(space, candidate)
    return abs(found - candidate.number) <= TOLERANCE * max(1.0, abs(found))


def _is_shown(space: Space, candidate: Candidate) -> bool:
    out = candidate.out
    texts = {space.cell(row, out).text for row in candidate.rows} if out else set()
    if candidate.shape == "part":
        return all(any(value in text for text in texts) for value in candidate.values)
    return bool(candidate.values) and texts.issuperset(candidate.values)


def _numbers(space: Space, rows: Rows, column: Column | None) -> list[float]:
    """The numbers of the cells, read anew; years for dates."""
    if column is None:
        return []
    texts = [space.cell(row, column).text for row in rows]
    if column.kind == "date":
        return [float(moment.year or 0) for text in texts if (moment := moment_of(text))]
    sign = decimal_sign(cell.text for cell in space.table.cells(column))
    read = [figures_in(space.cell(row, column).unmarked, sign) for row in rows]
    return [figures[0].value for figures in read if figures]


def _count(_: Space, candidate: Candidate) -> float:
    return float(len(set(candidate.rows)))


def _distinct(space: Space, candidate: Candidate) -> float:
    out = candidate.out
    cells = [space.cell(row, out) for row in candidate.rows] if out else []
    return float(len({cell.plain for cell in cells if not cell.is_blank}))


def _sum(space: Space, candidate: Candidate) -> float:
    return sum(_numbers(space, candidate.rows, candidate.out))


def _mean(space: Space, candidate: Candidate) -> float:
    numbers = _numbers(space, candidate.rows, candidate.out)
    return sum(numbers) / len(numbers) if numbers else 0.0


def _spread(space: Space, candidate: Candidate) -> float:
    numbers = _numbers(space, candidate.rows, candidate.out)
    return max(numbers) - min(numbers) if numbers else 0.0


def _between_columns(space: Space, candidate: Candidate) -> float:
    left, right = (_numbers(space, candidate.rows, column) for column in (candidate.out, candidate.by))
    return abs(left[0] - right[0]) if left and right else 0.0


def _between_counts(_: Space, candidate: Candidate) -> float:
    return abs(float(len(candidate.parts[0]) - len(candidate.parts[1])))


def _between_sums(space: Space, candidate: Candidate) -> float:
    left, right = (sum(_numbers(space, rows, candidate.out)) for rows in candidate.parts)
    return abs(left - right)


def _others(_: Space, candidate: Candidate) -> float:
    return float(len(set(candidate.rows) - set(candidate.selection.rows)))


def _share(space: Space, candidate: Candidate) -> float:
    whole = sum(_numbers(space, space.everything.rows, candidate.out))
    return 100 * sum(_numbers(space, candidate.rows, candidate.out)) / whole if whole else 0.0


def _share_of_rows(space: Space, candidate: Candidate) -> float:
    return 100 * len(set(candidate.rows)) / len(space.everything.rows)


def _span(space: Space, candidate: Candidate) -> float:
    cell = space.cell(candidate.rows[0], candidate.out) if candidate.out else None
    years = [figure.value for figure in figures_in(cell.unmarked)] if cell else []
    years = [year for year in years if 1000 <= year < 2100]
    return abs(years[-1] - years[0]) if years else 0.0


AGAIN: Mapping[str, Again] = {
    "count": _count,
    "count after": _count,
    "count before": _count,
    "count same": _others,
    "distinct": _distinct,
    "sum": _sum,
    "mean": _mean,
    "spread": _spread,
    "difference": _spread,
    "difference of columns": _between_columns,
    "difference of counts": _between_counts,
    "difference of sums": _between_sums,
    "share": _share,
    "share of rows": _share_of_rows,
    "span": _span,
}
