"""Chunks of a stream stay the JSON they come as, as far as LangChain can read it."""

from typing import Any

import httpx2 as httpx
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from rag.models.plain_chunks import leave_chunks_plain

RESPONSE = httpx.Response(200, request=httpx.Request("POST", "http://model/v1/chat/completions"))


def processed(data: Any, cast_to: type[Any] = ChatCompletionChunk) -> Any:
    client = AsyncOpenAI(api_key="none", base_url="http://model/v1")
    leave_chunks_plain(client)
    return client._process_response_data(data=data, cast_to=cast_to, response=RESPONSE)


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}], "usage": None},
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
    ],
    ids=["text", "the usage at the end"],
)
def test_a_regular_chunk_stays_as_it_is(chunk: dict[str, Any]) -> None:
    assert processed(chunk) is chunk


@pytest.mark.parametrize("choices", [[{"index": 0}], [{"index": 0, "delta": None}], None, "no list"])
def test_another_form_is_left_to_the_client(choices: object) -> None:
    assert isinstance(processed({"choices": choices}), ChatCompletionChunk)


def test_a_whole_answer_stays_an_object() -> None:
    assert isinstance(processed({"choices": []}, ChatCompletion), ChatCompletion)
