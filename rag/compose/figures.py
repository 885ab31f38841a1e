"""The figures and dates of sentences, as they are written: amounts with their unit, percentages, money, dates."""

from collections.abc import Sequence

from rag.grounding.language.lexicon import Lexicon, Word, lexicon, likely_language, tokens

SIGNS = "€$£¥%"
ARTICLES = frozenset(("one", "ein", "eins", "un", "una", "uno", "một"))


def value_of(text: str) -> str:
    """The first amount with a unit, or date, of a sentence; empty where it has none."""
    lists, words = lexicon(likely_language(text)), tokens(text)
    for place in range(len(words)):
        extent = _amount(text, words, place, lists) or _date(words, place, lists)
        if extent:
            return text[words[extent[0]].start : words[extent[1]].end]
    return ""


def _amount(text: str, words: Sequence[Word], place: int, lists: Lexicon) -> tuple[int, int] | None:
    """The places of the first and last word of an amount: "sixteen weeks", "$ 12.50", "6.2 %"."""
    if not _is_number(words[place], lists):
        return None
    if place and words[place - 1].text[0] in SIGNS[:-1]:
        return place - 1, place
    after = words[place + 1 : place + 3]
    for step, word in enumerate(after, start=1):
        name = word.text.lower() if len(word.text) > 1 else word.text
        is_near = not text[words[place].end : word.start].strip().strip("".join(one.text for one in after[: step - 1]))
        is_unit = (name in lists.units or word.text[0] in SIGNS) and is_near
        if is_unit and all(other.text.lower() in lists.multiples for other in after[: step - 1]):
            return place, place + step
    return None


def _date(words: Sequence[Word], place: int, lists: Lexicon) -> tuple[int, int] | None:
    """The same of a date with the name of a month and a number beside it: "31 March", "March 31, 2024", "June 2020"."""
    if words[place].text.lower() not in lists.months or not words[place].text[0].isupper():
        return None
    first = place - 1 if place and words[place - 1].text.isdigit() else place
    last = place
    while last + 1 < len(words) and last - place < 2 and words[last + 1].text.isdigit():
        last += 1
    return (first, last) if (first, last) != (place, place) else None


def _is_number(word: Word, lists: Lexicon) -> bool:
    """True for digits and number words ("twenty-eight"), but for "one", which is an article in many languages."""
    small = word.text.lower()
    return small[0].isdigit() or (small not in ARTICLES and all(part in lists.numbers for part in small.split("-")))
