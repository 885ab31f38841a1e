"""Whether a question can be understood without the text that it was made of, and does not give its answer away."""

import re

from rag.exercises.english.verbs import verb
from rag.grounding.passage import words_of
from rag.terms import has_unspaced, terms_of

LONGEST, LONGEST_ANSWER = 170, 330  # characters
LEAST_WORDS, LEAST_TERMS = 3, 2
# Words that point at something outside the question.
_POINTING = """this these those such here it he she him we us our ours i my me above below following former latter aforementioned herein fig
above-mentioned et e.g i.e etc today yesterday tomorrow diese dieser dieses diesem diesen jene hier oben unten folgende er
sie es wir uns unser abbildung tabelle abschnitt kapitel seite beispiel hierbei dabei"""
POINTING = frozenset(_POINTING.split())
_POINTING_BACK = """they them their his her its itself themselves"""
POINTING_BACK = frozenset(_POINTING_BACK.split())
SHORT_ANSWER = 8  # words; a longer one is understood by the rest of it
BACK_AFTER = 3  # words from the beginning
SIGNS = re.compile(r"[\[\]{}<>|\\“”\"«»=*`~^_→•]|#(?!\w)|\S@|@(?!\w)|https?:|--| [-–—] |—|\.\.|[;:()]")
VAGUE = re.compile(
    r"\b(?:the (?:same|other|others|two|first one)|another|something|someone|things?|one of them|so that it|as well"
    r"|(?:the|in|see) (?:figure|table|section|chapter|page|equation|appendix|paragraph|slide|example|paper|article|document|doc)"
    r"|(?:figure|table|section|chapter|page|equation|appendix|step) \d{1,4})\b",
    re.IGNORECASE,
)
RELATIVE = re.compile(r"\A\w+ (?:which|whom|that|this|these|all)\b")  # "after which it is closed"
GLUED = re.compile(r"(?<![A-Za-z])[A-Za-z]{3,}+(?:[.!?] [a-z]|\.[a-z] )")  # two sentences, or the ends of two
LINKED = re.compile(
    r"(?:In addition|For example|For instance|In fact|In other words|As a result|In contrast|On the other hand)\b"
)
NEW_CLAUSE = re.compile(
    r", (?:but|so|yet|while|which|who|where|and then|and it|and they|and you|although|however)\b"
    r"| and (?:the|an?) (?:[\w-]+ ){1,5}(?:is|are|was|were|has|have|had)\b"
    r"|, and (?:[\w-]+ ){1,8}(?:is|are|was|were|has|have|had|will|can|must|should)\b"
)
AFTER_JOINT = re.compile(r"\b(?:if|when|once|before|after|unless|until|because|that) (?:they|them|their|his|her|its)\b")
NOT_ANSWERS = re.compile(
    r"\A(?:the same|different|as follows|this|these|that|those|it|here|there|we|our|true|possible|important|not|see|his|her|their|its"
    r"|such|to be|my|your)\b",
    re.IGNORECASE,
)
_UNFINISHED = """the a an and or of to in with from by at for on via that than as der die das und oder von mit"""
UNFINISHED = frozenset(_UNFINISHED.split())
DEFINITE_SUBJECT = re.compile(
    r"\b(?:is|are|was|were|does|do|did|can|must|should|would|will|may|shall|has|have) the ([a-z]+) ([a-z]+)"
)
BARE_DEFINITE = re.compile(
    r"\bthe ([a-z]{3,}?)(?=[?.,]|\Z| (?:is|are|was|were|has|have|do|does|did|can|must|should|will|may|be|fail|fails|and|or|that|to)\b)"
)


def is_clear(question: str, answer: str, *, least_terms: int = LEAST_TERMS) -> bool:
    """True for a question that stands alone and whose answer is not in it."""
    words = words_of(question)
    if (
        (len(words) < LEAST_WORDS and not has_unspaced(question))
        or len(question) > LONGEST
        or not 0 < len(answer) <= LONGEST_ANSWER
    ):
        return False
    if SIGNS.search(question) or VAGUE.search(question) or not POINTING.isdisjoint(words) or _is_unfinished(words):
        return False
    if (
        NEW_CLAUSE.search(question)
        or AFTER_JOINT.search(question.casefold())
        or NOT_ANSWERS.match(answer)
        or RELATIVE.match(answer)
    ):
        return False
    told_words = words_of(answer)
    if len(told_words) <= SHORT_ANSWER and not POINTING.isdisjoint(told_words):
        return False
    if not POINTING_BACK.isdisjoint(words[: BACK_AFTER + 1]) or (
        words[0] in ("who",) and not POINTING_BACK.isdisjoint(words)
    ):
        return False
    asked, told = terms_of(question), terms_of(answer)
    return len(asked) >= least_terms and bool(told - asked) and answer.casefold() not in question.casefold()


def is_clear_sentence(text: str) -> bool:
    """True for a sentence that can be understood alone, with a gap in it."""
    words = words_of(text)
    if GLUED.search(text) or LINKED.match(text):
        return False
    return POINTING.isdisjoint(words) and POINTING_BACK.isdisjoint(words[: BACK_AFTER + 1]) and not VAGUE.search(text)


def _is_unfinished(words: list[str]) -> bool:
    return (
        words[-1] in UNFINISHED
        and words[-3:-1] != ["known"]
        and words[-2] not in ("stand", "consist", "known", "responsible", "referred", "used")
    )


def vagueness(question: str) -> int:
    """How many things the question names that only its document makes clear: "the form", "the meeting"."""
    subject = DEFINITE_SUBJECT.search(question)
    is_bare = bool(subject and (verb(subject[2]) or subject[2].endswith("ed")))
    return max(len(BARE_DEFINITE.findall(question)), int(is_bare))
