"""The messages sent to a model: instructions, the sources fenced off as data, the recent turns, the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.unseen import seen
from rag.grounding.markers import parse
from rag.prompts import prompt
from rag.types import Source, Turn
from rag.writing.prompt_fence import Fence

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

TURNS, LONGEST_CHARS = 4, 2000  # of the conversation that the model is reminded of


def messages_for(question: str, history: Sequence[Turn], sources: Sequence[Source]) -> list[BaseMessage]:
    """The messages of one question."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    fence = Fence("source")
    told = prompt("answer", fence=fence.mark, sources=fence.sources(sources))
    messages: list[BaseMessage] = [SystemMessage(told)]
    for turn in history[-TURNS:]:  # without their markers: those numbers meant other sources
        messages += [
            HumanMessage(seen(turn.question)[:LONGEST_CHARS]),
            AIMessage(seen(parse(turn.answer).bare)[:LONGEST_CHARS]),
        ]
    return [*messages, HumanMessage(seen(question))]
