"""Questions whose answer stands in a row: look-ups, the first and the last, the most and the least, neighbours, what is the same."""

from collections.abc import Iterator

from rag.tables.question import ORDINALS
from rag.tables.shapes.candidate import Candidate, Selection, Space
from rag.tables.table import Column

MOST_ROWS = 40  # that a look-up lists
MOST_SELECTIONS = 20
MOST_POINTS = 60
FEWER = 0.7  # of the rows there may be as many groups
UP, DOWN = frozenset(["most", "more", "last"]), frozenset(["least", "less", "first"])


def lookups(space: Space) -> Iterator[Candidate]:
    """The cells of a column in the rows selected."""
    for selection in space.selections:
        if len(selection.rows) > MOST_ROWS:
            continue
        for out in space.outputs:
            values = space.texts(selection.rows, out)
            if values and not _is_given(selection, out):
                shape = "lookup" if selection.conditions else "list"
                points = _points(space, selection, out)
                yield Candidate(shape, selection, values, selection.rows, out, words=_said(space, out), points=points)


def parts(space: Space) -> Iterator[Candidate]:
    """The number in a cell with words (``28 lost``) where a number is asked for; the year where a year is."""
    kind = space.question.kind
    if kind not in ("how many", "how much", "how long", "year"):
        return
    for selection in space.selections:
        if len(selection.rows) != 1 or not selection.conditions:
            continue
        for out in space.outputs:
            cell = space.cell(selection.rows[0], out)
            figures = [one for one in cell.figures if (kind == "year") == (1000 <= one.value < 2100)]
            if out.kind == "text" and figures and not _is_given(selection, out):
                value = cell.unmarked[figures[-1].start : figures[-1].end]
                yield Candidate("part", selection, (value,), selection.rows, out, words=_said(space, out))


def totals(space: Space) -> Iterator[Candidate]:
    """The cells of the rows that sum up the others."""
    if not space.question.tag_names & {"total", "count"}:
        return
    positions = [position for position, row in enumerate(space.table.rows) if row.is_total]
    for position in positions[-2:]:
        for out in space.measures:
            cell = space.table.rows[position].cells[out.index]
            said = _said(space, out) | space.question.places("total", "count")
            if not cell.is_blank:
                yield Candidate("total row", space.everything, (cell.text,), (position,), out, words=said)


def ends(space: Space) -> Iterator[Candidate]:
    """The first or the last of the rows selected, as they stand."""
    for shape, tags, place in (("first", ("first",), 0), ("last", ("last",), -1), ("first", ("most",), 0)):
        said = space.question.places(*tags)
        if not said:
            continue
        for selection in _several(space.countable):
            yield from _cells(space, shape, selection, selection.rows[place], said)


def extremes(space: Space) -> Iterator[Candidate]:
    """The rows with the most or the least in a column, and the cells of another one there; the second or third likewise."""
    wanted = space.question.tag_names
    directions = [(name, down) for name, tags, down in (("most", UP, False), ("least", DOWN, True)) if wanted & tags]
    crossed = [("most", False), ("least", True)] if directions else []  # the best time is the least
    rank = next((ORDINALS[word.text] for word in space.question.words if word.text in ORDINALS), 1)
    for selection in _several(space.countable)[:MOST_SELECTIONS]:
        for by in space.orders:
            for name, is_least in crossed:
                yield from _extreme(space, selection, by, name, is_least, rank)


def top(space: Space) -> Iterator[Candidate]:
    """The first rows by a column, as many as the question says: "the top five"."""
    count = _count(space)
    if count is None:
        return
    said = space.question.places("most", "least", "first", "last")
    for selection in _several(space.countable)[:MOST_SELECTIONS]:
        for by in [None, *space.orders]:
            rows = selection.rows if by is None else _ordered(space, selection, by, is_least=False)
            chosen = rows[-count:] if by is None and "last" in space.question.tag_names else rows[:count]
            for out in space.outputs:
                words = said | _said(space, out) | (_said(space, by) if by else frozenset())
                yield Candidate("top", selection, space.texts(chosen, out), tuple(chosen), out, by, words=words)


def neighbours(space: Space) -> Iterator[Candidate]:
    """What stands before or after a row."""
    last = len(space.words.rows) - 1
    for shape, tag, step in (("next", "after", 1), ("previous", "before", -1)):
        said = space.question.places(tag)
        if not said:
            continue
        for selection in space.selections:
            if not selection.conditions or len(selection.rows) > MOST_ROWS:
                continue
            for row in {selection.rows[0], selection.rows[-1]}:
                if 0 <= row + step <= last:
                    yield from _cells(space, shape, selection, row + step, said, row)


