"""What a spreadsheet shows for a value: numbers and dates under their format codes (``#,##0.00``, ``dd/mm/yyyy``)."""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]')
DATE_PART = re.compile(r"yyyy|yy|y|mmmmm|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss|s|AM/PM|A/P|.", re.IGNORECASE | re.DOTALL)
DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
DIGITS = re.compile(r"[0#?][0#?,]*(?:\.[0#?]*)?,*")
LOCAL_DATES = (
    "mm-dd-yy",
    "m/d/yy h:mm",
    "general",
    "",
)  # shown by the taste of each reader's machine: no order is right
MOST_DIGITS = 15  # of those Excel keeps
PARTS = {
    "yyyy": "%Y", "yy": "%y", "y": "%y", "mmmmm": "%b", "mmmm": "%B", "mmm": "%b", "dddd": "%A", "ddd": "%a",
    "dd": "%d", "hh": "%H", "ss": "%S",
}  # fmt: skip
Value = str | bool | int | float | datetime | date | time | timedelta | None


def shown(value: object, code: str) -> str:
    """A cell's value as its sheet shows it.

    Args:
        code: the cell's number format; ``General`` when it has none.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value, code)
    if isinstance(value, (datetime, date, time)):
        return _moment(value, code)
    return str(value)


def _number(value: float, code: str) -> str:
    sections = code.split(";")
    chosen = sections[1] if value < 0 and len(sections) > 1 and sections[1] else sections[0]
    before, pattern, after = _affixes(chosen)
    if not pattern or abs(value) >= 10**MOST_DIGITS or "E" in chosen.upper() or "/" in after:
        return plain_number(value)
    whole, _, fraction = pattern.rstrip(",").partition(".")
    is_own_sign = chosen is not sections[0]
    amount = abs(value) if is_own_sign else value
    if "%" in before + after:
        amount *= 100
    amount /= 1000 ** (len(pattern) - len(pattern.rstrip(",")))
    least, most = fraction.count("0"), len(fraction)
    digits = f"{_rounded(amount, most):{',' if ',' in whole else ''}f}"
    if most > least:
        kept = len(digits) - (most - least)
        digits = (digits[:kept] + digits[kept:].rstrip("0")).rstrip(".")
    digits = _padded(digits, whole.replace(",", "").count("0"))
    return f"{before}{digits}{after}".strip()


def plain_number(value: float) -> str:
    """A number without a format: no ``.0``, no noise in the last places."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**MOST_DIGITS:
        return str(int(value))
    return str(value) if isinstance(value, int) else f"{value:.{MOST_DIGITS}g}"


def _rounded(amount: float, places: int) -> Decimal:
    """Halves away from zero, as people round."""
    return Decimal(repr(amount)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _padded(digits: str, least: int) -> str:
    """At least as many digits before the point as the code has zeros."""
    sign, rest = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    whole, point, fraction = rest.partition(".")
    return sign + whole.zfill(least) + point + fraction if "," not in whole else digits


@lru_cache(maxsize=512)
def _affixes(code: str) -> tuple[str, str, str]:
    """What stands before the digits, the code of the digits, and what stands after them; literals without their quotes."""
    text = LITERAL.sub(lambda found: (found[1] or found[2] or found[3] or "").replace("0", "\0"), code)
    digits = DIGITS.search(text)
    if digits is None:
        return "", "", ""
    return text[: digits.start()].replace("\0", "0"), digits[0], text[digits.end() :].replace("\0", "0")


def _moment(value: datetime | date | time, code: str) -> str:
    parts = _date_parts(code)
    if not parts:
        return _iso(value)
    is_noon_counted = any(part in ("am/pm", "a/p") for part, _ in parts)
    return "".join(_date_part(value, part, is_minutes, is_noon_counted) for part, is_minutes in parts).strip()


@lru_cache(maxsize=512)
def _date_parts(code: str) -> tuple[tuple[str, bool], ...]:
    """The parts of a date's code, each with whether it is minutes; none for a code that leaves the order to the reader."""
    plain = LITERAL.sub(lambda found: found[1] or found[2] or "", code.split(";")[0])
    if plain.lower() in LOCAL_DATES or not DATE_LETTERS.search(plain) or "[h" in code or "[m" in code:
        return ()
    parts = DATE_PART.findall(plain)
    return tuple((part.lower(), _is_minutes(parts, index)) for index, part in enumerate(parts))


def _date_part(value: datetime | date | time, part: str, is_minutes: bool, is_noon_counted: bool) -> str:
    if part in ("m", "mm") and not is_minutes:
        return _of(value, "%m" if part == "mm" else "month")
    if part in ("m", "mm"):
        return _of(value, "%M" if part == "mm" else "minute")
    if part in ("h", "hh") and is_noon_counted:
        return _of(value, "%I").lstrip("0") if part == "h" else _of(value, "%I")
    if part in ("am/pm", "a/p"):
        return _of(value, "%p")
    if part in ("d", "h", "s"):
        return _of(value, {"d": "day", "h": "hour", "s": "second"}[part])
    return _of(value, PARTS[part]) if part in PARTS else part


def _of(value: datetime | date | time, name: str) -> str:
    if name.startswith("%"):
        return value.strftime(name) if not isinstance(value, time) or name in ("%H", "%M", "%S", "%I", "%p") else ""
    return str(getattr(value, name, ""))


def _is_minutes(parts: list[str], index: int) -> bool:
    """``m`` means minutes right after hours and right before seconds."""
    letters = [part.lower()[0] for part in parts[:index] if DATE_LETTERS.match(part)]
    after = next((part.lower()[0] for part in parts[index + 1 :] if DATE_LETTERS.match(part)), "")
    return (bool(letters) and letters[-1] == "h") or after == "s"


def _iso(value: datetime | date | time) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value.isoformat()
