"""Dates and amounts in questions and records, with their places."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from rag.grounding.language.lexicon import LANGUAGES, lexicon
from rag.grounding.language.quantities import values_of


@cache
def _month_numbers() -> dict[str, int]:
    """Name of a month in any language → its number."""
    return {
        name: number
        for language in reversed(LANGUAGES)
        for name, number in lexicon(language).months.items()
        if len(name) > 2
    }


MONTH = "|".join(sorted(map(re.escape, _month_numbers()), key=len, reverse=True))
DATE = re.compile(
    r"(?<![\d.])(?:"
    r"(?P<year>(?:19|20)\d\d)(?P<sep>[-/.])(?P<month>\d{1,2})(?:(?P=sep)(?P<day>\d{1,2}))?(?!\d)"
    r"|(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<numeric_year>(?:19|20)\d\d)(?!\d)"
    rf"|(?P<named_day>\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of |de )?(?P<day_month>{MONTH})\.?,? (?:of |de )?(?P<day_year>(?:19|20)\d\d)"
    r"|(?P<cjk_year>(?:19|20)\d\d)年(?:(?P<cjk_month>\d{1,2})月(?:(?P<cjk_day>\d{1,2})日)?)?"
    r")"
    rf"|(?<!\w)(?P<month_day>{MONTH})\.? (?:(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?,? |(?:of |de )?)(?P<us_year>(?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?<![\d.,/-])(?:19|20)\d\d(?![\d]|[.,/-]\d)")
NUMBER = re.compile(r"(?<![\w.,-])-?\d+(?:[.,]\d+)*+")
COMMA_DECIMAL, POINT_DECIMAL = re.compile(r"\d,\d{1,2}(?!\d)"), re.compile(r"\d\.\d{1,2}(?![\d.])|\d,\d{3}")
COMMA_LANGUAGES = frozenset(("de", "fr", "es", "vi"))
MONTHS_PER_YEAR, LAST_DAY = 12, 31


@dataclass(frozen=True, slots=True)
class Period:
    """A date, month or year and its place; ``low`` and ``high`` are its first and last day as ordinals."""

    start: int
    end: int
    low: int
    high: int


def periods(text: str, *, is_day_first: bool = True) -> list[Period]:
    """The dates, months and years in a text that are clearly such.

    Args:
        is_day_first: 03/04/2024 is in April.
    """
    found = (_period(match, is_day_first=is_day_first) for match in DATE.finditer(text))
    return [period for period in found if period]


def years(text: str) -> list[Period]:
    """Numbers that may be years."""
    return [
        Period(match.start(), match.end(), _first(int(match[0]), 1, 1), _first(int(match[0]), 12, 31))
        for match in YEAR.finditer(text)
    ]


def day_first(texts: Sequence[str], language: str) -> bool:
    """Whether dates like 03/04/2024 name the day first: as those tell that have a number over 12, else as the language does."""
    for text in texts:
        for match in DATE.finditer(text):
            if match["first"] and int(match["first"]) > MONTHS_PER_YEAR:
                return True
            if match["second"] and int(match["second"]) > MONTHS_PER_YEAR:
                return False
    return language != "en" or not any(match["mark"] == "/" for text in texts for match in DATE.finditer(text))


def amounts(text: str, *, is_comma_decimal: bool = False) -> Iterator[tuple[float, int, int]]:
    """The numbers in a text with their places, those of dates included.

    Args:
        is_comma_decimal: 1.200 is a thousand and 1,2 a little more than one.
    """
    for match in NUMBER.finditer(text):
        readings = values_of(match[0].lstrip("-"))
        if readings:
            value = readings[-1] if is_comma_decimal else _first_reading(match[0], readings)
            yield (-value if match[0].startswith("-") else value), match.start(), match.end()


def comma_decimal(texts: Sequence[str], language: str) -> bool:
    """True when numbers are written as 1,20 is: as one of them tells, else as the language does."""
    if any(COMMA_DECIMAL.search(text) for text in texts):
        return True
    return language in COMMA_LANGUAGES and not any(POINT_DECIMAL.search(text) for text in texts)


def _first_reading(text: str, readings: Sequence[float]) -> float:
    """Of two readings the one with a point before the decimals; a comma before three digits groups them."""
    return max(readings) if "," in text else readings[0]


def _period(match: re.Match[str], *, is_day_first: bool) -> Period | None:
    year, month, day = _parts(match, is_day_first=is_day_first)
    try:
        low = date(year, month or 1, day or 1)
        high = low if day else date(year, month or 12, 28 if month else 31)
    except ValueError:
        return None
    last = high.toordinal() if day or not month else _first(year + month // 12, month % 12 + 1, 1) - 1
    return Period(match.start(), match.end(), low.toordinal(), last)


def _parts(match: re.Match[str], *, is_day_first: bool) -> tuple[int, int, int]:
    """Year, month and day of a match; 0 for what it leaves open."""
    if match["year"]:
        return int(match["year"]), int(match["month"]), int(match["day"] or 0)
    if match["first"]:
        first, second = int(match["first"]), int(match["second"])
        is_day = (is_day_first and second <= MONTHS_PER_YEAR) or first > MONTHS_PER_YEAR
        return int(match["numeric_year"]), *((second, first) if is_day else (first, second))
    if match["named_day"]:
        return int(match["day_year"]), _month(match["day_month"]), int(match["named_day"])
    if match["cjk_year"]:
        return int(match["cjk_year"]), int(match["cjk_month"] or 0), int(match["cjk_day"] or 0)
    return int(match["us_year"]), _month(match["month_day"]), int(match["us_day"] or 0)


def _month(name: str) -> int:
    return _month_numbers()[name.lower()]


def _first(year: int, month: int, day: int) -> int:
    return date(min(year, 9998), month, day).toordinal()
