"""What restricts a sentence: the year, the country or group of people that it is about. Where two sentences are restricted differently and
the question is not, both may be true."""

import re
from collections.abc import Iterator
from itertools import pairwise

from rag.grounding.language.lexicon import lexicon, likely_language
from rag.grounding.passage import words_of
from rag.terms import terms_of
from rag.writing.conflicts.asked_value import ValueKind
from rag.writing.conflicts.values import NAME

YEAR = re.compile(r"(?<![\d.,/-])(?:19|20)\d\d(?![\d%]|[,.]\d)")
WHERE = re.compile(
    r"(?<!\w)(?:[Ii]n|[Ff]or|[Aa]t|[Bb]ei|[Ff]ür|[Ee]n|[Pp]our|[Pp]ara) (?:the |der |den |die |das |la |le |el )?"
)
GROUPS = re.compile(
    r"(?<!\w)(?:full|part|long|short|fixed)[- ]?(?:time|term)"
    r"|(?<!\w)(?:contractors?|interns?|managers?|freelancers?|students?|trainees?|apprentices?|seniors?|juniors?|children|adults?|members?|non-members?|domestic|international|national|weekdays?|weekends?|summer|winter"
    r"|teilzeit\w{0,20}|vollzeit\w{0,20}|praktikant\w{0,5}|werkstudent\w{0,5}|auszubildende\w{0,3}|azubis?)(?!\w)",
    re.IGNORECASE,
)


def is_qualified_apart(question: frozenset[str], kind: ValueKind, one: str, other: str) -> bool:
    """True when two sentences are about different years, places or groups of people, or name their subject differently.

    Args:
        question: its terms: what it names itself restricts nothing.
    """
    left, right = _qualifiers(one, question, kind), _qualifiers(other, question, kind)
    if any(left[name] and right[name] and not left[name] & right[name] for name in left):
        return True
    return left["group"] != right["group"] or _is_of_another(question, one, other)


def years_of(sentence: str) -> frozenset[str]:
    """The years that a sentence names."""
    return frozenset(YEAR.findall(sentence))


def _qualifiers(sentence: str, question: frozenset[str], kind: ValueKind) -> dict[str, frozenset[str]]:
    years = years_of(sentence) if kind != "date" else frozenset[str]()
    places = frozenset(_places(sentence)) if kind not in ("place", "name") else frozenset[str]()
    groups = frozenset().union(*(terms_of(match[0]) for match in GROUPS.finditer(sentence)))
    return {"year": years - question, "place": places - question, "group": groups - question}


def _places(sentence: str) -> Iterator[str]:
    for match in WHERE.finditer(sentence):
        name = NAME.match(sentence, match.end())
        if name is not None:
            yield from terms_of(name[0])


def _is_of_another(question: frozenset[str], one: str, other: str) -> bool:
    """True when a word of the question has another word before it in each: "paternity leave" and "maternity leave", asked for "leave"."""
    left, right = _before(question, one), _before(question, other)
    return any(left[term] and right[term] and not left[term] & right[term] for term in left.keys() & right.keys())


def _before(question: frozenset[str], sentence: str) -> dict[str, frozenset[str]]:
    """Term of the question → terms of the words before it that restrict it."""
    small = lexicon(likely_language(sentence)).function_terms
    found: dict[str, frozenset[str]] = {}
    for before, word in pairwise(words_of(sentence)):
        for term in terms_of(word) & question:
            own = frozenset() if any(map(str.isdigit, before)) else terms_of(before) - question - small
            found[term] = found.get(term, frozenset()) | own
    return found
