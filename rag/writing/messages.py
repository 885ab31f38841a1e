"""The messages sent to a model: instructions, the fenced sources, the recent turns, the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.unseen import seen
from rag.grounding.markers import bare_beginning
from rag.prompts import prompt, task
from rag.questions.kind import Kind
from rag.types import Source, Turn
from rag.writing.prompt_fence import Fence

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

TURNS, LONGEST_CHARS = 4, 2000  # of the conversation that the model sees


def messages_for(
    question: str,
    history: Sequence[Turn],
    sources: Sequence[Source],
    beginning: str = "",
    kind: Kind = Kind.FACT,
) -> list[BaseMessage]:
    """The messages of one question.

    Args:
        beginning: of the answer, which was cut off and is to be continued.
    """
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    fence = Fence("source")
    instructions = prompt("answer", fence=fence.mark, task=task(kind), sources=fence.sources(sources))
    messages: list[BaseMessage] = [SystemMessage(instructions)]
    for turn in history[-TURNS:]:  # without markers: their numbers meant other sources
        messages += [
            HumanMessage(seen(turn.question)[:LONGEST_CHARS]),
            AIMessage(seen(bare_beginning(turn.answer, LONGEST_CHARS))),
        ]
    messages.append(HumanMessage(seen(question)))
    return [*messages, AIMessage(seen(beginning)), HumanMessage(prompt("continue"))] if beginning else messages
