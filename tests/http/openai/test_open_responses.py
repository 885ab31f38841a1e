"""The acceptance tests of Open Responses (openresponses.org), as far as they are about text, with the specification's own types."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from openresponses_types import types as spec
from pydantic import BaseModel

from tests.http.conftest import LEAVE, House

EVENTS: dict[str, type[BaseModel]] = {
    "response.created": spec.ResponseCreatedStreamingEvent,
    "response.in_progress": spec.ResponseInProgressStreamingEvent,
    "response.output_item.added": spec.ResponseOutputItemAddedStreamingEvent,
    "response.content_part.added": spec.ResponseContentPartAddedStreamingEvent,
    "response.output_text.delta": spec.ResponseOutputTextDeltaStreamingEvent,
    "response.output_text.annotation.added": spec.ResponseOutputTextAnnotationAddedStreamingEvent,
    "response.output_text.done": spec.ResponseOutputTextDoneStreamingEvent,
    "response.content_part.done": spec.ResponseContentPartDoneStreamingEvent,
    "response.output_item.done": spec.ResponseOutputItemDoneStreamingEvent,
    "response.completed": spec.ResponseCompletedStreamingEvent,
}


def message(role: str, content: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": content}


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        yield client


async def answered(http: httpx.AsyncClient, *items: dict[str, Any], **more: Any) -> spec.ResponseResource:
    """A response that is as the specification wants it."""
    response = await http.post("/v1/responses", json={"model": "footnote", "input": list(items), **more})
    assert response.status_code == 200, response.text
    resource = spec.ResponseResource.model_validate(response.json())
    assert (resource.status, len(resource.output) > 0) == ("completed", True)
    return resource


async def test_basic_text_response(http: httpx.AsyncClient) -> None:
    await answered(http, message("user", LEAVE))


async def test_system_prompt(http: httpx.AsyncClient) -> None:
    await answered(http, message("system", "You are a pirate."), message("user", LEAVE))


async def test_multi_turn_conversation(http: httpx.AsyncClient) -> None:
    earlier = (message("user", "How long does parental leave last?"), message("assistant", "Sixteen weeks."))
    await answered(http, *earlier, message("user", "And is it paid?"))


async def test_streaming_response(http: httpx.AsyncClient) -> None:
    response = await http.post("/v1/responses", json={"model": "footnote", "input": LEAVE, "stream": True})
    blocks = [block for block in response.text.replace("\r\n", "\n").split("\n\n") if block.startswith("event: ")]
    for block in blocks:
        name, data = block.split("\n", 1)
        event = json.loads(data.removeprefix("data: "))
        assert event["type"] == name.removeprefix("event: ")
        EVENTS[event["type"]].model_validate(event)
    assert len(blocks) > len(EVENTS) - 1


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "function", "name": "get_weather", "parameters": {"type": "object"}}]},
        {"input": [message("user", [{"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}])]},
    ],
    ids=["tool-calling", "image-input"],
)
async def test_what_is_left_out_is_refused(http: httpx.AsyncClient, more: dict[str, Any]) -> None:
    response = await http.post("/v1/responses", json={"model": "footnote", "input": LEAVE, **more})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "unsupported_parameter")
