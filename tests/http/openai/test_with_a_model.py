"""What a language model writes is checked before a client of OpenAI's interfaces gets any of it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from pydantic import SecretStr

from core.settings import LLMSettings, Settings
from tests.conftest import SECRET
from tests.http.conftest import LEAVE, House
from tests.stub_llm import RunningStub, Script, running_stub


@pytest.fixture(scope="module")
def stub() -> Iterator[RunningStub]:
    with running_stub() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, stub: RunningStub) -> Settings:
    """A model that says what the stub is told to."""
    llm = LLMSettings(model="script", base_url=stub.base_url, api_key=SecretStr("none"))
    return Settings(_env_file=None, var_dir=tmp_path, secret_key=SecretStr(SECRET), llm=llm)


async def streamed(client: AsyncOpenAI) -> tuple[str, Any]:
    """The text of a stream, put together as clients do, and the last event."""
    events: list[Any] = [one async for one in await client.responses.create(model="footnote", input=LEAVE, stream=True)]
    return "".join(one.delta for one in events if one.type == "response.output_text.delta"), events[-1].response


async def test_what_the_check_changes_was_never_sent(client: AsyncOpenAI, stub: RunningStub) -> None:
    stub.state.script = Script(
        "Unused days may be carried over until the end of March [9]. 🎈 The moon base opened in 1875 with 4312 visitors [1].\n\n"
        "Every employee receives twenty-eight days of paid annual leave per year [1]."
    )
    text, response = await streamed(client)
    whole = await client.responses.create(model="footnote", input=LEAVE)
    completion = await client.chat.completions.create(
        model="footnote", messages=[{"role": "user", "content": LEAVE}], stream=True
    )
    chat = "".join([chunk.choices[0].delta.content or "" async for chunk in completion])
    assert text == response.output_text == whole.output_text == chat
    assert "[9]" not in text
    assert "(not supported by the sources)" in text
    annotations = response.output[0].content[0].annotations
    assert [text[one.start_index : one.end_index] for one in annotations] == ["[1]"] * len(annotations)
    assert len(annotations) == text.count("[1]") > 0
    assert whole.usage is not None
    assert whole.usage.output_tokens > 0
    assert whole.footnote["mode"] == "llm"  # type: ignore[attr-defined]


async def test_an_answer_that_was_cut_off_is_incomplete(client: AsyncOpenAI, stub: RunningStub) -> None:
    stub.state.script = Script("Every employee receives twenty-eight days of paid annual leave [1].", finish="length")
    _, response = await streamed(client)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    completion = await client.chat.completions.create(model="footnote", messages=[{"role": "user", "content": LEAVE}])
    assert completion.choices[0].finish_reason == "length"


async def test_a_model_that_breaks_off_fails_the_response(client: AsyncOpenAI, stub: RunningStub) -> None:
    stub.state.behaviour, stub.state.times = "cut", -1
    try:
        text, response = await streamed(client)
        assert (response.status, response.error.code) == ("failed", "server_error")
        assert response.output_text == text
        with pytest.raises(openai.InternalServerError):
            await client.responses.create(model="footnote", input=LEAVE)
    finally:
        stub.state.behaviour = None


async def test_who_closes_the_connection_stops_the_answer(house: House, client: AsyncOpenAI, stub: RunningStub) -> None:
    stub.state.script = Script("Every employee receives many days of leave. " * 50, pause_s=0.1)
    token = await house.token("alice")
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    body = json.dumps({"model": "footnote", "input": LEAVE, "stream": True}).encode()
    asking: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]
    heard, sent = asyncio.Event(), b""

    async def receive() -> Any:
        if asking:
            return asking.pop()
        await heard.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal sent
        sent += message.get("body", b"")
        if b"response.in_progress" in sent:
            heard.set()

    scope = {"type": "http", "method": "POST", "path": "/v1/responses", "query_string": b"", "headers": headers}
    async with asyncio.timeout(20):
        await house.app(scope, receive, send)
    response_id = sent.decode().partition('"id":"')[2].partition('"')[0]
    assert (await client.responses.retrieve(response_id)).status == "cancelled"
