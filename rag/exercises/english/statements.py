"""Questions that a plain English statement answers: why, how, when, where, how many, who, what."""

import re
from collections.abc import Iterator

from rag.exercises.draft import AnswerKind
from rag.exercises.english import forms
from rag.exercises.english.clause import ADVERBS, BE, HAVE, MODALS, PREPOSITIONS, Clause
from rag.exercises.english.verbs import participles, third, words
from rag.exercises.made import Made

MUST = frozenset(("must", "should", "can", "may", "will", "shall"))
MANNERS = (
    (forms.HOW, "How", 2.8),
    (forms.OFTEN, "How often", 3.0),
    (forms.WHENEVER, "When", 2.5),
    (forms.CONDITION, "Under which condition", 2.2),
)
TIMES = frozenset(("when", "if", "until", "before", "after"))
DEFINITION = 2.6  # worth
LEAST_PREDICATE = 2  # words of a verb and what it needs
MOST_SUBJECT, MOST_TERM = 6, 5  # words of what is an answer, or is defined
LEAST_TOLD = 5  # words that are said of what is asked for
MOST_BEFORE_NUMBER = (40, 3)  # characters and words between the subject and what is counted
MOST_OBJECT = 24  # words
OPEN_ENDS, STATES, NO_OBJECT = words("open_ends") | PREPOSITIONS, words("states"), words("no_object")
NOT_COUNTED_AFTER = ("and", "or", ",", "to", "than", "the", "a", "an", "every", "each", "per")


def made_of_clause(clause: Clause, subject: str) -> Iterator[Made]:
    """The questions that a clause answers.

    Args:
        subject: as it stands inside a sentence.
    """
    if clause.subject.casefold() == "you":
        if tells_to_do(clause) and clause.auxiliary not in ("will", "shall"):
            yield from _manners(clause, "you")
        return
    if found := forms.COUNTED_SUBJECT.match(clause.subject[:1].lower() + clause.subject[1:]):
        if found.end() == len(clause.subject):
            text = f"How many {found[2]} {clause.verb} {clause.rest}?"
            yield Made(text, clause.subject, AnswerKind.NUMBER, 2.9, found[2])
        return
    if found := forms.BECAUSE.match(clause.predicate):
        yield Made(clause.asked("Why", subject, found[1]), found[2], AnswerKind.TEXT, 3.0)
    for make in (_manners, _times, _counts, _passives, _being, _agents, _objects):
        yield from make(clause, subject)


def tells_to_do(clause: Clause) -> bool:
    """True for a sentence that tells what somebody is to do: "Admins must confirm it"."""
    return clause.auxiliary in MUST and not forms.NOT_DONE.match(clause.predicate)


def _manners(clause: Clause, subject: str) -> Iterator[Made]:
    """How, how often, when, under which condition."""
    for pattern, beginning, worth in MANNERS:
        found = pattern.match(clause.predicate)
        if found and _is_whole(found[1], clause) and not _is_doubly_timed(pattern, found[1], clause):
            if forms.RATE.match(found[2]):
                return
            asked = "Until when" if found[2].startswith("until ") else beginning
            said = _joined(found[1], found[3] if pattern is forms.OFTEN else None)
            yield Made(clause.asked(asked, subject, said), found[2], AnswerKind.TEXT, worth)
            return
    if clause.verb in BE and (found := forms.USED_FOR.match(clause.predicate)):
        yield Made(f"What {clause.verb} {subject} used for?", found[1].removeprefix("for "), AnswerKind.TEXT, 2.7)


def _is_doubly_timed(pattern: re.Pattern[str], predicate: str, clause: Clause) -> bool:
    """True where the predicate tells a time or a condition twice: which of them is asked for?"""
    if pattern not in (forms.WHENEVER, forms.CONDITION):
        return False
    return bool(forms.WITHIN.match(clause.predicate)) or not TIMES.isdisjoint(predicate.split())


