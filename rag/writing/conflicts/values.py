"""The values of a sentence by which it may answer: amounts, times, dates and names, each as it is written and comparable.

Two values are the same when they may be: 4 weeks and 28 days, 1,000 and 1000, "18 December 1868" and 1868, "J. Brown" and "Brown".
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.grounding.language.lexicon import Lexicon, Word, lexicon, likely_language, tokens
from rag.grounding.language.quantities import REACH, SIGNS, Quantity, quantities
from rag.grounding.language.units import CURRENCIES
from rag.grounding.passage import words_of
from rag.tables.dates import Moment, moment_of
from rag.terms import terms_of
from rag.writing.conflicts.asked_value import AskedValue, ValueKind

DATED = re.compile(
    r"(?<![\w.,/-])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}"
    r"|(?:\d{1,2}(?:st|nd|rd|th|\.)? (?:of )?)?+[^\W\d_]{3,10}\.?,? (?:\d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?+|\d{4})"
    r"|\d{1,2}(?:st|nd|rd|th|\.)? (?:of )?[^\W\d_]{3,10}|(?:1\d|20)\d\d)(?![\w%]|[,.:]\d)"
)
YEAR = re.compile(r"(?<![\w.,/-])(?:1\d|20)\d\d(?![\w%]|[,.:]\d)")
LIFE = re.compile(r"\s?[^\d()]{0,40}[-–—]\s?[^\d()]{0,20}")
NAME = re.compile(
    r"(?<![\w'’])[^\W\d_a-zß-öø-ÿ][\w'’.-]{0,40}"
    r"(?: (?:(?:of|the|and|de|la|von|van|der|den|di|da|del|&|for) ){0,2}[^\W\d_a-zß-öø-ÿ][\w'’.-]{0,40}){0,5}+"
)
SMALL_WORDS = """the a an in on at it its he she they this that these those there as by of and but for from with after before during when
while his her their our we you i if is was are were all both each one two three first january february march april may june july august
september october november december monday tuesday wednesday thursday friday saturday sunday yes no not mr mrs ms dr sir since until
although also however some many most such other"""
NOT_NAMES = frozenset(SMALL_WORDS.split())  # with a capital letter at the beginning of a sentence, say
DIED = terms_of("die died dies death")
SHARES = terms_of("percent percentage share rate proportion prozent anteil quote taux tasa part")
LONGEST_JOINT = 64  # characters between two dates of a life
AFTER, PAUSE = 0.5, 3.0  # words that a value seems farther behind a word, and beyond a comma
BY = re.compile(r"(?<!\w)(?:by|von|bởi|par|por) ")
IN = re.compile(r"(?<!\w)(?:[Ii]n|at|near|from|bei|aus|à|en|tại|ở) ")
PAUSES = frozenset(",;:()")
MOST_PARTS = 4  # of a place
ADJECTIVES = (
    "ian", "can", "ean", "ish", "ese", "French", "Dutch", "Greek", "Thai", "German", "Welsh", "Swiss", "Czech", "aeli", "ani",
)  # fmt: skip
CLOSE = 6  # words between a value and what the question names, where several values are possible


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a sentence.

    Attributes:
        text: as it is written there.
        content: comparable; of a name its terms, in order.
        start: offset in the sentence.
    """

    kind: ValueKind
    text: str
    content: Quantity | Moment | tuple[str, ...]
    start: int

    def same(self, other: "Value") -> bool:
        """True when both may be the same."""
        mine, its = self.content, other.content
        if isinstance(mine, Quantity) and isinstance(its, Quantity):
            return mine.equals(its)
        if isinstance(mine, Moment) and isinstance(its, Moment):
            return _may_be_same(mine, its)
        if isinstance(mine, tuple) and isinstance(its, tuple):
            return _same_place(mine, its) if self.kind == "place" else _same_name(mine, its)
        return False