def same(space: Space) -> Iterator[Candidate]:
    """Other rows that have the same in a column as the row selected."""
    said = space.question.places("same")
    if not said:
        return
    for selection in space.selections[:MOST_SELECTIONS]:
        if len(selection.rows) != 1:
            continue
        for by in space.outputs:
            own = space.cell(selection.rows[0], by).plain
            rows = tuple(row for row in space.everything.rows if space.cell(row, by).plain == own)
            others = tuple(row for row in rows if row not in selection.rows)
            words = said | _said(space, by)
            if others:
                count = len(others)
                yield Candidate("count same", selection, (str(count),), rows, None, by, float(count), words)
                for out in (space.table.key, *space.outputs[:2]):
                    yield Candidate("same", selection, space.texts(others, out), rows, out, by, words=words)


def _is_given(selection: Selection, out: Column) -> bool:
    """True where the question says what the column has."""
    return any(one.column == out.index and one.how in ("exact", "number") for one in selection.conditions)


def group_extremes(space: Space) -> Iterator[Candidate]:
    """What has the highest or the lowest sum where it stands in several rows: "which country has the most profit"."""
    wanted = space.question.tag_names
    for shape, tag, choose in (("highest sum", "most", max), ("lowest sum", "least", min)):
        said = space.question.places(tag, "total") if tag in wanted else frozenset[int]()
        for selection in _several(space.countable)[:MOST_SELECTIONS] if said else ():
            for out in space.outputs:
                if out.kind == "number" or not space.words.head_places(out):
                    continue
                rows_of = space.grouped(selection.rows, out)
                if not 1 < len(rows_of) <= FEWER * len(selection.rows):
                    continue
                for by in space.measures:
                    sums = {text: sum(n for _, n in space.numbers(rows, by)) for text, rows in rows_of.items()}
                    best = choose(sums.values())
                    values = tuple(text for text, own in sums.items() if own == best)
                    words = said | _said(space, out) | _said(space, by)
                    yield Candidate(
                        shape, selection, values, selection.rows, out, by, words=words, points=tuple(sums.items())
                    )


def _extreme(
    space: Space, selection: Selection, by: Column, name: str, is_least: bool, rank: int
) -> Iterator[Candidate]:
    rows = _ordered(space, selection, by, is_least=is_least)
    if len(rows) < max(2, rank):
        return
    best = space.order(rows[rank - 1], by)
    chosen = tuple(sorted(row for row in rows if space.order(row, by) == best))
    said = space.question.places(*(UP | DOWN)) | _said(space, by) | _ordinal_places(space, rank)
    for out in space.outputs:
        if out != by:
            yield Candidate(name, selection, space.texts(chosen, out), chosen, out, by, words=said | _said(space, out))


def _ordered(space: Space, selection: Selection, by: Column, *, is_least: bool) -> list[int]:
    keys = [(row, key) for row in selection.rows if (key := space.order(row, by)) is not None]
    return [row for row, _ in sorted(keys, key=lambda one: one[1], reverse=not is_least)]


def _cells(
    space: Space, shape: str, selection: Selection, row: int, said: frozenset[int], *shown: int
) -> Iterator[Candidate]:
    for out in space.outputs:
        values = space.texts([row], out)
        if values:
            rows = tuple(sorted({row, *shown}))
            yield Candidate(shape, selection, values, rows, out, words=said | _said(space, out))


def _several(selections: list[Selection]) -> list[Selection]:
    return [selection for selection in selections if len(selection.rows) > 1]


def _said(space: Space, column: Column) -> frozenset[int]:
    return space.words.head_places(column)


def _points(space: Space, selection: Selection, out: Column) -> tuple[tuple[str, float], ...]:
    if out.kind != "number" or not 2 < len(selection.rows) <= MOST_POINTS:
        return ()
    label = next((column for column in space.table.columns if column.kind == "date"), space.table.key)
    return tuple((space.cell(row, label).text, number) for row, number in space.numbers(selection.rows, out))


def _count(space: Space) -> int | None:
    """The number right behind "top", "first" or "last"."""
    for place in space.question.places("most", "first", "last", "least"):
        following = space.question.words[place + 1 : place + 2]
        if following and following[0].number and 1 < following[0].number <= MOST_ROWS:
            return int(following[0].number)
    return None


def _ordinal_places(space: Space, rank: int) -> frozenset[int]:
    if rank == 1:
        return frozenset()
    return frozenset(place for place, word in enumerate(space.question.words) if ORDINALS.get(word.text) == rank)
