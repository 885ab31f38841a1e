"""Dates as tables write them, whole or in part: ``23 October 2005``, ``November 6``, ``2005-10-23``, ``1912–13``, ``1990``."""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"\d++|[^\W\d_]++")
NUMERIC = re.compile(r"(?<!\d)(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?!\d)")
YEAR = re.compile(r"(?<![\d,.$€£:])(1\d{3}|20\d{2})(?![\d,:]|\.\d)")
MONTHS = (
    "january januar janvier enero,february februar février febrero,march märz mars marzo,april avril abril,may mai mayo,"
    "june juni juin junio,july juli juillet julio,august août agosto,september septembre septiembre,"
    "october oktober octobre octubre,november novembre noviembre,december dezember décembre diciembre"
)
MONTH_OF = {name: number for number, names in enumerate(MONTHS.split(","), 1) for name in names.split()}
MONTH_OF |= {name[:3]: number for name, number in MONTH_OF.items() if name.isascii() and name[:3] not in ("mar", "jui")}
MONTH_OF |= {"mar": 3, "sept": 9}
AMBIGUOUS = frozenset(["may", "mar", "mai", "mars", "march", "ene", "avr"])  # words or names as well
ORDINAL_ENDS = frozenset(["st", "nd", "rd", "th"])


@dataclass(frozen=True, slots=True)
class Moment:
    """A date; what it does not say is None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @property
    def key(self) -> tuple[int, int, int]:
        """To sort by; what is missing is 0."""
        return self.year or 0, self.month or 0, self.day or 0

    def includes(self, other: "Moment") -> bool:
        """True when the other agrees in all that this one says: October 2005 includes 23 October 2005."""
        return all(mine in (None, its) for mine, its in zip(_parts(self), _parts(other), strict=True))

    def is_before(self, other: "Moment") -> bool | None:
        """True or False as far as both say; None when they cannot be compared."""
        for mine, its in zip(_parts(self), _parts(other), strict=True):
            if mine is None and its is None:
                continue
            if mine is None or its is None:
                return None
            if mine != its:
                return mine < its
        return False


def moment_of(text: str) -> Moment | None:
    """The first date in a text; None without one. A day needs its month, and a bare number is a year from 1000 to 2099."""
    numeric = NUMERIC.search(text)
    if numeric and (found := _numeric(numeric)):
        return found
    return _named(text) or _year(text)


def _numeric(match: re.Match[str]) -> Moment | None:
    first, sign, second, third = int(match[1]), match[2], int(match[3]), int(match[4])
    if len(match[1]) == 4:
        year, month, day = first, second, third
    elif len(match[4]) == 4:
        is_day_first = sign == "." or first > 12
        year, month, day = third, *((second, first) if is_day_first else (first, second))
    else:
        return None
    return Moment(year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _named(text: str) -> Moment | None:
    tokens = [token.lower() for token in TOKEN.findall(text)]
    plain = [token for token in tokens if token not in ORDINAL_ENDS and token != "of"]
    for place, token in enumerate(plain):
        month = MONTH_OF.get(token)
        if month is None:
            continue
        around = plain[max(0, place - 1) : place + 3]
        if token in AMBIGUOUS and not any(other.isdigit() for other in around) and len(plain) > 1:
            continue
        before = plain[place - 1] if place else ""
        behind = [other for other in plain[place + 1 : place + 3] if other.isdigit()]
        day = next((int(other) for other in (before, *behind[:1]) if other.isdigit() and 1 <= int(other) <= 31), None)
        year = next((int(other) for other in behind if len(other) == 4), None)
        return Moment(year, month, day)
    return None


def _year(text: str) -> Moment | None:
    match = YEAR.search(text)
    return Moment(int(match[1])) if match else None


def _parts(moment: Moment) -> tuple[int | None, int | None, int | None]:
    return moment.year, moment.month, moment.day
