"""An answer and its computation in words."""

from rag.tables.shapes import Candidate, Space
from rag.tables.table import Column

MOST_VALUES = 12
SERIES = frozenset(["count by", "sum by", "mean by"])  # their values have labels
OPERATIONS = {
    "lookup": "{out} of {rows}",
    "list": "{out} of {rows}",
    "part": "number in {out} of {rows}",
    "total row": "{out} of the total row",
    "first": "{out} of the first of {rows}",
    "last": "{out} of the last of {rows}",
    "most": "{out} where {by} is highest among {rows}",
    "least": "{out} where {by} is lowest among {rows}",
    "highest sum": "{out} with the highest sum of {by} over {rows}",
    "lowest sum": "{out} with the lowest sum of {by} over {rows}",
    "top": "{out} of the first {shown} by {by}",
    "next": "{out} of the row after",
    "previous": "{out} of the row before",
    "same": "{out} of other rows with the same {by}",
    "count same": "number of other rows with the same {by}",
    "count": "number of rows",
    "count after": "number of rows after",
    "count before": "number of rows before",
    "distinct": "number of different cells in {out} over {rows}",
    "sum": "sum of {out} over {rows}",
    "mean": "mean of {out} over {rows}",
    "maximum": "highest {out} of {rows}",
    "minimum": "lowest {out} of {rows}",
    "difference": "difference of {out} between two rows",
    "difference of counts": "difference between two numbers of rows",
    "difference of sums": "difference between two sums of {out}",
    "difference of columns": "difference between {out} and {by}",
    "spread": "difference between the highest and the lowest {out} of {rows}",
    "span": "years from the first to the last in {out}",
    "share": "share of {rows} in the sum of {out}",
    "share of rows": "share of {rows} in all rows",
    "count by": "number of rows for each {by}",
    "sum by": "sum of {out} for each {by}",
    "mean by": "mean of {out} for each {by}",
    "most often": "most frequent {out} of {rows}",
    "least often": "least frequent {out} of {rows}",
    "exists": "{rows} found",
    "exists not": "no row has both",
}


def operation_of(space: Space, candidate: Candidate) -> str:
    """How the answer was found: "sum of Gold over 3 rows where Nation is Brazil"."""
    count = len(candidate.selection.rows)
    pattern = OPERATIONS.get(candidate.shape, "comparison of {rows} by {by}")
    is_all = count == len(space.everything.rows) and not candidate.selection.conditions
    rows = f"all {count} rows" if is_all else "1 row" if count == 1 else f"{count} rows"
    said = " and ".join(condition.said for condition in candidate.selection.conditions)
    text = pattern.format(out=_name(candidate.out), by=_name(candidate.by), rows=rows, shown=len(candidate.rows))
    return f"{text} where {said}" if said else text


def sentence_of(space: Space, candidate: Candidate) -> str:
    """The answer as a sentence: with the row's name where one cell is shown, with the computation where it is computed."""
    values = ", ".join(candidate.values[:MOST_VALUES])
    rest = len(candidate.values) - MOST_VALUES
    shown = f"{values} and {rest} more" if rest > 0 else values
    if candidate.number is not None:
        operation = operation_of(space, candidate)
        return f"{operation[0].upper()}{operation[1:]}: {shown}."
    if candidate.out is None or candidate.shape in SERIES:
        return f"{shown[:1].upper()}{shown[1:]}."
    key = space.table.key
    if len(set(candidate.rows)) == 1 and candidate.out != key:
        name = space.cell(candidate.rows[0], key).text
        return f"{name} – {candidate.out.name}: {shown}." if name else f"{candidate.out.name}: {shown}."
    return f"{candidate.out.name}: {shown}."


def unit_of(space: Space, candidate: Candidate) -> str:
    """The unit of the numbers in the answer's column, where its cells agree."""
    if candidate.out is None:
        return ""
    cells = [space.cell(row, candidate.out) for row in candidate.rows]
    units = {cell.figures[0].unit for cell in cells if cell.figures}
    return units.pop() if len(units) == 1 else ""


def _name(column: Column | None) -> str:
    return column.name if column else "row"
