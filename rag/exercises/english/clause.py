"""An English sentence as subject, auxiliary and predicate, where it is plain enough: what an inverted question needs.

"Each team reviews its budget." is ("each team", "does", "review its budget"). Sentences that words alone do not make clear have none.
"""

import re
from dataclasses import dataclass

from rag.exercises.english.verbs import participles, verb, words

BE = frozenset(("is", "are", "was", "were"))
DO = frozenset(("do", "does", "did"))
HAVE = frozenset(("has", "have", "had"))
MODALS = frozenset(("must", "should", "can", "may", "will", "shall", "could", "would", "might", "cannot"))
NOT_SUBJECT = words("not_subject")
DETERMINERS = words("determiners")
PREPOSITIONS = words("prepositions")
ADVERBS = words("adverbs")
MOST_SUBJECT_WORDS = 9
BOUNDARY = words("boundary")
UNCLEAN = re.compile(r"[,;:()\[\]{}<>|\\“”\"«»=*`]|--| [-–—] |—")
CONTRACTED = re.compile(r"(?:they|you|it|we|he|she|i|that|there|what|who)['’](?:re|s|ll|ve|d|m)")
ALSO = re.compile(r"\b(?:also|thus|therefore|however|now) ")
JOINED = re.compile(r"\b(?:and|or|but|then) (?:[a-z]+ly )?([a-z]+)")
ASIDE_CLAUSE = re.compile(
    r", (?:but|yet|while|whereas|which|who|where|whose|though|although|so (?!that)|as (?:we|it|they|there|you))\b|;| [-–—] |—"
)
AND = re.compile(r", (?:and|or|nor) ")
SECOND = re.compile(
    r"\A(?:[\w’'/-]+ ){0,7}(?:is|are|was|were|has|have|had|will|can|must|should|may|might|would|could|shall|does|do|did|[a-z]+(?:ed|es))\b"
)
NONE = "none"  # the word is a verb that does not agree with what stands before it: nothing is clear
NEGATED = words("negated")
IMPERATIVES = words("imperatives")
PLURAL = words("plural")


@dataclass(frozen=True, slots=True)
class Clause:
    """A main clause.

    Attributes:
        subject: as written.
        auxiliary: what stands before the subject in a question: "is", "must", "does".
        verb: the finite verb as written.
        predicate: what stands after the subject in a question, without the full stop.
        rest: what stands after the finite verb.
    """

    subject: str
    auxiliary: str
    verb: str
    predicate: str
    rest: str

    @property
    def is_plural(self) -> bool:
        """True for a subject with a plural verb."""
        return self.verb in ("are", "were", "have") or self.auxiliary == "do"

    def asked(self, beginning: str, subject: str, predicate: str | None = None) -> str:
        """The question that begins with a question word."""
        return (
            f"{beginning} {self.auxiliary} {subject} {self.predicate if predicate is None else predicate}".strip() + "?"
        )


def clause_of(text: str) -> Clause | None:
    """The main clause of a text without what stands before its subject; None where it is not plain."""
    tokens = _cut(text.rstrip(". ")).split()
    if not tokens or is_command(text):
        return None
    for place, token in enumerate(tokens[: MOST_SUBJECT_WORDS + 2]):
        if place and (found := _finite(tokens, place)):
            return _clause(tokens, place, found) if found != NONE else None
        if token.casefold() in BOUNDARY and token.casefold() not in ("and", "after", "before"):
            return None
    return None


def has_verb(text: str) -> bool:
    """True for a sentence with a finite verb, as far as it is known."""
    words = text.split()
    return text[:1].isupper() and any(
        word in BE or word in MODALS or word in HAVE or ((known := verb(word)) and known.form != "base")
        for word in words[1:]
    )


def _cut(text: str) -> str:
    """The text up to a clause that goes on with another thought."""
    found = ASIDE_CLAUSE.search(text)
    text = text[: found.start()] if found else text
    joint = AND.search(text)
    if joint and "," not in text[: joint.start()] and SECOND.match(text[joint.end() :]):
        return text[: joint.start()]
    return text


