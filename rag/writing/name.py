"""The name of a conversation, as a language model gives it."""

import re

from rag.models.completer import Completer
from rag.prompts import prompt
from rag.types import Turn
from rag.writing.prompt_fence import Fence

TIMEOUT_S = 20.0
LONGEST_CHARS = 80  # of a name; a longer reply is none
_LONGEST_TEXT = 1000  # characters of the question, and of the answer, that the model reads
_AROUND = "\"“”„«»'‘’`*_# .。"
_PREFIX = re.compile(r"\A(?:name|title)\s*+:\s*+", re.IGNORECASE)


async def name_of(turn: Turn, model: Completer) -> str:
    """A name of at most :data:`LONGEST_CHARS` characters, in one line; empty where the reply is none.

    Raises:
        UpstreamUnavailable: the model did not reply.
    """
    fence = Fence("conversation")
    text = prompt("name", fence=fence.mark, conversation=fence.turns([turn], _LONGEST_TEXT))
    return read(await model.complete(text, TIMEOUT_S))


def read(reply: str) -> str:
    """The name in a reply; empty where that is several lines, too long, or no words."""
    lines = [line for line in reply.splitlines() if line.strip()]
    if len(lines) != 1:
        return ""
    name = _PREFIX.sub("", " ".join(lines[0].split()).strip(_AROUND)).strip(_AROUND)
    is_name = len(name) <= LONGEST_CHARS and any(letter.isalpha() for letter in name)
    return name if is_name else ""
