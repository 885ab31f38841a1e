"""Limits on numbers and dates: which value of a record a limit is about, and whether the value keeps it."""

from collections.abc import Callable, Sequence

from rag.compose.listing.fields import Fields, clauses_of
from rag.compose.listing.records import Record
from rag.compose.listing.request import Clause
from rag.compose.listing.values import amounts, comma_decimal, day_first, periods, years
from rag.compose.listing.words import Word
from rag.grounding.language.units import CURRENCIES

SAMPLED = 60
MOST_READ = 0.8
SIGNS = {"eur": "€", "usd": "$", "gbp": "£", "euro": "€", "euros": "€", "dollars": "$", "dollar": "$", "pounds": "£"}
ID_LABELS = frozenset(
    ("id", "no", "nr", "no.", "nr.", "number", "nummer", "#", "key", "code", "zip", "plz", "postcode", "phone", "year")
)
UNIT_REACH = 16  # characters around a number in which its unit stands

Value = tuple[float, float]  # lowest and highest reading: a month is from its first to its last day
Reader = Callable[[Record], list[Value]]


def within(clause: Clause, value: Value) -> bool:
    """True when a value keeps the limit of a clause."""
    low, high = value
    match clause.comparison:
        case "above" | "after":
            return low > clause.high
        case "at_least" | "since":
            return low >= clause.low
        case "below" | "before":
            return high < clause.low
        case "at_most" | "until":
            return high <= clause.high
    return low >= clause.low and high <= clause.high


def reader_of(clause: Clause, attributes: Sequence[Word], fields: Fields) -> Reader | None:
    """Reads the values of a record that a limit is about; None when that is not clear."""
    sample = fields.records[:: max(1, len(fields.records) // SAMPLED)]
    named = [word for word in attributes if fields.is_attribute(word)]
    labels = fields.labels_for(named)
    if labels or fields.family.kind == "row":
        return _of_columns(clause, labels, attributes, fields, sample)
    return _of_sentences(clause, named, attributes, fields, sample)


def _read(clause: Clause, text: str, style: tuple[bool, bool]) -> list[tuple[float, float, int, int]]:
    """The values in a text with their places."""
    dates = periods(text, is_day_first=style[0])
    if clause.is_period:
        found = dates or (years(text) if len(text.strip()) <= 6 else [])
        return [(period.low, period.high, period.start, period.end) for period in found]
    taken = [(period.start, period.end) for period in dates]
    return [
        (value, value, start, end)
        for value, start, end in amounts(text, is_comma_decimal=style[1])
        if not any(left <= start < right for left, right in taken)
    ]


def _style(texts: Sequence[str], language: str) -> tuple[bool, bool]:
    return day_first(texts, language), comma_decimal(texts, language)


def _of_columns(
    clause: Clause, labels: Sequence[str], attributes: Sequence[Word], fields: Fields, sample: Sequence[Record]
) -> Reader | None:
    """The column that the limit names; else the only one with such values, or the only one with the unit."""
    columns = {
        label: [value for record in sample for name, value in record.cells if name == label]
        for label in labels or fields.labels
    }
    styles = {label: _style(values, fields.language) for label, values in columns.items()}
    readable = [label for label, values in columns.items() if _is_readable(clause, values, styles[label])]
    if clause.is_period:  # a date tells more than a year
        dated = [label for label in readable if any(periods(value) for value in columns[label])]
        readable = dated or readable
    if not labels:
        readable = [
            label
            for label in readable
            if clause.is_period or (label not in ID_LABELS and not label.endswith((" id", " no", "_id")))
        ]
        with_unit = [label for label in readable if _has_unit(label, columns[label], attributes)]
        readable = with_unit or readable
    if len(readable) != 1:
        return None
    column, style = readable[0], styles[readable[0]]

    def read(record: Record) -> list[Value]:
        return [
            (low, high)
            for label, value in record.cells
            if label == column
            for low, high, _, _ in _read(clause, value, style)[:1]
        ]

    return read


def _is_readable(clause: Clause, values: Sequence[str], style: tuple[bool, bool]) -> bool:
    filled = [value for value in values if value.strip(" -–")]
    return (
        bool(filled)
        and sum(bool(_read(clause, value, style)) for value in filled) >= MOST_READ * len(filled)
        and (clause.is_period or sum(_is_amount(value) for value in filled) >= MOST_READ * len(filled))
    )


def _is_amount(value: str) -> bool:
    """True for a cell that is a number with perhaps a unit."""
    letters = sum(map(str.isalpha, value))
    return letters <= max(4, sum(map(str.isdigit, value)) * 2)


def _has_unit(label: str, values: Sequence[str], attributes: Sequence[Word]) -> bool:
    return any(
        word.is_in(label) or any(_shows(value, word) for value in values[:3])
        for word in attributes
        if not word.is_number
    )


def _shows(text: str, unit: Word) -> bool:
    return unit.is_in(text) or SIGNS.get(unit.text, "\0") in text


def _of_sentences(
    clause: Clause, named: Sequence[Word], attributes: Sequence[Word], fields: Fields, sample: Sequence[Record]
) -> Reader | None:
    """Of records without columns: the value in the clause that has the attribute, else the one beside the unit, else the only one."""
    style = _style([record.text for record in sample], fields.language)
    units = [
        word
        for word in attributes
        if word.text in CURRENCIES
        or word.text in SIGNS
        or any(_beside(clause, record, word, style) for record in sample[:5])
    ]

    def by_attribute(record: Record) -> list[Value]:
        return [
            (low, high) for part in _parts(record, named, fields) for low, high, _, _ in _read(clause, part, style)[:1]
        ]

    def by_unit(record: Record) -> list[Value]:
        return [value for word in units[:1] for value in _beside(clause, record, word, style)]

    def only(record: Record) -> list[Value]:
        return [
            (low, high)
            for low, high, start, _ in _read(clause, record.lower, style)
            if not _is_identifier(record.lower, start)
        ]

    for reader, is_meant in ((by_unit, bool(units)), (by_attribute, bool(named)), (only, True)):
        if is_meant and sum(len(reader(record)) == 1 for record in sample) >= MOST_READ * len(sample):
            return reader
    return None


def _beside(clause: Clause, record: Record, unit: Word, style: tuple[bool, bool]) -> list[Value]:
    """The values of a record that have a unit beside them."""
    found: list[Value] = []
    for start_, end_ in clauses_of(record.lower):
        part = record.lower[start_:end_]
        for low, high, start, end in _read(clause, part, style):
            around = part[max(0, start - 4) : start] + " " + part[end : end + UNIT_REACH]
            if _shows(around, unit):
                found.append((low, high))
    return found


def _is_identifier(text: str, start: int) -> bool:
    """True for the number right after the first words of a record, which names it: "Invoice 17", "project number 4"."""
    return (
        start < UNIT_REACH * 2
        and not any(char in text[:start] for char in ".;\n")
        and text[max(0, start - 1) : start] in (" ", "#", "-")
    )


def _parts(record: Record, attributes: Sequence[Word], fields: Fields) -> list[str]:
    """What a record says about some attributes: values of labels, else clauses."""
    labels = fields.labels_for(attributes)
    if labels:
        return [value for label, value in record.cells if label in labels]
    return [record.lower[start:end] for start, end in fields.spans(record, attributes)]
