"""Leaves the chunks of a stream as the JSON they come as.

OpenAI's client makes objects of each chunk, out of which LangChain makes JSON again: half of what a token costs. LangChain takes the JSON
as well. Importing this takes seconds.
"""

from typing import Any

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk


def leave_chunks_plain(client: AsyncOpenAI) -> None:
    """Let a client give the chunks of chat completions as dictionaries; those of another form than OpenAI's stay its objects."""
    as_objects = client._process_response_data

    def as_they_come(*, data: object, cast_to: type[Any], response: Any) -> Any:
        if cast_to is ChatCompletionChunk and _is_regular(data):
            return data
        return as_objects(data=data, cast_to=cast_to, response=response)

    client._process_response_data = as_they_come  # type: ignore[method-assign]


def _is_regular(data: object) -> bool:
    """Whether a chunk has what LangChain reads without looking: a list of choices, each with a delta."""
    choices = data.get("choices") if isinstance(data, dict) else None
    return isinstance(choices, list) and all(
        isinstance(choice, dict) and isinstance(choice.get("delta"), dict) for choice in choices
    )
