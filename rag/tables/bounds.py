"""Conditions on numbers and dates: ``at least 5``, ``more than 10,000``, ``between 2010 and 2012``, ``after November 6``."""

from collections.abc import Callable, Iterator, Sequence

from rag.tables.conditions import Condition, Words, matching_moments
from rag.tables.numerals import figures_in, shown
from rag.tables.question import NEAR, ORDINALS
from rag.tables.table import Column

Test = Callable[[float, float], bool]
TESTS: dict[str, Test] = {
    "=": lambda own, bound: abs(own - bound) < 1e-9,
    "≥": lambda own, bound: own >= bound,
    "≤": lambda own, bound: own <= bound,
    ">": lambda own, bound: own > bound,
    "<": lambda own, bound: own < bound,
}
DATE_WORDS = {
    "before": "under",
    "until": "under",
    "prior": "under",
    "after": "over",
    "since": "over",
    "following": "over",
}
DECADES = frozenset(["s", "'s", "decade"])


def number_conditions(words: Words) -> Iterator[Condition]:
    """Conditions on columns of numbers for each number of the question."""
    question = words.question
    for place, word in enumerate(question.words):
        ordinal = ORDINALS.get(word.text) or _ordinal(words, place)
        if word.number is None and ordinal is None:
            continue
        number = float(ordinal) if ordinal else word.number or 0.0
        sign, said = _sign(words, place)
        for column in words.table.columns:
            own = figures_in(word.text, column.decimal) if ordinal is None and word.text[0].isdigit() else ()
            rows = _matching(words, column, own[0].value if own else number, sign)
            if rows:
                how = {"=": "number", ">": "over", "≥": "over"}.get(sign, "under")
                text = f"{column.name} {sign} {shown(number)}"
                yield Condition(column.index, rows, said, how, words.head_share(column), text)
    yield from _between(words)


def _between(words: Words) -> Iterator[Condition]:
    """Numbers from one to another."""
    question = words.question
    for place, word in enumerate(question.words[:-3]):
        low, high = question.words[place + 1].number, question.words[place + 3].number
        if word.text not in ("between", "from") or low is None or high is None:
            continue
        for column in words.table.columns:
            inside = _matching(words, column, low, "≥") & _matching(words, column, high, "≤")
            if inside:
                said = f"{column.name} from {shown(low)} to {shown(high)}"
                places = frozenset([place, place + 1, place + 3])
                yield Condition(column.index, inside, places, "over", words.head_share(column), said)


def date_conditions(words: Words) -> Iterator[Condition]:
    """Conditions on columns with dates for each date of the question, and for two of them as a range."""
    question = words.question
    for moment, places in question.moments:
        how, before = _side(words, min(places))
        for column in _dated(words):
            rows = matching_moments(words.rows, column, moment, how)
            if how == "date" and moment.year and _is_decade(words, max(places)):
                rows = _decade(words, column, moment.year)
                places |= {max(places) + 1}
            if rows:
                verb = {"date": "in", "under": "before", "over": "after"}[how]
                said = f"{column.name} {verb} {_shown(words, places)}"
                yield Condition(column.index, rows, places | before, how, 0.5, said)
    yield from _ranges(words)


def _ranges(words: Words) -> Iterator[Condition]:
    moments = words.question.moments
    plain = {word.text for word in words.question.words}
    if len(moments) < 2 or not plain & {"between", "from", "through", "to"}:
        return
    (first, places), (last, more) = moments[0], moments[1]
    for column in _dated(words):
        rows = frozenset(
            position
            for position, row in enumerate(words.rows)
            for own in [row.cells[column.index].moment]
            if own and not own.is_before(first) and not last.is_before(own)
        )
        if rows:
            said = f"{column.name} from {_shown(words, places)} to {_shown(words, more)}"
            yield Condition(column.index, rows, places | more | _words(words, "between", "from"), "date", 0.9, said)


def _dated(words: Words) -> list[Column]:
    """Columns of dates; where there are none, those that have some."""
    dates = [column for column in words.table.columns if column.kind == "date"]
    return dates or [
        column
        for column in words.table.columns
        if column.kind == "text" and any(row.cells[column.index].moment for row in words.rows)
    ]


def _matching(words: Words, column: Column, number: float, sign: str) -> frozenset[int]:
    if column.kind != "number":
        return frozenset()
    test = TESTS[sign]
    owns = ((position, row.cells[column.index].number) for position, row in enumerate(words.rows))
    return frozenset(position for position, own in owns if own is not None and test(own, number))


def _sign(words: Words, place: int) -> tuple[str, frozenset[int]]:
    """The comparison that a number belongs to, and the places of both."""
    found = ((sign, places | {place}) for places, sign, number in words.question.comparisons if number == place)
    return next(found, ("=", frozenset([place])))


def _side(words: Words, place: int) -> tuple[str, frozenset[int]]:
    for before in range(place - 1, max(-1, place - NEAR), -1):
        how = DATE_WORDS.get(words.question.words[before].text)
        if how:
            return how, frozenset([before])
    return "date", frozenset()


def _ordinal(words: Words, place: int) -> int | None:
    following = words.question.words[place + 1 : place + 2]
    number = words.question.words[place].number
    is_ordinal = bool(following) and following[0].text in ("st", "nd", "rd", "th") and number is not None
    return int(number) if is_ordinal and number is not None else None


def _is_decade(words: Words, place: int) -> bool:
    following: Sequence[str] = [word.text for word in words.question.words[place + 1 : place + 2]]
    return bool(following) and following[0] in DECADES


def _decade(words: Words, column: Column, year: int) -> frozenset[int]:
    size = 100 if year % 100 == 0 else 10
    owns = ((position, row.cells[column.index].moment) for position, row in enumerate(words.rows))
    return frozenset(position for position, own in owns if own and own.year and year <= own.year < year + size)


def _words(words: Words, *texts: str) -> frozenset[int]:
    return frozenset(place for place, word in enumerate(words.question.words) if word.text in texts)


def _shown(words: Words, places: frozenset[int]) -> str:
    question = words.question
    known = [place for place in places if place < len(question.words)]
    return question.text[question.words[min(known)].start : question.words[max(known)].end]
