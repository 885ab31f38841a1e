"""Turns a question and its history into search queries: one stand-alone question, and further ones where configured.

It takes at most one call of a model; without one, rules tell what a follow-up refers to (:mod:`rag.questions.follow_ups`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from core.settings import RetrievalSettings
from core.unseen import seen_line
from rag.models.completer import Completer
from rag.prompts import prompt
from rag.questions.follow_ups import TURNS, is_follow_up, stand_alone
from rag.types import Turn
from rag.writing.prompt_fence import Fence

__all__ = ["VERB", "SearchQueries", "is_follow_up", "search_queries"]

log = structlog.get_logger(__name__)

LONGEST_CHARS = 2000
CONDENSE_TIMEOUT_S = 15.0
VERB = re.compile(
    r"\b(is|are|was|were|do|does|did|can|could|should|will|would|has|have|had|may|might|must|tell|list|explain|"
    r"describe|show|give|find|summari[sz]e|compare)\b",
    re.IGNORECASE,
)
LISTED = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")

By = Literal["model", "rule", "as asked"]


@dataclass(frozen=True, slots=True)
class SearchQueries:
    """The queries to search for.

    Attributes:
        query: the stand-alone question, without greetings and politeness.
        further: the same question in other words, or parts of it; each is also searched for.
        by: what made them; ``rule`` and ``model`` understood a follow-up, which people are told.
        failure: the class name of the error, when a model should have made them and failed.
    """

    query: str
    further: tuple[str, ...] = ()
    by: By = "as asked"
    failure: str | None = None


async def search_queries(
    question: str, history: Sequence[Turn], llm: Completer | None, settings: RetrievalSettings
) -> SearchQueries:
    """The queries for a question. A model is called only when there is a history, or when the settings want several queries."""
    if settings.standalone == "off":
        return SearchQueries(question)
    failure = None
    if settings.standalone == "auto" and llm is not None and (history or settings.queries > 1):
        try:
            return await _by_model(question, history, llm, settings.queries)
        except Exception as error:  # search continues without the model; the answer says so if it stays unreachable
            failure = type(error).__name__
            log.warning("query.condense_failed", error=failure)
    earlier = [turn.question for turn in history]
    query, was_follow_up = await asyncio.to_thread(stand_alone, question, earlier)  # the first loads word lists
    return SearchQueries(query, by="rule" if was_follow_up else "as asked", failure=failure)


async def _by_model(question: str, history: Sequence[Turn], llm: Completer, queries: int) -> SearchQueries:
    fence = Fence("text")
    text = prompt(
        "condense" if queries == 1 else "queries",
        fence=fence.mark,
        history=fence.turns(history[-TURNS:], LONGEST_CHARS) if history else "(none)",
        question=fence.around(seen_line(question)),
        further=str(queries - 1),
    )
    reply = await llm.complete(text, CONDENSE_TIMEOUT_S)
    lines = [seen_line(reply)] if queries == 1 else list(map(seen_line, reply.splitlines()))
    query, *further = _questions(lines, queries) or [question]
    return SearchQueries(query, tuple(further), by="model")


def _questions(lines: Sequence[str], most: int) -> list[str]:
    """The first ``most`` lines of a permitted length, each once, without the numbers and dashes that models put before them."""
    bare = [LISTED.sub("", line).strip() for line in lines] if most > 1 else lines
    each_once = {line.casefold(): line for line in reversed(bare) if 0 < len(line) <= LONGEST_CHARS}
    return list(each_once.values())[::-1][:most]
