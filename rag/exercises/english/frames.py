"""Questions that an English sentence answers, by its form: conditions, purposes, commands, and all that statements say."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from rag.exercises.draft import AnswerKind
from rag.exercises.english import forms
from rag.exercises.english.clause import Clause, clause_of, is_base, is_command
from rag.exercises.english.statements import DEFINITION, OPEN_ENDS, is_somebody, made_of_clause, tells_to_do
from rag.exercises.english.verbs import words
from rag.exercises.made import Made

Inside = Callable[[str], str]  # the beginning of a sentence → as it stands inside one

LEAST_TO_DO = 4  # words of an answer
MOST_BEFORE_LEAD = 16  # words of a question that goes on with what stood first
LEAD_COST = 0.2
NO_PURPOSE = words("no_purpose")
NO_DEED = frozenset(("Be", "Try", "Make", "Need", "Want", "Use", "Avoid", "Do", "Never", "Don't"))
PRESENT = frozenset(("is", "are", "has", "have", "can", "do", "does"))
RELATIVES = frozenset(("that", "which", "who", "so", "if", "when"))


def made_of(text: str, inside: Inside) -> Iterator[Made]:
    """The questions that a sentence answers."""
    plain = forms.ASIDE.sub("", forms.LABEL.sub("", text)).rstrip(". !")
    plain = _capital(plain)
    yield from _with_lead(plain, inside)
    yield from _commands(plain)
    if clause := clause_of(plain):
        yield from made_of_clause(clause, inside(clause.subject))
    elif (found := forms.LEAD.match(plain)) and (clause := clause_of(found[2])):
        lead = _small(found[1])
        for made in made_of_clause(clause, clause.subject):
            if len(made.question.split()) <= MOST_BEFORE_LEAD and made.worth != DEFINITION:
                yield replace(made, question=f"{made.question[:-1]} {lead}?", worth=made.worth - LEAD_COST)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _commands(plain: str) -> Iterator[Made]:
    """What to use, where to send it, what to do for a purpose; and how many there are."""
    if found := forms.USE.match(plain):
        yield Made(f"What should you use {found[2]} {found[3]}?", found[1], AnswerKind.TERM, 2.6)
    if found := forms.PLACED.match(plain):
        yield Made(f"Where should you {found[1].lower()} {found[2]}?", found[3], AnswerKind.NAME, 2.4)
    if found := forms.THERE.match(plain):
        text, answer = f"How many {found[3]} {found[1]} there {found[4]}?", f"{found[2]} {found[3]}"
        yield Made(text, answer, AnswerKind.NUMBER, 3.0, found[3])
    elif (found := forms.TO_DO.match(plain)) and is_command(found[1]) and is_base(found[2]):
        deed = found[1].split()
        if (
            len(deed) >= LEAST_TO_DO
            and deed[-1] not in NO_PURPOSE
            and deed[0] not in NO_DEED
            and RELATIVES.isdisjoint(deed)
        ):
            yield Made(f"What should you do to {found[2]} {found[3]}?", found[1], AnswerKind.TEXT, 1.9)


def _with_lead(plain: str, inside: Inside) -> Iterator[Made]:
    """Questions to a sentence that begins with a date, a condition or a purpose, or ends with a condition."""
    for pattern, beginning in ((forms.LEAD_DATE, "When"), (forms.LEAD_OFTEN, "How often"), (forms.LEAD_BY, "How")):
        found = pattern.match(plain)
        clause = clause_of(found[2]) if found else None
        if found and clause and clause.subject.casefold() != "you":
            kind = AnswerKind.DATE if beginning == "When" else AnswerKind.TEXT
            yield Made(clause.asked(beginning, inside(clause.subject)), found[1], kind, 2.8)
    if found := forms.LEAD_IF.match(plain):
        yield from _conditional(found[2], forms.GERUND.sub(r"when \1", _small(found[1])), inside)
    elif found := forms.LEAD_TO.match(plain):
        yield from _purpose(found[2], found[1], inside)
    elif (found := forms.TRAIL_IF.match(plain)) and _can_end(found[1]) and not forms.BECAUSE.match(plain):
        yield from _deed(found[1], f"{found[2]} {found[3]}", inside, 2.4)


def _can_end(text: str) -> bool:
    """False for "tell", after which "if" is no condition."""
    return text.split()[-1] not in OPEN_ENDS


def _deed(main: str, condition: str, inside: Inside, worth: float) -> Iterator[Made]:
    """What is to be done under a condition or for a purpose."""
    clause = clause_of(_capital(main))
    if clause and tells_to_do(clause) and _can_act(clause):
        is_told = clause.subject.casefold() == "you" and clause.auxiliary in ("will", "shall")
        text = f"What {'should' if is_told else clause.auxiliary} {inside(_capital(clause.subject))} do {condition}?"
        yield Made(text, clause.predicate, AnswerKind.TEXT, worth + 0.3)
    elif is_command(main):
        yield Made(f"What should you do {condition}?", main, AnswerKind.TEXT, worth)


def _can_act(clause: Clause) -> bool:
    """False for things that will or may do something: then one asks what happens."""
    is_open = clause.auxiliary in ("will", "shall", "can", "may") and clause.subject.casefold() != "you"
    has_short_name = any(len(word) > 1 and word.isupper() for word in clause.subject.split())
    return not is_open or has_short_name or is_somebody(clause.subject)


def _conditional(main: str, condition: str, inside: Inside) -> Iterator[Made]:
    """What is to be done, or happens, under a condition."""
    made = list(_deed(main, condition, inside, 2.6))
    clause = None if made else clause_of(_capital(main))
    if clause and clause.subject.casefold() != "you" and not condition.startswith(("before", "until", "unless")):
        is_past = clause.auxiliary in ("did", "was", "were") and PRESENT.isdisjoint(condition.split())
        happens = "happened" if is_past else "happens"
        made.append(Made(f"What {happens} {condition}?", main, AnswerKind.TEXT, 2.4))
    yield from made


def _purpose(main: str, purpose: str, inside: Inside) -> Iterator[Made]:
    """How something is done."""
    if is_command(main):
        yield Made(f"How do you {purpose}?", main, AnswerKind.TEXT, 2.6)
    else:
        yield from _deed(main, f"to {purpose}", inside, 2.4)