def is_base(word: str) -> bool:
    """True for a word that begins a command, "Check", and for nouns that look like one."""
    known = verb(word)
    return word.casefold() in IMPERATIVES or bool(known and known.form == "base" and known.base == word.casefold())


def is_command(text: str) -> bool:
    """True for a sentence that tells the reader to do something: "Check the logs", not "Check marks are set"."""
    tokens = text.removeprefix("Please ").removeprefix("please ").split()
    return len(tokens) > 1 and is_base(tokens[0]) and not _has_auxiliary_after(tokens, 0)


def _finite(tokens: list[str], place: int) -> str:
    """The auxiliary for a question where the word at this place is the verb of the sentence; empty where it is none."""
    word, before = tokens[place], tokens[place - 1].casefold()
    after = tokens[place + 1].casefold() if place + 1 < len(tokens) else ""
    if word in BE or word in MODALS:
        return word
    if word in HAVE and (after in participles() or after == "been"):
        return word
    known = verb(word) if word.islower() else None
    if known is None or before in DETERMINERS or before in PREPOSITIONS or before in BOUNDARY or before.endswith("'s"):
        return ""
    if _has_auxiliary_after(tokens, place):
        return ""
    if known.form == "past":
        return "did" if after != "by" else ""
    head = _head(tokens[:place])
    is_plural = head.casefold() in PLURAL or (head.endswith("s") and not head.endswith(("ss", "us", "is")))
    if tokens[0].casefold() in ("you", "teams", "employees"):
        is_plural = True
    if known.form == "third":
        return NONE if is_plural else "does"
    return "do" if is_plural else ""


def _head(subject: list[str]) -> str:
    """The last word of a subject before its first preposition."""
    end = next((place for place, word in enumerate(subject) if place and word.casefold() in PREPOSITIONS), len(subject))
    return subject[end - 1]


def _has_auxiliary_after(tokens: list[str], place: int) -> bool:
    """True when another finite verb may be the sentence's: one follows before a word that begins a new clause."""
    for token in tokens[place + 1 :]:
        if token.casefold() in BOUNDARY or token.endswith((",", ";")):
            return False
        if token in BE or token in MODALS or token in HAVE or token in DO or token.replace("’", "'") in NEGATED:
            return True
    return False


def _clause(tokens: list[str], place: int, auxiliary: str) -> Clause | None:
    subject = tokens[:place]
    while len(subject) > 1 and (subject[-1].casefold() in ADVERBS or subject[-1].endswith("ly")):
        subject.pop()
    if not _is_clean(subject):
        return None
    rest = " ".join(tokens[place + 1 :])
    word = tokens[place]
    if word.casefold() in {one.casefold() for one in subject}:  # the header of a table
        return None
    if rest.startswith(("not ", "never ", "no longer ", "n't")) or word == "cannot":
        return None
    known = verb(word) if auxiliary in ("do", "does", "did") else None
    if known and known.form != "base" and _goes_on(rest, known.form):
        return None
    rest = ALSO.sub("", rest)
    predicate = f"{known.base} {rest}".strip() if known else rest
    return Clause(" ".join(subject), auxiliary, word, predicate, rest)


def _goes_on(rest: str, form: str) -> bool:
    """True when a second verb would need its base form, too: "introduced a change and broke the build"."""
    return any((other := verb(word)) and other.form == form for word in JOINED.findall(rest))


def _is_clean(subject: list[str]) -> bool:
    """True for a subject that can be understood by itself."""
    lower = [word.casefold() for word in subject]
    if len(subject) > MOST_SUBJECT_WORDS or UNCLEAN.search(" ".join(subject)):
        return False
    if lower == ["you"]:
        return True
    if any(CONTRACTED.fullmatch(word) for word in lower):
        return False
    if (
        "you" in lower
        or "your" in lower[1:]
        or not NOT_SUBJECT.isdisjoint(lower)
        or not words("reporting").isdisjoint(lower[1:])
    ):
        return False
    if (
        lower[0] in PREPOSITIONS
        or lower[0] in ADVERBS
        or lower[0].endswith("ly")
        or lower[-1] in PREPOSITIONS | DETERMINERS | {"and"}
    ):
        return False
    return not (lower[0] in ("the", "a", "an") and len(lower) == 1)
