"""Dates, times and spans of time as a spreadsheet shows them: ``dd/mm/yyyy``, ``[h]:mm`` over 24 hours, ``ggge"年"m"月"``."""

from collections.abc import Sequence
from datetime import date, datetime, time

from openpyxl.utils.datetime import from_excel

from parsing.formats.ooxml.format_code import FormatSection, Token

LOCAL_DATES = ("mm-dd-yy", "m/d/yyh:mm")  # shown by the taste of each reader's machine: no order is right
DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60
BUDDHIST_YEARS = 543
JAPAN = "411"
ERAS = (  # their first days, names, and letters
    (date(2019, 5, 1), "令和", "R"), (date(1989, 1, 8), "平成", "H"), (date(1926, 12, 25), "昭和", "S"),
    (date(1912, 7, 30), "大正", "T"), (date(1868, 1, 25), "明治", "M"),
)  # fmt: skip
WEEKDAYS = "月火水木金土日"
Moment = datetime | date | time


def serial_shown(value: float, section: FormatSection, epoch: datetime) -> str:
    """A number that stands for a date or a span; empty when it stands for none."""
    if section.has("elapsed"):
        return span_shown(value, section)
    try:
        moment = from_excel(_whole_seconds(value, section), epoch)
    except (ValueError, OverflowError):
        return ""
    return moment_shown(moment, section) if isinstance(moment, (datetime, time)) and value >= 0 else ""


def span_shown(days: float, section: FormatSection) -> str:
    """A span of time, under a code that counts hours (``[h]:mm``), minutes or seconds in all; else in hours."""
    left = abs(round(days * DAY_S, 3))
    tokens = (
        section.tokens
        if section.has("elapsed")
        else (Token("elapsed", "h"), Token("literal", ":"), Token("date", "mm"))
    )
    if not _fraction_places(tokens):
        left = round(left)
    sizes = {"h": HOUR_S, "m": MINUTE_S, "s": 1}
    written, last = "", ""
    for at, token in enumerate(tokens):
        unit = token.text[0].lower() if token.kind in ("date", "elapsed") else ""
        if unit in sizes:
            count, left = divmod(left, sizes[unit]) if unit != last else (0, left)
            written += f"{int(count):0{len(token.text)}d}"
            last = unit
        elif token.kind == "." and last == "s":
            written += _fraction_of_second(left, tokens, at)
        elif token.kind != "digit":
            written += token.text if token.kind != "date" else ""
    return f"{'-' if days < 0 else ''}{written.strip()}"


def moment_shown(value: Moment, section: FormatSection) -> str:
    """A date or a time; in the order that leaves no doubt where the code leaves it to the reader's machine."""
    tokens = section.tokens
    plain = "".join(token.text for token in tokens).replace(" ", "").lower()
    if not section.is_date or plain in LOCAL_DATES:
        return _iso(value)
    has_noon = section.has("noon")
    era = _era(value) if section.locale.lstrip("-0").endswith(JAPAN) and section.has("date") else None
    return "".join(_part(value, tokens, at, has_noon, era) for at in range(len(tokens))).strip()


def _part(value: Moment, tokens: Sequence[Token], at: int, has_noon: bool, era: tuple[str, str, int] | None) -> str:
    token = tokens[at]
    kind, text = token.kind, token.text.lower()
    if kind == "noon":
        return _noon(value, token.text)
    if kind == "." and _is_after_seconds(tokens, at):
        return _fraction_of_second(getattr(value, "microsecond", 0) / 1e6, tokens, at)
    if kind == "digit":
        return ""
    if kind != "date":
        return token.text
    if text[0] == "g":
        return (era[0] if len(text) > 2 else era[0][:1] if len(text) > 1 else era[1]) if era else ""
    if text[0] == "e":
        return f"{era[2]:0{len(text)}d}" if era else _of(value, "%Y")
    if text[0] == "m" and _is_minutes(tokens, at):
        return _of(value, "%M" if len(text) > 1 else "minute")
    if text[0] == "h":
        hours = _of(value, "%I" if has_noon else "%H")
        return hours if len(text) > 1 else hours.lstrip("0") or "0"
    return _of_calendar(value, text)


def _of_calendar(value: Moment, text: str) -> str:
    """Years, months, days and seconds."""
    if text[0] == "s":
        return _of(value, "%S" if len(text) > 1 else "second")
    if isinstance(value, time):
        return ""
    if text[0] == "b":
        return str(value.year + BUDDHIST_YEARS) if len(text) > 2 else f"{(value.year + BUDDHIST_YEARS) % 100:02d}"
    if text[0] == "a":
        return WEEKDAYS[value.weekday()] + ("曜日" if len(text) > 3 else "")
    if text[0] == "y":
        return f"{value.year:04d}" if len(text) > 2 else f"{value.year % 100:02d}"
    names = {"m": ("month", "%m", "%b", "%B", "%b"), "d": ("day", "%d", "%a", "%A", "%A")}[text[0]]
    shown = _of(value, names[min(len(text), 5) - 1])
    return shown[0] if len(text) > 4 and text[0] == "m" else shown


def _noon(value: Moment, text: str) -> str:
    is_after = isinstance(value, (datetime, time)) and value.hour >= 12
    before, _, after = text.partition("/")
    return after if is_after else before


def _era(value: Moment) -> tuple[str, str, int] | None:
    """The era of a Japanese date, its letter, and the year in it."""
    if isinstance(value, time):
        return None
    day = value.date() if isinstance(value, datetime) else value
    return next(((name, letter, day.year - first.year + 1) for first, name, letter in ERAS if day >= first), None)


def _of(value: Moment, name: str) -> str:
    if name.startswith("%"):
        return value.strftime(name) if not isinstance(value, time) or name in ("%H", "%M", "%S", "%I") else ""
    return str(getattr(value, name, ""))


def _is_minutes(tokens: Sequence[Token], at: int) -> bool:
    """``m`` means minutes right after hours and right before seconds."""
    if len(tokens[at].text) > 2:
        return False
    units = [
        (number, token.text[0].lower()) for number, token in enumerate(tokens) if token.kind in ("date", "elapsed")
    ]
    before = next((unit for number, unit in reversed(units) if number < at), "")
    after = next((unit for number, unit in units if number > at), "")
    return before == "h" or after == "s"


def _is_after_seconds(tokens: Sequence[Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].kind in ("date", "elapsed") and tokens[at - 1].text[0].lower() == "s"


def _fraction_places(tokens: Sequence[Token]) -> int:
    return sum(token.kind == "digit" for token in tokens)


def _fraction_of_second(seconds: float, tokens: Sequence[Token], at: int) -> str:
    """The point at this place and the digits after it."""
    places = min(_fraction_places(tokens[at:]), 3)
    return f".{int(seconds % 1 * 10**places + 1e-6):0{places}d}" if places else "."


def _whole_seconds(value: float, section: FormatSection) -> float:
    """Days without what is beside the seconds, unless it is shown: a time of 8:30 is kept as 8:29:59.9999."""
    return value if _fraction_places(section.tokens) else round(value * DAY_S) / DAY_S


def _iso(value: Moment) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value.isoformat()
