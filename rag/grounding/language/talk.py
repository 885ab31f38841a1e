"""Recognises talk: sentences about the conversation, which say nothing from the documents and need no source.

Greetings, apologies, introductions ("Here is a comparison."), and closings ("That is all."). A sentence that begins so and goes
on to say something ("Sorry, the office is closed on Sundays.") is no talk: few other words may follow. A figure ends all talk.
"""

from rag.grounding.language.lexicon import Lexicon, lexicon
from rag.terms import terms_of

BEGINNINGS = ("greetings", "apologies", "introductions", "closings")
MOST_OTHERS = {"greetings": 1, "apologies": 1, "introductions": 4, "closings": 2}  # terms besides the words of talk
LONGEST = 300  # characters
PUNCTUATION = " \t\n,.;:!?！。，、；：—–-*_\"'“”"


def is_talk(text: str, lexicon_: Lexicon, question: str = "") -> bool:
    """True when a sentence is only talk; an introduction may repeat the question's words."""
    if len(text) > LONGEST or any(char.isdigit() for char in text) or _says_more_behind_colon(text):
        return False
    lower = text.lower().replace("’", "'")
    return any(_is_talk(lower, lists, question) for lists in dict.fromkeys((lexicon_, lexicon("en"))))


def _is_talk(text: str, lists: Lexicon, question: str) -> bool:
    if any(phrase in text for phrase in lists.phrases("offers")):
        begins = lists.leading(text.lstrip(PUNCTUATION), "offer_beginnings", "offers", *BEGINNINGS)[0]
        if begins:
            return True
    rest, kinds = text.lstrip(PUNCTUATION), []
    for _ in range(3):  # "Sure, happy to help. Here is …"
        kind, length = lists.leading(rest, *BEGINNINGS)
        if not kind:
            break
        kinds.append(kind)
        rest = rest[length:].lstrip(PUNCTUATION)
    if not kinds:
        return False
    allowed = {term for word in lists.phrases("talk_words") for term in terms_of(word)} | terms_of(
        " ".join(lists.phrases("function_words"))
    )
    if kinds[-1] == "introductions":
        allowed |= terms_of(question)
    return len(terms_of(rest) - allowed) <= max(MOST_OTHERS[kind] for kind in kinds)


def _says_more_behind_colon(text: str) -> bool:
    _, colon, rest = text.partition(":")
    return bool(colon and terms_of(rest))
