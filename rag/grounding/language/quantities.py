"""Quantities in a text: numbers with their unit, bound and range, dates and times of day. "Four weeks" and "28 days" are equal.

Numbers are read in digits and in words; the unit is the next unit word among the following tokens, or a currency sign before the number.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.grounding.language.lexicon import Lexicon, Mark, Word, tokens
from rag.grounding.language.units import CURRENCIES, DIMENSIONS, KINDS, MONTHS, SECONDS, SECONDS_PER_MONTH

Bound = Literal["", "low", "high"]
SIGNS, DASHES = frozenset("€$£¥"), frozenset("-–—~")
DAYS = 31
REACH = 4  # tokens after a number in which its unit may stand: "25 paid vacation days"
BOUND_REACH = 16  # characters between "at least" and its number
BOUNDS: dict[str, Bound] = {"at_least": "low", "above": "low", "at_most": "high", "below": "high"}
PAUSES = frozenset(",;，；、。")
LONGEST_NUMBER = 24  # characters; longer ones are compared as text alone
TOLERANCE = 0.005


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text.

    Attributes:
        values: its readings: "1.200" is 1200 to some and 1.2 to others; of a range the two ends, each by itself.
        unit: "" where none is told; ``date:3`` is a day of March, ``clock`` minutes since midnight, ``rate`` a frequency ("every week").
        bound: ``low`` for "at least" and "more than".
        start: offset of the number.
    """

    values: tuple[float, ...]
    unit: str
    bound: Bound = ""
    start: int = 0
    is_digits: bool = True

    @property
    def kind(self) -> str:
        """What it measures: two quantities of one kind with different values contradict each other."""
        if self.unit in CURRENCIES:
            return "money"
        dimension = DIMENSIONS.get(self.unit, (self.unit, 1))[0]
        return "date" if self.unit.startswith("date:") else KINDS.get(dimension, dimension)

    def equals(self, other: "Quantity") -> bool:
        """True when both may be the same amount; a number without a unit equals any unit."""
        if not self.unit or not other.unit or self.unit == other.unit:
            return any(_near(one, two) for one in self.values for two in other.values)
        left, right = DIMENSIONS.get(self.unit), DIMENSIONS.get(other.unit)
        if left is None or right is None:
            return False
        if {left[0], right[0]} == {"time", "months"}:
            time, months = (self, other) if left[0] == "time" else (other, self)
            return any(_is_months(one, two) for one in _scaled(time) for two in _scaled(months))
        return left[0] == right[0] and any(_near(one, two) for one in _scaled(self) for two in _scaled(other))


def quantities(text: str, lexicon: Lexicon, marks: Sequence[Mark] = ()) -> list[Quantity]:
    """The quantities of a normalised text, in order; ``marks`` are those of the same text."""
    words = tokens(text)
    bounds = [(mark.end, mark.start, BOUNDS[mark.kind]) for mark in marks if mark.kind in BOUNDS]
    found: list[Quantity] = []
    for place in range(len(words)):
        quantity = _rate(words, place, lexicon) or _quantity(words, place, lexicon)
        if quantity is None:
            continue
        quantity = _bounded(quantity, text, bounds)
        if quantity.unit and found and not found[-1].unit and _is_joined(words, place, lexicon):  # "6 to 8 weeks"
            found[-1] = _with_unit(found[-1], quantity.unit)
        found.append(quantity)
    return found


def missing(claimed: Iterable[Quantity], known: Sequence[Quantity]) -> list[Quantity]:
    """The claimed quantities that none of the known ones equals."""
    return [one for one in claimed if not any(one.equals(other) for other in known)]


def values_of(text: str) -> tuple[float, ...]:
    """The readings of a number written in digits."""
    if ":" in text or len(text) > LONGEST_NUMBER:
        return ()
    dots, commas = text.count("."), text.count(",")
    readings = []
    for decimal, group in ((".", ","), (",", ".")):
        whole, _, rest = text.partition(decimal)
        groups = whole.split(group)
        is_grouped = all(len(part) == 3 for part in groups[1:]) and group not in rest and decimal not in rest
        if is_grouped and (dots + commas == 0 or rest or whole != text or len(groups) > 1):
            readings.append(float("".join(groups) + (f".{rest}" if rest else "")))
    return tuple(dict.fromkeys(readings))


def _quantity(words: Sequence[Word], place: int, lexicon: Lexicon) -> Quantity | None:
    word = words[place]
    if ":" in word.text:
        return _clock(words, place, lexicon)
    if word.text[0].isnumeric():
        values, is_digits = values_of(word.text) if word.text.isascii() else (), True
        if not values:
            return None
    else:
        value = _in_words(words, place, lexicon)
        if value is None:
            return None
        values, is_digits = (float(value),), False
    unit, factor = _unit(words, place, lexicon)
    if not is_digits and not unit and values[0] < 2:  # "one of", "a"
        return None
    if unit in ("am", "pm", "oclock"):
        minutes = values[0] % 12 * 60 + 720 * (unit == "pm") if unit != "oclock" else values[0] * 60
        return Quantity((minutes,), "clock", start=word.start, is_digits=is_digits)
    return Quantity(tuple(value * factor for value in values), unit, start=word.start, is_digits=is_digits)


def _clock(words: Sequence[Word], place: int, lexicon: Lexicon) -> Quantity | None:
    parts = words[place].text.split(":")
    if len(parts) > 3 or not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts):
        return None
    after = [lexicon.units.get(word.text) for word in words[place + 1 : place + 2]]
    hours = int(parts[0])
    if after and after[0] in ("am", "pm"):
        hours = hours % 12 + 12 * (after[0] == "pm")
    return Quantity((hours * 60.0 + int(parts[1]),), "clock", start=words[place].start)


