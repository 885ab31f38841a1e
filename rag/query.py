"""A question and its history to one stand-alone question, which is what gets searched for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import structlog

from rag.fence import Fence
from rag.models.completing import Completer
from rag.prompts import prompt
from rag.types import Turn
from rag.unseen import seen_line

log = structlog.get_logger(__name__)

TURNS = 3  # how far back a follow-up may point
LONGEST_CHARS = 2000
CONDENSE_TIMEOUT_S = 15.0
FOLLOW_UP = re.compile(
    r"^\W*(and|also|but|or|so|then|what about|how about|what if|what else|anything else|why|why not|which one|which ones|"
    r"und|was ist mit|et|y|e)\b",
    re.IGNORECASE,
)
PRONOUN = re.compile(
    r"\b(it|its|they|them|their|theirs|he|she|him|her|his|hers|those|these|this|that|there|the same|former|latter|ones?)\b",
    re.IGNORECASE,
)
VERB = re.compile(
    r"\b(is|are|was|were|do|does|did|can|could|should|will|would|has|have|had|may|might|must|tell|list|explain|"
    r"describe|show|give|find|summari[sz]e|compare)\b",
    re.IGNORECASE,
)
PRONOUN_WORDS, FRAGMENT_WORDS = 8, 4  # longer questions bring their own subject


async def standalone(question: str, history: Sequence[Turn], llm: Completer | None) -> str:
    """The question to search for. With a model it is asked once, and only when there is a history; else :func:`folded`."""
    if not history:
        return question
    if llm is not None:
        try:
            return await _condensed(question, history, llm)
        except Exception as error:  # search goes on without the model; the answer will say if it is really gone
            log.warning("query.condense_failed", error=type(error).__name__)
    return folded(question, [turn.question for turn in history])


def folded(question: str, earlier: Sequence[str]) -> str:
    """A follow-up with the question it follows in front of it; anything else as it is."""
    if not earlier or not is_follow_up(question):
        return question
    recent = earlier[-TURNS:]
    return f"{folded(recent[-1], recent[:-1])} {question}"


def is_follow_up(question: str) -> bool:
    """True for questions that seem to lean on the one before: "And for contractors?", "How long is it?", "Why?"."""
    words = question.split()
    if FOLLOW_UP.search(question):
        return len(words) <= PRONOUN_WORDS or bool(PRONOUN.search(question))
    if PRONOUN.search(question):
        return len(words) <= PRONOUN_WORDS
    return len(words) <= FRAGMENT_WORDS and not VERB.search(question)


async def _condensed(question: str, history: Sequence[Turn], llm: Completer) -> str:
    fence = Fence("text")
    told = prompt(
        "condense",
        fence=fence.mark,
        history=fence.turns(history[-TURNS:], LONGEST_CHARS),
        question=fence.around(seen_line(question)),
    )
    reply = await llm.complete(told, CONDENSE_TIMEOUT_S)
    condensed = seen_line(reply)
    return condensed if 0 < len(condensed) <= LONGEST_CHARS else question
