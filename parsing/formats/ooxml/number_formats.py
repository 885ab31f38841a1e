"""What a spreadsheet shows for a value: numbers and dates under their format codes (``#,##0.00``, ``dd/mm/yyyy``)."""

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from openpyxl.utils.datetime import WINDOWS_EPOCH, to_excel

from parsing.formats.ooxml import date_formats
from parsing.formats.ooxml.format_code import FormatSection, Token, section_for, sections_of_code

MOST_DIGITS = 15  # of those Excel keeps
MOST_PLACES = 30
EAST_ASIAN_DATES = {27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58, 71, 72, 73, 74, 81}
ANY_MOMENT = "m/d/yy h:mm"  # what is shown is the reader's taste
REGIONAL_FORMATS = {  # numbers of formats that each language has in its own way: Chinese, Japanese, Korean, Thai
    **dict.fromkeys(EAST_ASIAN_DATES, "yyyy-mm-dd"), **dict.fromkeys((34, 35, 55, 56, 77), ANY_MOMENT),
    32: "h:mm", 33: "h:mm:ss", 59: "0", 60: "0.00", 61: "#,##0", 62: "#,##0.00", 67: "0%", 68: "0.00%", 69: "# ?/?",
    70: "# ??/??", 75: "h:mm", 76: "h:mm:ss", 78: "mm:ss", 79: "[h]:mm:ss", 80: "mm:ss.0",
}  # fmt: skip


def shown(value: object, code: str, epoch: datetime = WINDOWS_EPOCH) -> str:
    """A cell's value as its sheet shows it.

    Args:
        code: the cell's number format; ``General`` when it has none.
        epoch: the day from which dates are counted that are kept as numbers.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    sections = sections_of_code(code)
    if isinstance(value, (datetime, date, time)):
        return _moment(value, sections)
    if isinstance(value, timedelta):
        return date_formats.span_shown(value / timedelta(days=1), sections[0])
    if isinstance(value, (int, float)):
        return _number(value, sections, epoch)
    return _text(str(value), sections)


def plain_number(value: float) -> str:
    """A number without a format: no ``.0``, no noise in the last places."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**MOST_DIGITS:
        return str(int(value))
    return str(value) if isinstance(value, int) else f"{value:.{MOST_DIGITS}g}"


def _moment(value: datetime | date | time, sections: Sequence[FormatSection]) -> str:
    if sections[0].has("elapsed"):
        return date_formats.span_shown(float(to_excel(value)), sections[0])  # type: ignore[no-untyped-call]
    return date_formats.moment_shown(value, sections[0])


def _text(value: str, sections: Sequence[FormatSection]) -> str:
    """A text; a format may write something around it."""
    section = sections[3] if len(sections) > 3 else sections[0]
    if not section.has("@") or not section.has("literal"):
        return value
    return "".join(value if token.kind == "@" else token.text for token in section.tokens)


def _number(value: float, sections: tuple[FormatSection, ...], epoch: datetime) -> str:
    if not math.isfinite(value):
        return str(value)
    section, is_unsigned = section_for(sections, value)
    if section is None or section.has("@"):
        return plain_number(value)
    if section.is_date:
        return date_formats.serial_shown(value, section, epoch) or plain_number(value)
    amount = abs(value) if is_unsigned else value
    if section.has("general"):
        parts = (plain_number(amount) if token.kind == "general" else token.text for token in section.tokens)
        return "".join(parts).strip()
    if not section.has("digit"):
        literals = "".join(token.text for token in section.tokens)
        return literals.strip() if section.tokens or value == 0 else plain_number(value)
    sign = "-" if amount < 0 else ""
    if section.has("science"):
        return sign + _scientific(abs(amount), section.tokens)
    amount = abs(amount) * 100.0 ** sum(token.kind == "%" for token in section.tokens)
    if amount >= 10**MOST_DIGITS:
        return plain_number(value)
    written = _fraction(amount, section.tokens) if _is_fraction(section.tokens) else _digits(amount, section.tokens)
    return f"{sign if any(char in '123456789' for char in written[1]) else ''}{written[0]}".strip()