def _rate(words: Sequence[Word], place: int, lexicon: Lexicon) -> Quantity | None:
    """ "Every week", "per week": a frequency."""
    word = words[place].text
    if word not in lexicon.phrases("every") or place + 1 >= len(words):
        return None
    if word in lexicon.phrases("articles") and (place == 0 or words[place - 1].text not in ("once", "times", "twice")):
        return None
    unit = lexicon.units.get(words[place + 1].text, "")
    is_time = DIMENSIONS.get(unit, ("", 0))[0] in ("time", "months")
    if not is_time:
        return None
    names = {"night": "day"}
    order = {name: float(number) for number, name in enumerate([*SECONDS, *MONTHS])}
    return Quantity((order[names.get(unit, unit)],), "rate", start=words[place].start, is_digits=False)


def _in_words(words: Sequence[Word], place: int, lexicon: Lexicon) -> float | None:
    """The value of a number word; of "twenty-five" and "twenty five" once."""
    text = words[place].text
    numbers = lexicon.numbers
    if text in lexicon.phrases("articles") and text not in numbers:
        is_before_unit = place + 1 < len(words) and words[place + 1].text in lexicon.units
        is_rate = place > 0 and words[place - 1].text in ("once", "times", "twice")
        return 1.0 if is_before_unit and not is_rate else None
    first, dash, second = text.partition("-")
    if dash and first in numbers and numbers[first] >= 20 and 0 < numbers.get(second, 0) < 10:
        return float(numbers[first] + numbers[second])
    if dash and first in numbers and second in lexicon.units:
        return float(numbers[first])
    if text not in numbers:
        return (
            1.0
            if text in lexicon.multiples and place > 0 and words[place - 1].text in lexicon.phrases("articles")
            else None
        )
    value = numbers[text]
    if place > 0 and 0 < value < 10 and numbers.get(words[place - 1].text, 0) >= 20:
        return None  # counted with the ten before it
    if value >= 20 and place + 1 < len(words) and 0 < numbers.get(words[place + 1].text, 0) < 10:
        value += numbers[words[place + 1].text]
    return float(value)


def _unit(words: Sequence[Word], place: int, lexicon: Lexicon) -> tuple[str, float]:
    """The unit of the number at a place and the factor of words like "million"."""
    number, factor = words[place], 1.0
    joined = lexicon.units.get(number.text.partition("-")[2], "")  # "two-week"
    unit = _unit_before(words, place, lexicon)
    if joined or unit.startswith("date:"):
        return joined or unit, factor
    months = lexicon.months if _is_day(number) or not number.text.isdecimal() else {}
    stops, end = lexicon.words("unit_stops") | DASHES, number.end
    for distance, word in enumerate(words[place + 1 : place + 1 + REACH]):
        is_ordinal = distance == 0 and word.text in months and word.start - end == 2  # "31. März"
        if word.start - end > 1 and not is_ordinal:  # punctuation stands between
            break
        end = word.end
        if distance == 0 and word.text in lexicon.multiples:
            factor = float(lexicon.multiples[word.text])
        elif distance == 0 and lexicon.numbers.get(word.text, 0) and number.text in lexicon.numbers:
            continue  # "twenty five"
        elif word.text[0].isnumeric() or word.text in lexicon.numbers or unit:
            break
        elif found := (f"date:{months[word.text]}" if word.text in months else lexicon.unit(word.text)):
            return found, factor
        elif word.text in stops:
            break
    return unit, factor


def _unit_before(words: Sequence[Word], place: int, lexicon: Lexicon) -> str:
    """The unit that stands before its number: a currency, or the month of a day."""
    if not place:
        return ""
    before = words[place - 1]
    if before.text[0] in SIGNS or before.text in CURRENCIES:
        return lexicon.units.get(before.text, "")
    if before.text in lexicon.months and _is_day(words[place]) and words[place].start - before.end <= 1:
        return f"date:{lexicon.months[before.text]}"
    return ""


def _is_day(word: Word) -> bool:
    return word.text.isdecimal() and int(word.text[:9]) <= DAYS


def _is_joined(words: Sequence[Word], place: int, lexicon: Lexicon) -> bool:
    """True when only a dash or "to" stands between this number and the one before it."""
    if place < 2:
        return False
    joint = words[place - 1].text
    is_joint = joint in DASHES or joint in lexicon.phrases("range")
    before = words[place - 2].text
    return is_joint and (before[0].isnumeric() or before in lexicon.numbers)


def _bounded(quantity: Quantity, text: str, bounds: Sequence[tuple[int, int, Bound]]) -> Quantity:
    for end, start, bound in bounds:
        is_before = 0 <= quantity.start - end <= BOUND_REACH and not any(
            char in PAUSES for char in text[end : quantity.start]
        )
        is_after = 0 <= start - quantity.start <= BOUND_REACH and text[start : start + 2] in ("or", "od")
        if is_before or is_after:
            return Quantity(quantity.values, quantity.unit, bound, quantity.start, quantity.is_digits)
    return quantity


def _with_unit(quantity: Quantity, unit: str) -> Quantity:
    return Quantity(quantity.values, unit, quantity.bound, quantity.start, quantity.is_digits)


def _scaled(quantity: Quantity) -> Iterator[float]:
    factor = DIMENSIONS[quantity.unit][1]
    return (value * factor for value in quantity.values)


def _near(left: float, right: float) -> bool:
    return abs(left - right) <= TOLERANCE * max(abs(left), abs(right)) * (left != round(left) or right != round(right))


def _is_months(seconds: float, months: float) -> bool:
    least, most = SECONDS_PER_MONTH
    return months * least <= seconds <= months * most and not (
        months == 1 and seconds < 30 * 86400 and seconds != 28 * 86400
    )