def values_of(sentence: str, asked: AskedValue) -> list[Value]:
    """The values of the kind that is asked for which the question has not: those nearest to its words."""
    words = lexicon(likely_language(sentence))
    if asked.kind == "name":
        found = list(_names(sentence, asked))
    elif asked.kind == "place":
        found = list(_places(sentence, asked))
    elif asked.kind == "date":
        found = list(_dates(sentence, asked))
    else:
        found = list(_quantities(sentence, words, asked))
    return _nearest(sentence, found, asked)


def _may_be_same(left: Moment, right: Moment) -> bool:
    pairs = zip((left.year, left.month, left.day), (right.year, right.month, right.day), strict=True)
    shared = [(one, other) for one, other in pairs if one is not None and other is not None]
    return not shared or all(one == other for one, other in shared)


def _same_name(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """True when one has all words of the other, or both end with the same word."""
    small, large = sorted((frozenset(left), frozenset(right)), key=len)
    return small <= large or left[-1] == right[-1]


def _same_place(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """True unless both say where it lies, and in different places: a town and a street of it may be the same."""
    if min(len(left), len(right)) < 2:
        return len(left) != len(right) or _same_name(left, right)
    return left[-1] == right[-1] or frozenset(left) <= frozenset(right) or frozenset(right) <= frozenset(left)


def _names(sentence: str, asked: AskedValue) -> Iterator[Value]:
    """The names that the question has not; those behind "by" where there are such, as in "a film directed by Maria Lopez"."""
    found = list(_all_names(sentence, asked))
    by = [match.end() for match in BY.finditer(sentence)]
    makers = [value for value in found if any(_is_behind(sentence, end, value.start) for end in by)]
    yield from makers or found


def _is_behind(sentence: str, end: int, start: int) -> bool:
    """True when only a description stands between a word and a name: "by [the American rock band ]Boys Like Girls"."""
    between = sentence[end:start]
    return end <= start <= end + LONGEST_JOINT and not any(char in PAUSES for char in between)


def _all_names(sentence: str, asked: AskedValue) -> Iterator[Value]:
    for match in NAME.finditer(sentence):
        for start, text in _runs(match[0], match.start()):
            content = tuple(word for word in words_of(text) if len(word) > 1 and not terms_of(word) & asked.noun)
            new = terms_of(text) - asked.terms
            after = sentence[start + len(text) :][:2]
            is_adjective = " " not in text and text.endswith(ADJECTIVES) and after[:1] == " " and after[1:].islower()
            is_noun = not asked.noun or asked.noun & terms_of(text)
            is_title = (
                bool(terms_of(content[-1]) & asked.near) if content and not asked.noun else False
            )  # "the Acme CEO"
            if content and new and is_noun and not is_adjective and not is_title:
                yield Value(asked.kind, text.strip(" .,"), content, start)


def _places(sentence: str, asked: AskedValue) -> Iterator[Value]:
    """The places behind "in", "at", "near", each with what it lies in: "Abingdon, Virginia"."""
    for match in IN.finditer(sentence):
        name = NAME.match(sentence, match.end())
        if name is None:
            continue
        parts, end = [name[0]], name.end()
        while sentence[end : end + 2] == ", " and (name := NAME.match(sentence, end + 2)) and len(parts) < MOST_PARTS:
            parts.append(name[0])
            end = name.end()
        text = sentence[match.end() : end]
        content = tuple(" ".join(words_of(part)) for part in parts)
        if terms_of(text) - asked.terms and content[0] not in NOT_NAMES and content[0]:
            yield Value("place", text.strip(" .,"), content, match.end())


def _runs(text: str, start: int) -> Iterator[tuple[int, str]]:
    """The run without a first word that is no name ("The", "In")."""
    first, _, rest = text.partition(" ")
    if first.lower() in NOT_NAMES:
        if rest and rest[0].isupper():
            yield start + len(first) + 1, rest
        return
    yield start, text


def _dates(sentence: str, asked: AskedValue) -> Iterator[Value]:
    """The dates; of a life ("18 December 1868 – 26 December 1923") the end that is asked for."""
    found = list(_all_dates(sentence))
    ends = asked.terms & DIED
    for place, value in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        before = found[place - 1] if place else None
        begins_life = after is not None and _is_life(sentence, value, after)
        ends_life = before is not None and _is_life(sentence, before, value)
        if not (begins_life and ends) and not (ends_life and not ends):
            yield value


def _is_life(sentence: str, one: Value, other: Value) -> bool:
    end = one.start + len(one.text)
    is_bracketed = sentence.rfind("(", 0, one.start) > sentence.rfind(")", 0, one.start)
    return (
        is_bracketed and other.start - end <= LONGEST_JOINT and LIFE.fullmatch(sentence[end : other.start]) is not None
    )


def _all_dates(sentence: str) -> Iterator[Value]:
    for match in DATED.finditer(sentence):
        moment, text, start = moment_of(match[0]), match[0], match.start()
        if moment is None or not (moment.year or moment.month):
            continue
        year = YEAR.search(text)
        if moment.month is None and year:  # "the 1959"
            text, start = year[0], start + year.start()
        yield Value("date", text, moment, start)


def _quantities(sentence: str, words: Lexicon, asked: AskedValue) -> Iterator[Value]:
    lower = sentence.lower()
    if len(lower) != len(sentence):
        return
    every = tokens(lower)
    for quantity in quantities(lower, words, tuple(words.read(lower))):
        place = next((place for place, word in enumerate(every) if word.start == quantity.start), None)
        if place is None or not _fits(quantity, every, place, asked):
            continue
        start, end = _extent(every, place, words)
        yield Value(asked.kind, sentence[start:end], quantity, start)


def _fits(quantity: Quantity, words: Sequence[Word], place: int, asked: AskedValue) -> bool:
    """True when a quantity can be what is asked for."""
    kind = quantity.kind
    if kind in ("date", "clock"):
        return False
    if asked.kind == "money":
        return kind == "money"
    if asked.kind == "time":
        return kind in ("time", "rate")
    if quantity.unit == "percent" and not asked.terms & SHARES:
        return False
    following = terms_of(" ".join(word.text for word in words[place + 1 : place + 1 + REACH]))
    if asked.counted and not following & asked.counted:
        return False
    is_year = not quantity.unit and quantity.is_digits and words[place].text.isdecimal() and len(words[place].text) == 4
    if is_year and 1000 <= quantity.values[0] < 2100 and not following & asked.near:
        return False
    return not words[place].text.endswith(("st", "nd", "rd", "th"))


def _extent(words: Sequence[Word], place: int, lists: Lexicon) -> tuple[int, int]:
    """From the number or the sign before it to its unit."""
    start, end = words[place].start, words[place].end
    before = words[place - 1] if place else None
    if before and (before.text[0] in SIGNS or before.text in CURRENCIES):
        start = before.start
    for word in words[place + 1 : place + 1 + REACH]:
        if word.start - end > 1 or word.text[0].isnumeric():
            break
        if word.text in lists.units or word.text in lists.multiples:
            return start, word.end
        if word.text in lists.words("unit_stops"):
            break
    return start, words[place].end


def _nearest(sentence: str, found: Sequence[Value], asked: AskedValue) -> list[Value]:
    """The value nearest to a word of the question, where one is near; a number stands before what it counts."""
    must_be_near = asked.kind == "number" and not asked.counted
    if len(found) < 2 and not must_be_near:
        return list(found)
    words = tokens(sentence)
    marks = [number for number, word in enumerate(words) if asked.is_near(word.text)]
    places = {
        value: next((number for number, word in enumerate(words) if word.end > value.start), 0) for value in found
    }

    def distance(value: Value, mark: int) -> float:
        first, last = sorted((mark, places[value]))
        between = sentence[words[first].end : words[last].start]
        is_after = places[value] > mark
        return last - first + AFTER * is_after + PAUSE * any(sign in between for sign in ",;()")

    nearest = {value: min((distance(value, mark) for mark in marks), default=math.inf) for value in found}
    best = min(found, key=lambda value: nearest[value], default=None)
    if best is not None and nearest[best] <= CLOSE:
        return [best]
    return [] if must_be_near else list(found)