def _is_whole(predicate: str, clause: Clause) -> bool:
    """True for a predicate that says something without what stood after it."""
    words_in = predicate.split()
    is_passive = clause.verb in BE or clause.verb in HAVE or "be" in words_in
    if forms.LAST_ALONE.search(predicate) or (words_in[-1] in participles() and not is_passive):
        return False
    return words_in[-1] not in OPEN_ENDS and (len(words_in) >= LEAST_PREDICATE or clause.verb in BE)


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _times(clause: Clause, subject: str) -> Iterator[Made]:
    """How long, within how many days, in which year."""
    if found := forms.WITHIN.match(clause.predicate):
        before, preposition, number, unit, after = found.groups()
        asked = "How long" if preposition == "for" else f"{preposition.capitalize()} how many {unit}"
        text = clause.asked(asked, subject, _joined(before, after))
        yield Made(text, f"{number} {unit}", AnswerKind.NUMBER, 3.1, unit)
    elif (found := forms.WHEN.match(clause.predicate)) and not _belongs_to_date(found[3]):
        yield Made(clause.asked("When", subject, _joined(found[1], found[3])), found[2], AnswerKind.DATE, 2.8)


def _belongs_to_date(tail: str | None) -> bool:
    """True when what follows a date goes on with it: "in 1999 dollars", "in 1999 and 2001"."""
    return tail is not None and tail.split()[0] not in PREPOSITIONS


def _counts(clause: Clause, subject: str) -> Iterator[Made]:
    """How many of the object."""
    found = forms.COUNTED.search(clause.predicate)
    if found is None:
        return
    lead, tail = clause.predicate[: found.start()].rstrip(), clause.predicate[found.end() :].strip(" ,")
    of = forms.OF_COUNTED.match(tail)
    counted, tail = (f"{found[2]} {of[0]}", tail[of.end() :].strip()) if of else (found[2], tail)
    chars, most_words = MOST_BEFORE_NUMBER
    is_near = 0 < len(lead) <= chars and len(lead.split()) <= most_words
    if is_near and lead.split()[-1] not in PREPOSITIONS and not lead.endswith(NOT_COUNTED_AFTER):
        text = f"How many {counted} {clause.auxiliary} {subject} {_joined(lead, tail)}?"
        yield Made(text, f"{found[1]} {found[2]}", AnswerKind.NUMBER, 3.0, found[2])


def _passives(clause: Clause, subject: str) -> Iterator[Made]:
    """What it is called, where it is kept, how large it is."""
    predicate, be = clause.predicate.removeprefix("be "), " be" if clause.predicate.startswith("be ") else ""
    if clause.verb not in BE and not be:
        return
    if found := forms.CALLED.match(predicate):
        yield Made(f"What {clause.verb} {subject}{be} {found[1]}?", found[2], AnswerKind.TERM, 2.9)
    elif (found := forms.PLACE.match(predicate)) and not (found[1] == "based" and found[2].startswith("on ")):
        yield Made(f"Where {clause.verb} {subject}{be} {found[1]}?", found[2], AnswerKind.NAME, 2.8)
    elif found := forms.SIZED.match(predicate):
        tail = "" if "," in predicate[found.end() :] else predicate[found.end() :]
        text = f"{forms.HOW_SIZED[found[2]]} {clause.verb} {subject}{be}{tail}?"
        yield Made(text, found[1], AnswerKind.NUMBER, 2.9, found[1].split()[-1])


