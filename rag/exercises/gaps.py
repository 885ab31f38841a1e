"""Sentences with a gap, and abbreviations: questions in any language that needs no grammar."""

import re
from collections.abc import Iterator

from rag.compose.wording import ENDS
from rag.exercises.draft import AnswerKind
from rag.exercises.languages import FILL, GAP, STANDS_FOR
from rag.exercises.made import Made
from rag.terms import has_unspaced

LONGEST_SENTENCE, LEAST_WORDS, LEAST_UNSPACED = 170, 7, 14
NUMBER = re.compile(
    r"(?<![\w.,/:#$€£+~-])(?:[$€£] ?)?(?:\d{1,3}(?:[.,]\d{3})+|\d{1,9})(?:[.,]\d{1,3})?(?: ?%| ?percent| ?Prozent)?(?![\w/:-]|[.,]\d)"
)
IN_UNSPACED = re.compile(r"(?<![\d.,A-Za-z])\d{1,9}(?:[.,]\d{1,3})?(?![\d.,A-Za-z])")
YEAR = re.compile(r"1[0-9]\d\d|20\d\d|25\d\d")
NAME = re.compile(r"(?<=[a-zà-ÿ,] )[A-ZÀ-Þ][\w’-]+(?: (?:of |the |de |van |von )?[A-ZÀ-Þ][\w’-]+){1,3}(?=[ ,.;]|\Z)")
SHORT = re.compile(r"\(([A-Z][A-Za-z]{0,2}[A-Z]{1,5}s?)\)")
WORD = re.compile(r"[^\W\d_][\w’'-]*")
NO_NAMES = ("de", "vi")  # German writes all nouns with a capital, Vietnamese a part of a name
POINTED = re.compile(
    r"\b(?:step|section|chapter|page|figure|table|rule|article|clause|proposition|version|part|note|level|rating|seite|satz|kapitel|abschnitt|"
    r"bemerkung|definition|khoản|điều|mục|chương|port)\s*+\Z",
    re.IGNORECASE,
)
_NO_UNITS = """in of on at and or to for is are was were the a an from by with as that than if when with und oder in von mit bis zu"""
NO_UNITS = frozenset(_NO_UNITS.split())
_SKIPPED = """of the and for in on de la le des du und der die das y e à"""
SKIPPED = frozenset(_SKIPPED.split())
LISTED = re.compile(r"\A(?:\d{1,3}[.)]|[a-z]\)|[-•*])\s*+")


def made_of(text: str, language: str) -> Iterator[Made]:
    """What an abbreviation in the sentence stands for, and the sentence with its number, date or name left out."""
    text = LISTED.sub("", text)
    yield from _abbreviations(text, language)
    words = WORD.findall(text)
    is_long = len(text) >= LEAST_UNSPACED if has_unspaced(text) else len(words) >= LEAST_WORDS
    if (
        not is_long
        or not text.endswith(ENDS)
        or len(text) > LONGEST_SENTENCE
        or any(
            sign in text
            for sign in ("“", "”", '"', "«", "»", "|", "`", "http", "„", "「", ":", "[", "(", "/", "#", "=")
        )
    ):
        return
    found = _gap(text, language)
    if found:
        answer, kind, start = found
        gapped = f"{text[:start]}{GAP}{text[start + len(answer) :]}"
        worth = 1.2 if kind is AnswerKind.NUMBER else 1.3 if kind is AnswerKind.DATE else 1.0
        unit = unit_after(text[start + len(answer) :])
        yield Made(FILL.get(language, FILL["en"]).format(text=gapped), answer, kind, worth, unit)


def _gap(text: str, language: str) -> tuple[str, AnswerKind, int] | None:
    """What is left out: a number that stands there once, else a name that does."""
    numbers = [one for one in (IN_UNSPACED if has_unspaced(text) else NUMBER).finditer(text) if one.start() > 0]
    if len(numbers) == 1:
        number = numbers[0]
        is_year = bool(YEAR.fullmatch(number[0]))
        if is_year or _counts(text[: number.start()], number[0], text[number.end() :], language):
            return number[0], AnswerKind.DATE if is_year else AnswerKind.NUMBER, number.start()
    if language in NO_NAMES or numbers:
        return None
    names = [one for one in NAME.finditer(text) if text.count(one[0]) == 1]
    if not names:
        return None
    longest = max(names, key=lambda one: len(one[0]))
    return longest[0], AnswerKind.NAME, longest.start()


def _counts(before: str, number: str, after: str, language: str) -> bool:
    """True for a number that counts something, not for that of a page, a version or a rule."""
    if POINTED.search(before) or before[-2:-1].isupper():
        return False
    if number.endswith(("%", "percent", "Prozent")) or number[0] in "$€£":
        return True
    if language in ("zh", "ja", "th"):
        return True
    unit = unit_after(after)
    return len(unit) > 1 and unit not in NO_UNITS and (language != "de" or after.strip()[:1].isupper())


def unit_after(after: str) -> str:
    """The word after a number, in lower case; empty where there is none."""
    words = WORD.findall(after[:30])
    return words[0].casefold() if words and after.startswith(" ") else ""


def _abbreviations(text: str, language: str) -> Iterator[Made]:
    """The words before an abbreviation that begin with its letters: "World Health Organization (WHO)"."""
    for found in SHORT.finditer(text):
        letters = found[1].rstrip("s").casefold()
        words = list(WORD.finditer(text[: found.start()]))
        kept: list[str] = []
        for word in reversed(words):
            kept.insert(0, word[0])
            initials = "".join(
                part[0] for one in kept if one.casefold() not in SKIPPED for part in one.split("-") if part
            ).casefold()
            if initials == letters and word[0].casefold() not in SKIPPED:
                full = text[word.start() : found.start()].strip()
                yield Made(
                    STANDS_FOR.get(language, STANDS_FOR["en"]).format(short=found[1]), full, AnswerKind.TERM, 2.7
                )
                break
            if len(initials) >= len(letters):
                break
