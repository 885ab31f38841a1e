r"""What is a formula: TeX between ``$…$``, ``$$…$$``, ``\(…\)`` or ``\[…\]``, and not money or a bracket that somebody escaped.

The rule for single dollars is Pandoc's (no space inside the marks, no digit behind them), and more careful with text between two prices.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

CLOSERS = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
DELIMITERS = frozenset({*CLOSERS, *CLOSERS.values()})
LONGEST = 2000  # characters; so that an opening mark alone holds back no more than that
# A line that begins with a formula, behind the mark of a list.
DISPLAY_START = re.compile(r"\A[ \t]*+(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]++)*+(\$\$(?!\$)|\\\[)")
_TEX = re.compile(r"[\\^_{}=<>≤≥≈≠±×÷∑∫√∞]|[A-Za-z0-9)]\s{0,3}[+*/]\s{0,3}[A-Za-z0-9(]")
_WORDS = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,}+\s++[^\W\d_]{2}")
_SHORT = re.compile(r"[A-Za-zͰ-Ͽ][A-Za-z0-9Ͱ-Ͽ']{0,3}(?:\([^()\s]{0,20}\))?")
_NUMBER = re.compile(r"[-−]?[0-9][0-9.,\s]*+")
_MARKER = re.compile(r"\s{0,3}(?:sources?\s{0,3}:?\s{0,3})?\^?[0-9][0-9\s,;–-]*+", re.IGNORECASE)
# A closing mark: two dollars and no third, or a bracket whose backslash is its own.
_CLOSER = {"$$": re.compile(r"(?<![$\\])\$\$(?!\$)"), "\\[": re.compile(r"(?<!\\)(?:\\\\)*+(\\\])")}
# What would lead or load from elsewhere, which KaTeX does not do either.
_OUTWARD = re.compile(r"://|www\.|\\(?:href|url|includegraphics|html[A-Z])", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t>]*+\n")
# What may stand behind a formula on its line: a full stop, numbers of sources.
_REST = re.compile(r"\A[ \t]*+[.,;:]?[ \t]*+(?:[\[\]0-9, \t]++[.,;:]?)?[ \t]*+")
_STOP = re.compile(r"\A[ \t]*+[.,;:]")


def is_formula(opener: str, content: str) -> bool:
    """True when what stands between two marks is a formula, not words or money."""
    inner = content.strip()
    if not inner or len(content) > LONGEST or _OUTWARD.search(inner):
        return False
    if opener == "$$":
        return True
    if opener == "$" and (inner != content or (_NUMBER.match(inner) and not _is_tex(inner))):
        return False
    if opener == "\\[" and _MARKER.fullmatch(content):
        return False
    if opener == "\\[":
        return _is_tex(inner) or len(inner) == 1
    return _is_tex(inner) or bool(_SHORT.fullmatch(inner)) or bool(_NUMBER.fullmatch(inner))


def _is_tex(text: str) -> bool:
    has_words = bool(_WORDS.search(text)) and "\\" not in text
    return bool(_TEX.search(text)) and not has_words


def may_open(opener: str, before: str) -> bool:
    """True when a mark can open a formula behind this text: a single dollar not behind a word or a number."""
    return opener in CLOSERS and not (opener == "$" and _is_word(before[-1:]))


def may_close(closer: str, following: str) -> bool:
    """True when a mark can close a formula before this text."""
    return not (closer == "$" and _is_word(following[:1]))


def _is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


@dataclass(slots=True)
class HeldDisplay:
    """A line that begins with ``$$`` or ``\\[``, and what follows, until it is known whether it is a formula of its own.

    Attributes:
        opener: its opening mark.
        marks: the marks of lists and the indentation before it.
        raw: all text from the start of the line on.
    """

    opener: str
    marks: str
    _raw: list[str] = field(default_factory=list)

    @property
    def raw(self) -> str:
        """The whole text."""
        return "".join(self._raw)

    def add(self, text: str) -> None:
        """Adds text; line ends are ``\\n``."""
        self._raw.append(text)

    def verdict(self, *, is_last: bool) -> Literal["open", "words"] | tuple[int, int]:
        """Whether it is a formula: then its start and end in :attr:`raw`, with a full stop behind it; else ``words``, or not known yet."""
        raw, start = self.raw, len(self.marks)
        inside = start + len(self.opener)
        found = _CLOSER[self.opener].search(raw, inside)
        content = raw[inside : found.end() - 2] if found else raw[inside:]
        if (
            len(content) > LONGEST
            or _BLANK_LINE.search(content)
            or "$$" in content
            or "\\[" in content.replace("\\\\[", "")
        ):
            return "words"
        if found is None:
            return "words" if is_last else "open"
        end, line_end = found.end(), raw.find("\n", found.end())
        if line_end < 0 and not is_last and end == len(raw):
            return "open"  # a third dollar may follow
        if not is_formula(self.opener, content):
            return "words"
        rest = raw[end : line_end if line_end >= 0 else None]
        if not _REST.fullmatch(rest):
            return "words"
        if line_end < 0 and not is_last:
            return "open" if len(raw) <= 2 * LONGEST else "words"
        stop = _STOP.match(rest)
        return start, end + (stop.end() if stop else 0)