def _being(clause: Clause, subject: str) -> Iterator[Made]:
    """What or who it is."""
    predicate, length = clause.predicate, len(clause.subject.split())
    if clause.verb not in BE:
        return
    if found := forms.RESPONSIBLE.match(predicate):
        yield Made(f"Who is {found[1]} for {found[2]}?", clause.subject, AnswerKind.NAME, 3.0)
    elif (found := forms.SUPERLATIVE.match(predicate)) and length <= MOST_SUBJECT:
        yield Made(f"What {clause.verb} {found[1]}?", clause.subject, AnswerKind.TERM, 2.5)
    elif found := forms.OF_WHAT.match(clause.subject):
        is_clear = length > 2 or " of " in clause.subject or " for " in clause.subject
        if is_clear and forms.VALUE.match(predicate):
            yield Made(f"What {clause.verb} the {found[1]}?", predicate, AnswerKind.TEXT, 2.7)
    elif forms.DEFINITION.match(predicate) and _is_term(clause.subject) and len(predicate.split()) >= LEAST_TOLD - 1:
        yield Made(f"What {clause.verb} {subject}?", predicate, AnswerKind.TEXT, DEFINITION)


def _is_term(subject: str) -> bool:
    """True for a subject that a definition can be asked of; "What is increasing disk?" would ask for something else."""
    return len(subject.split()) <= MOST_TERM and not subject.split()[0].endswith("ing")


def _agents(clause: Clause, subject: str) -> Iterator[Made]:
    """Who or what does it."""
    found = forms.BY.match(clause.predicate)
    if found and clause.verb in BE and found[1] in participles() and is_somebody(found[3]):
        past = participles()[found[1]]
        done = past if clause.verb in ("was", "were") else third(past)
        text = f"Who {_joined(done, subject, found[2].strip(), found[4])}?"
        yield Made(text, found[3], AnswerKind.NAME, 3.0)
    elif _does_something(clause):
        if is_somebody(clause.subject) and not clause.subject.startswith(("A ", "An ")):
            yield Made(f"Who {clause.verb} {clause.rest}?", clause.subject, AnswerKind.NAME, 2.2)
        elif clause.auxiliary in ("does", "did") and is_named(clause.subject):
            yield Made(f"What {clause.verb} {clause.rest}?", clause.subject, AnswerKind.TERM, 1.9)


def _does_something(clause: Clause) -> bool:
    """True for a clause that says enough of its subject to be asked for it."""
    first, second, *_ = [*clause.predicate.split(), "", ""]
    is_finite = clause.auxiliary in ("does", "did") or clause.verb in MODALS
    is_told = len(clause.rest.split()) >= LEAST_TOLD and len(clause.subject.split()) <= MOST_SUBJECT
    return is_finite and is_told and first not in STATES and second not in NO_OBJECT


def is_named(text: str) -> bool:
    """True for a subject that is more than a common word."""
    is_one_of_many = text.startswith(("A ", "An ", "Each ", "Every ", "All "))
    return not is_one_of_many and (len(text.split()) > 2 or any(map(str.isupper, text[1:])))


def is_somebody(text: str) -> bool:
    """True for a role or a body of people."""
    return bool(forms.ROLE.search(text.split(" of ")[0].split(" for ")[0].split(" in ")[0]))


def _objects(clause: Clause, subject: str) -> Iterator[Made]:
    """What somebody or something does it to."""
    first, _, rest = clause.predicate.partition(" ")
    joined = " of" if first == "consist" else ""
    answer = rest.removeprefix("of ") if joined else rest
    begins = (answer.split() or [""])[0]
    is_object = begins not in NO_OBJECT | PREPOSITIONS | ADVERBS and not begins.endswith("ly")
    if clause.auxiliary in BE or not is_object or not LEAST_PREDICATE <= len(rest.split()) <= MOST_OBJECT:
        return
    if first in words("asked_for"):
        yield Made(f"What {clause.auxiliary} {subject} {first}{joined}?", answer, AnswerKind.TEXT, 2.5)
    elif first in words("transitive") and (found := forms.TAIL.search(answer)):
        thing, tail = answer[: found.start()], answer[found.start() :].strip()
        is_thing = "," not in thing and thing.split()[-1] not in participles().keys() | OPEN_ENDS
        if is_thing and len(thing.split()) <= MOST_SUBJECT + 1 and len(tail.split()) > LEAST_PREDICATE:
            yield Made(f"What {clause.auxiliary} {subject} {first} {tail}?", thing, AnswerKind.TERM, 2.2)
