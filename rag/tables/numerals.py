"""Numbers as tables write them: separators by locale, signs, parentheses for negatives, percent, currencies, scales and durations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

NUMERAL = re.compile(r"(?<![\w.,])(?:\d++(?::\d{2})+(?:\.\d++)?|\d++(?:[.,'’\u00a0\u202f]\d++)*+|\.\d++)")
DECIMAL_COMMA = re.compile(r"(?<![\d,.])\d++(?:\.\d{3})*+,(?:\d{1,2}|\d{4,})(?![\d,.])")
SCALE = re.compile(r"\s?(thousand|million|billion|trillion|mio|mrd|mn|bn|k)\b\.?", re.IGNORECASE)
UNIT = re.compile(r"\s?(%|percent\b|[$€£¥₹]|[^\W\d_]{1,12})")
CURRENCY = re.compile(r"([$€£¥₹]|\b[A-Z]{3})\s?\(?[-−–]?\Z")
SIGN = re.compile(r"(?:\A|[\s($€£¥₹])[-−–]\s?[$€£¥₹]?\Z")
BRACKETED = re.compile(r"\A\W*\((?=[^()]*\d)[^()]*\)\W*\Z")
NEAR, FAR = 8, 32  # characters before and behind a number that are looked at
SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "mio": 1e6, "mn": 1e6, "billion": 1e9, "mrd": 1e9, "bn": 1e9}
SCALES |= {"trillion": 1e12}
SECONDS = (1.0, 60.0, 3_600.0, 86_400.0)
GROUPS = str.maketrans("", "", "'’\u00a0\u202f")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text.

    Attributes:
        value: durations (``1:10.5``) in seconds.
        unit: ``%``, a currency or the word behind it; empty without one.
        start, end: offsets of its digits in the text.
    """

    value: float
    unit: str
    start: int
    end: int


def decimal_sign(texts: Iterable[str]) -> str:
    """The decimal sign of a column: a comma where one of its numbers can only be read so (``1.234,5``), else a point."""
    return "," if any(DECIMAL_COMMA.search(text) for text in texts) else "."


def figures_in(text: str, decimal: str = ".") -> tuple[Figure, ...]:
    """The numbers of a text, in order. A dash between two numbers (``42–13``) is no sign."""
    is_negative = BRACKETED.match(text) is not None
    return tuple(_figure(text, match, decimal, is_negative) for match in NUMERAL.finditer(text))


def shown(value: float) -> str:
    """A computed number for people: no trailing zeros, at most four decimals, thousands apart."""
    rounded = round(value, 4)
    text = f"{rounded:,.4f}".rstrip("0").rstrip(".")
    return text if text != "-0" else "0"


def _figure(text: str, match: re.Match[str], decimal: str, is_negative: bool) -> Figure:
    value = _value(match[0], decimal)
    before, behind = text[max(0, match.start() - NEAR) : match.start()], text[match.end() : match.end() + FAR]
    scale = SCALE.match(behind)
    if scale:
        value *= SCALES[scale[1].lower()]
        behind = behind[scale.end() :]
    currency, unit = CURRENCY.search(before), UNIT.match(behind)
    if is_negative or SIGN.search(before):
        value = -value
    name = currency[1] if currency else unit[1] if unit else ""
    return Figure(value, "%" if name == "percent" else name, match.start(), match.end())


def _value(numeral: str, decimal: str) -> float:
    if ":" in numeral:
        parts = [float(part) for part in reversed(numeral.split(":"))]
        return sum(part * size for part, size in zip(parts, SECONDS, strict=False))
    plain = numeral.translate(GROUPS)
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return float(plain)
    sign, digits = plain[last], plain.replace(".", "").replace(",", "")
    behind = len(plain) - last - 1
    is_whole = plain.count(sign) > 1 or (behind == 3 and sign != decimal and last > 0 and not _has_both(plain))
    return float(digits) if is_whole else float(f"{digits[: len(digits) - behind]}.{digits[len(digits) - behind :]}")


def _has_both(plain: str) -> bool:
    return "." in plain and "," in plain
