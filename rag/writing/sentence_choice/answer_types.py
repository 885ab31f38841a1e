"""The type of answer that a question asks for, and whether a sentence has something of that type: a name, a date, a number, a reason.

Both are decided by phrases (``answer_types.toml``) and by the numbers, dates and capital letters of a sentence. A language without phrases
has no types.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from rag.grounding.language.lexicon import UNSPACED, lexicon, likely_language, month_names, tokens
from rag.grounding.passage import NUMBER_WORDS, figures
from rag.terms import terms_of

AnswerType = Literal[
    "who", "when", "where", "how_many", "how_much", "how_long", "why", "how_to", "definition", "yes_no", "which", "what"
]
TYPES: tuple[AnswerType, ...] = (
    "who", "when", "where", "how_many", "how_much", "how_long", "why", "how_to", "definition", "yes_no", "which", "what",
)  # fmt: skip
NAME = re.compile(r"(?<![.!?:“\"] )(?<!\A)(?<!\w)[^\W\d_a-zß-öø-ÿ][\w'’-]{1,40}")
CAPITAL = re.compile(r"(?<!\w)[A-ZÀ-ÞĐ][\w'’-]{1,40}")
YEAR = re.compile(
    r"(?<!\d)(?:1\d{3}|20\d{2}|2[45]\d{2})(?!\d)|\d{1,2}(?:st|nd|rd|th)? century|(?:ศตวรรษ|世纪|قرن|thế kỷ|Jahrhundert)"
)
DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,4}\s{0,2}(?:年|月|日)|\d{1,2}:\d{2}|(?<!\w)(?:ngày|tháng|năm|วันที่|ปี|عام|سنة)\s{0,2}\d"
)
NUMBER = re.compile(
    r"\d|[一二三四五六七八九十百千万亿两]{1,8}[个名次年天人种座支场]|(?:หนึ่ง|สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า|สิบ)"
)
MONEY = re.compile(
    r"[$€£¥%฿]|(?<!\w)(?:USD|EUR|GBP|CHF|dollars?|euros?|percent|million|billion|Millionen|Prozent|Euro)(?!\w)|美元|欧元|百分|ร้อยละ|دولار|بالمائة"
)
UNIT_OF_TIME = ("second", "minute", "hour", "day", "night", "week", "month", "quarter", "year")
BEGINNING = "^"


def answer_type(question: str) -> AnswerType | None:
    """The type that the earliest phrase of the question tells, of several there the longest; None when none tells."""
    language = likely_language(question)
    lower = question.lower().replace("’", "'").strip()
    found: tuple[int, int, AnswerType] | None = None
    for name, phrases in _asks(language).items():
        for phrase, is_beginning in phrases:
            place = _place(lower, phrase, language, is_beginning=is_beginning)
            if place is not None and (found is None or (place, -len(phrase)) < found[:2]):
                found = (place, -len(phrase), name)
    return found[2] if found else None


def fit(wanted: AnswerType | None, sentence: str, question: str) -> float:
    """How well a sentence has something of the wanted type that the question has not, 0 to 1."""
    if wanted is None or wanted in ("which", "what"):
        return 0.0
    if wanted in ("who", "where"):
        return _names(sentence, question, wanted)
    if wanted == "when":
        return _dates(sentence, question)
    if wanted in ("how_many", "how_much", "how_long"):
        return _numbers(sentence, question, wanted)
    return _phrases_in(wanted, sentence)


def _place(lower: str, phrase: str, language: str, *, is_beginning: bool) -> int | None:
    """Where a phrase stands in a question; None when it does not."""
    place = lower.find(phrase)
    while place >= 0:
        end = place + len(phrase)
        is_whole = language in UNSPACED or not (lower[place - 1 : place].isalnum() or lower[end : end + 1].isalnum())
        if is_whole:
            return place if place == 0 or not is_beginning else None
        place = lower.find(phrase, end)
    return None


def _names(sentence: str, question: str, wanted: AnswerType) -> float:
    """By the capitalised words that the question has not; more when they stand after a preposition of place."""
    asked = terms_of(question)
    names = [name for name in CAPITAL.findall(sentence) if not terms_of(name) <= asked and terms_of(name)]
    inner = [name for name in NAME.findall(sentence) if not terms_of(name) <= asked and terms_of(name)]
    score = min(1.0, 0.4 * bool(names) + 0.4 * bool(inner) + 0.2 * (len(inner) > 1))
    return score if wanted == "who" else 0.6 * score + 0.4 * _phrases_in(wanted, sentence)


def _dates(sentence: str, question: str) -> float:
    asked = figures(question)
    years = [year for year in YEAR.findall(sentence) if year not in asked]
    if years or DATE.search(sentence):
        return 1.0
    words = {word.text for word in tokens(sentence.lower())}
    if words & month_names() or words & lexicon(likely_language(sentence)).words("weekdays"):
        return 0.8
    return 0.3 if NUMBER.search(sentence) else 0.0


def _numbers(sentence: str, question: str, wanted: AnswerType) -> float:
    new = figures(sentence) - figures(question)
    words = {word.text for word in tokens(sentence.lower())}
    numbers = lexicon(likely_language(sentence)).numbers
    has_number = bool(new or NUMBER.search(sentence) or any(numbers.get(word, 0) > 1 for word in words))
    if not has_number:
        return 0.0
    if wanted == "how_much":
        return 1.0 if MONEY.search(sentence) else 0.6
    if wanted == "how_long":
        units = lexicon(likely_language(sentence)).units
        return 1.0 if any(units.get(word) in UNIT_OF_TIME for word in words) else 0.5
    return 1.0 if new or words & NUMBER_WORDS.keys() else 0.6


def _phrases_in(wanted: AnswerType, sentence: str) -> float:
    language = likely_language(sentence)
    lower = f" {sentence.lower()} "
    return float(
        any(_place(lower, phrase, language, is_beginning=False) is not None for phrase in _answers(language, wanted))
    )


@cache
def _data() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    data: Mapping[str, Mapping[str, Mapping[str, str]]] = tomllib.loads(
        (files(__package__) / "answer_types.toml").read_text("utf-8")
    )
    return data


@cache
def _asks(language: str) -> Mapping[AnswerType, tuple[tuple[str, bool], ...]]:
    """Type → phrases, each with whether it counts at the beginning alone."""
    lists = _data().get(language, {}).get("asks", {})
    return {
        name: tuple((phrase.lstrip(BEGINNING), phrase.startswith(BEGINNING)) for phrase in lists[name].split(", "))
        for name in TYPES
        if name in lists
    }


@cache
def _answers(language: str, wanted: AnswerType) -> tuple[str, ...]:
    phrases = _data().get(language, {}).get("answers", {}).get(wanted, "")
    return tuple(phrase for phrase in phrases.split(", ") if phrase)
