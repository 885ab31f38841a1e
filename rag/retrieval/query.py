"""A question and its history to search queries: one stand-alone question, and further ones where configured.

At most one call of a model, whatever is wished.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from core.settings import RetrievalSettings
from core.unseen import seen_line
from rag.models.completing import Completer
from rag.prompts import prompt
from rag.types import Turn
from rag.writing.prompt_fence import Fence

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
LISTED = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
PRONOUN_WORDS, FRAGMENT_WORDS = 8, 4  # longer questions bring their own subject


By = Literal["model", "rule", "as asked"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for.

    Attributes:
        query: the stand-alone question.
        further: the same in other words, or parts of it; each is searched for as well.
        by: who made them.
        failure: why the model did not, as the kind of its error.
    """

    query: str
    further: tuple[str, ...] = ()
    by: By = "as asked"
    failure: str | None = None


async def wanted(question: str, history: Sequence[Turn], llm: Completer | None, settings: RetrievalSettings) -> Wanted:
    """What to search for. The model is asked when there is something for it to do: a history, or more questions are wished."""
    if settings.standalone == "off":
        return Wanted(question)
    failure = None
    if settings.standalone == "auto" and llm is not None and (history or settings.queries > 1):
        try:
            return await _by_model(question, history, llm, settings.queries)
        except Exception as error:  # search goes on without the model; the answer will say if it is really gone
            failure = type(error).__name__
            log.warning("query.condense_failed", error=failure)
    query = folded(question, [turn.question for turn in history])
    return Wanted(query, by="as asked" if query == question else "rule", failure=failure)


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


async def _by_model(question: str, history: Sequence[Turn], llm: Completer, queries: int) -> Wanted:
    fence = Fence("text")
    told = prompt(
        "condense" if queries == 1 else "queries",
        fence=fence.mark,
        history=fence.turns(history[-TURNS:], LONGEST_CHARS) if history else "(none)",
        question=fence.around(seen_line(question)),
        further=str(queries - 1),
    )
    reply = await llm.complete(told, CONDENSE_TIMEOUT_S)
    lines = [seen_line(reply)] if queries == 1 else list(map(seen_line, reply.splitlines()))
    query, *further = _questions(lines, queries) or [question]
    return Wanted(query, tuple(further), by="model")


def _questions(lines: Sequence[str], most: int) -> list[str]:
    """Those that are questions of some length, each once, without the numbers and dashes that models put before them."""
    bare = [LISTED.sub("", line).strip() for line in lines] if most > 1 else lines
    each_once = {line.casefold(): line for line in reversed(bare) if 0 < len(line) <= LONGEST_CHARS}
    return list(each_once.values())[::-1][:most]