def _digits(amount: float, tokens: Sequence[Token]) -> tuple[str, str]:
    """A number of which each placeholder shows a digit, whatever stands between them (``000-00-0000``); and its digits alone."""
    point = next((at for at, token in enumerate(tokens) if token.kind == "."), len(tokens))
    places = [at for at, token in enumerate(tokens) if token.kind == "digit"]
    wholes, parts = [at for at in places if at < point], [at for at in places if at > point]
    last = wholes[-1] if wholes else point
    commas = [at for at, token in enumerate(tokens) if token.kind == ","]
    has_thousands = any(wholes and wholes[0] < at < last for at in commas)
    scale = sum(at > last and (at < point or at > max(places)) for at in commas)
    rounded = _rounded(amount / 1000**scale, min(len(parts), MOST_PLACES))
    whole, _, fraction = f"{rounded:f}".partition(".")
    filled = dict(_whole_digits("" if whole == "0" else whole, wholes, tokens, has_thousands))
    filled |= _part_digits(fraction, parts, tokens)
    is_point_shown = any(filled.get(at, "") for at in parts)
    filled[point] = "." if is_point_shown else ""
    text = "".join(
        filled.get(at, "") if token.kind in ("digit", ".", ",") else token.text for at, token in enumerate(tokens)
    )
    return " ".join(text.split()), whole + fraction


def _whole_digits(
    digits: str, places: list[int], tokens: Sequence[Token], has_thousands: bool
) -> list[tuple[int, str]]:
    """What stands at each placeholder before the point, from the right; the leftmost takes all digits that are left."""
    filled: list[tuple[int, str]] = []
    written = 0
    for at in reversed(places):
        taken = digits[-1:] if at != places[0] else digits
        digits = digits[: len(digits) - len(taken)]
        taken = taken or {"0": "0", "?": " "}.get(tokens[at].text, "")
        shown_here = ""
        for digit in reversed(taken):
            has_comma = has_thousands and written and written % 3 == 0 and digit.isdigit()
            shown_here = f"{digit}{',' if has_comma else ''}{shown_here}"
            written += 1
        filled.append((at, shown_here))
    return filled


def _part_digits(digits: str, places: list[int], tokens: Sequence[Token]) -> dict[int, str]:
    """What stands at each placeholder after the point: zeros at the end only where the code has zeros."""
    least = max((number for number, at in enumerate(places, 1) if tokens[at].text == "0"), default=0)
    kept = digits[:least] + digits[least:].rstrip("0")
    return dict(zip(places, kept, strict=False))


def _rounded(amount: float, places: int) -> Decimal:
    """Halves away from zero, as people round."""
    return Decimal(repr(amount)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _scientific(amount: float, tokens: Sequence[Token]) -> str:
    """``1.23E+05``; with more than one digit before the point, the exponent is a multiple of their number."""
    at = next(number for number, token in enumerate(tokens) if token.kind == "science")
    mantissa, rest = tokens[:at], tokens[at + 1 :]
    point = next((number for number, token in enumerate(mantissa) if token.kind == "."), len(mantissa))
    step = max(sum(token.kind == "digit" for token in mantissa[:point]), 1)
    exponent = math.floor(math.log10(amount)) if amount else 0
    exponent -= exponent % step
    places = sum(token.kind == "digit" for token in mantissa[point:])
    if _rounded(amount / 10.0**exponent, places) >= 10**step:
        exponent += step
    sign = "-" if exponent < 0 else tokens[at].text[1].replace("-", "")
    width = sum(token.kind == "digit" for token in rest)
    after = "".join(token.text for token in rest if token.kind not in ("digit", ".", ","))
    return f"{_digits(amount / 10.0**exponent, mantissa)[0]}E{sign}{abs(exponent):0{width}d}{after}".strip()


def _is_fraction(tokens: Sequence[Token]) -> bool:
    return any(
        token.kind == "/" and tokens[at - 1].kind == "digit" and (tokens[at + 1].kind == "digit" or tokens[at + 1].text.isdigit())
        for at, token in enumerate(tokens[1:-1], 1)
    )  # fmt: skip


def _fraction(amount: float, tokens: Sequence[Token]) -> tuple[str, str]:
    """``2 1/4``, of a code like ``# ?/?``; the part below is given, or has at most as many digits as the code; and its digits."""
    at = next(number for number, token in enumerate(tokens) if token.kind == "/")
    below = [token for token in tokens[at + 1 :] if token.kind == "digit" or token.text.isdigit()]
    written = "".join(token.text for token in below).replace("#", "?")
    has_whole = sum(token.kind == "literal" and token.text == " " for token in tokens[:at]) > 0
    if written.strip("?0"):
        under = int(written.replace("?", "0"))
        over = round(amount * under)
    else:
        nearest = Fraction(amount).limit_denominator(10 ** min(len(below), 5) - 1)
        over, under = nearest.numerator, nearest.denominator
    whole, over = divmod(over, under) if has_whole else (0, over)
    parts = [str(whole)] if whole or (not over and has_whole) else []
    parts += [f"{over}/{under}"] if over or not has_whole else []
    after = "".join(token.text for token in tokens[at + 1 :] if token.kind == "literal" and token not in below)
    return " ".join(parts) + after, "".join(parts)
