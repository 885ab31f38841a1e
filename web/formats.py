"""Numbers, sizes and times as people of a language read them; the same as ``public/lib/words.js``.

English has the day before the month; the years are those of the common calendar in every language.
"""

import math
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from babel import dates, numbers

from core.words import Catalogue, catalogue

CACHED = 20_000  # texts; a page of charts has some thousand numbers, and is looked at again and again
_KB, _MB, _GB = 1e3, 1e6, 1e9
ENGLISH = catalogue("en")


@lru_cache(CACHED)
def number(value: float, words: Catalogue = ENGLISH) -> str:
    """``12,345``; a fraction has two digits."""
    return str(numbers.format_decimal(value, "#,##0" if float(value).is_integer() else "#,##0.00", locale=words.locale))


def day(moment: datetime, words: Catalogue = ENGLISH) -> str:
    """``3 Nov 2026``, in UTC."""
    if words.language == "en":
        return f"{moment.day} {moment:%b %Y}"
    return str(dates.format_date(moment.date(), "medium", locale=words.locale))


def day_of_year(moment: datetime, words: Catalogue = ENGLISH) -> str:
    """``3 Nov``, in UTC."""
    if words.language == "en":
        return f"{moment.day} {moment:%b}"
    return str(dates.format_skeleton("MMMd", moment.date(), locale=words.locale))


def moment(moment: datetime, words: Catalogue = ENGLISH) -> str:
    """``3 Nov 2026, 14:05``, in UTC."""
    return f"{day(moment, words)}, {moment:%H:%M}"


def size(bytes_: int, words: Catalogue = ENGLISH) -> str:
    """``1.4 MB``."""
    if bytes_ < _KB:
        return words.plural(bytes_, "%(count)s byte", "%(count)s bytes")
    unit, value = next(
        (unit, bytes_ / step) for unit, step in (("GB", _GB), ("MB", _MB), ("KB", _KB)) if bytes_ >= 0.9995 * step
    )
    return f"{_decimal(value, '0.0', words) if value < 9.95 else round(value)} {unit}"


def seconds(value: float, words: Catalogue = ENGLISH) -> str:
    """``380 ms``, ``2.4 s``, ``3 min``, ``5 h``, ``2 days``."""
    if value < 1:
        return f"{round(value * 1000)} ms"
    if value < 60:
        return f"{_decimal(value, '0.0', words)} s"
    if value < 3600:
        return f"{round(value / 60)} min"
    if value < 172_800:
        return f"{round(value / 3600)} h"
    return words.plural(round(value / 86_400), "%(count)s day", "%(count)s days")


def score(value: float, words: Catalogue = ENGLISH) -> str:
    """``0.80``, ``0.834``."""
    return _decimal(value, "0.00#", words)


def rate(value: float, words: Catalogue = ENGLISH) -> str:
    """``0.25``, ``3.4``, ``12``: with as many digits as say something."""
    return _decimal(value, "0.00" if value < 1 else "0.0" if value < 10 else "#,##0", words)


def percent(share: float, words: Catalogue = ENGLISH) -> str:
    """``2.5 %``, of 0.025."""
    return f"{_decimal(share * 100, '#,##0.#', words)} %"


@lru_cache(CACHED)
def dollars(value: float | Decimal, words: Catalogue = ENGLISH) -> str:
    """``US$1,234``, ``US$3.50``, ``US$0.0021``, ``US$0.000042``, with the sign where the language writes it."""
    amount = float(value)
    is_round = amount >= 0.1 or math.isclose(amount, round(amount, 2), abs_tol=1e-9)
    digits = 0 if amount >= 1000 else 2 if is_round else 4 if amount >= 0.001 else 6
    pattern = numbers.parse_pattern(words.locale.currency_formats["standard"])
    pattern.frac_prec = digits, digits
    return str(pattern.apply(amount, words.locale, currency="USD", currency_digits=False))


@lru_cache(CACHED)
def compact(value: float, words: Catalogue = ENGLISH) -> str:
    """``950``, ``12k``, ``3.4m``."""
    return str(numbers.format_compact_decimal(value, fraction_digits=1, locale=words.locale))


@lru_cache(CACHED)
def _decimal(value: float, pattern: str, words: Catalogue) -> str:
    return str(numbers.format_decimal(value, pattern, locale=words.locale))
