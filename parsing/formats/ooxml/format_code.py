"""Number formats of spreadsheets as parts: ``[<0]"owes "0.00;[>=1000000]0.0,,"m";"settled"`` is three sections with conditions."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*+)"?|\\(?P<escaped>.)|_(?P<width>.?)|\*(?P<fill>.?)|\[\$(?P<currency>[^\[\]-]*+)(?P<locale>[^\[\]]*+)\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<condition>[<>=]{1,2}\s*+-?[\d.]++(?:E[+-]?\d++)?)\s*+\]|\[(?P<mark>[^\[\]]*+)\]"
    r"|(?P<general>General)|(?P<noon>AM/PM|A/P|上午/下午)|(?P<science>E[+-])"
    r"|(?P<date>y+|m+|d+|h+|s+|e+|g+|b+|aaaa?)|(?P<digit>[0#?])|(?P<sign>[.,%/@;])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
MOST_CHARS = 500  # Excel allows 255
DROPPED = ("width", "fill", "mark")
LITERALS = ("quoted", "escaped", "currency", "other")


class Token(NamedTuple):
    """A part of a format: ``literal``, or the kind by which TOKEN knows it, and its characters."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FormatSection:
    """What a format does with some values: those that meet its condition, or those that its place among the others is for.

    Attributes:
        condition: an operator and a number; None when it has none.
        locale: the language that it names, as ``-411``; empty for none.
    """

    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None = None
    locale: str = ""

    def has(self, *kinds: str) -> bool:
        """True when it has a part of one of these kinds."""
        return any(token.kind in kinds for token in self.tokens)

    @property
    def is_date(self) -> bool:
        """True when it shows a number as a date, a time or a span of time."""
        kinds = [token.kind for token in self.tokens]
        first = next((at for at, kind in enumerate(kinds) if kind in ("date", "elapsed", "noon")), None)
        return first is not None and not self.has("general", "science") and "digit" not in kinds[:first]

    @property
    def is_for_negatives(self) -> bool:
        """True when its condition holds for negative numbers alone (and zero): it says in its own way that they are."""
        return self.condition is not None and self.condition[0] in ("<", "<=", "=") and self.condition[1] <= 0

    def holds(self, value: float) -> bool:
        """True when its condition, if it has one, is met."""
        return self.condition is None or OPERATORS[self.condition[0]](value, self.condition[1])


@lru_cache(maxsize=512)
def sections_of_code(code: str) -> tuple[FormatSection, ...]:
    """The sections of a format: one, or those for positive numbers, negative ones, zero and texts."""
    sections: list[FormatSection] = []
    tokens: list[Token] = []
    condition: tuple[str, float] | None = None
    locale = ""
    for found in TOKEN.finditer(code[:MOST_CHARS]):
        kind = found.lastgroup or "other"
        if kind == "locale":  # stands in one bracket with the sign of a currency
            kind, locale = "currency", found["locale"] or locale
        text = found[kind]
        if kind == "sign" and text == ";":
            sections.append(FormatSection(tuple(tokens), condition, locale))
            tokens, condition = [], None
        elif kind == "condition":
            condition = _condition(text) or condition
        elif kind in LITERALS:
            tokens.append(Token("literal", text))
        elif kind not in DROPPED:
            tokens.append(Token(text if kind == "sign" else kind, text))
    return (*sections, FormatSection(tuple(tokens), condition, locale))


def section_for(sections: tuple[FormatSection, ...], value: float) -> tuple[FormatSection | None, bool]:
    """The section that shows a number, None when none does; and whether it shows it without its sign."""
    numeric = sections[:3]
    if any(section.condition for section in numeric):
        return _by_condition(numeric, value)
    if value < 0 and len(numeric) > 1 and numeric[1].tokens:
        return numeric[1], True
    if value == 0 and len(numeric) > 2:
        return numeric[2], False
    return numeric[0], False


def _by_condition(sections: tuple[FormatSection, ...], value: float) -> tuple[FormatSection | None, bool]:
    """A section without a condition is for what the ones before leave: after a first with one, the second is for negative numbers
    if a third follows."""
    for number, section in enumerate(sections):
        is_for_rest = section.condition is None and not (number == 1 and len(sections) > 2 and value >= 0)
        if (section.condition and section.holds(value)) or is_for_rest:
            takes_positives = any(
                one.condition and one.condition[0] in (">", ">=") and one.condition[1] <= 0 for one in sections[:number]
            )
            return section, section.is_for_negatives or (section.condition is None and takes_positives)
    return None, False


def _condition(text: str) -> tuple[str, float] | None:
    sign = text.rstrip("0123456789.eE+- ").rstrip()
    try:
        return (sign, float(text[len(sign) :])) if sign in OPERATORS else None
    except ValueError:
        return None
