"""LangChain's own classes for OpenAI in front of the real app."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import SecretStr

from tests.http.conftest import BASE, LEAVE, House


@pytest.fixture
async def wiring(house: House) -> AsyncIterator[dict[str, Any]]:
    """Arguments that LangChain's classes share; Alice has the handbook."""
    await house.make_user("alice")
    await house.bring("alice")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(house.app)) as http:
        key = SecretStr(await house.token("alice"))
        yield {"base_url": f"{BASE}/v1", "api_key": key, "http_async_client": http, "max_retries": 0}


async def test_a_chat_model_answers_streams_and_remembers(wiring: dict[str, Any]) -> None:
    model = ChatOpenAI(model="footnote", **wiring)
    answer = await model.ainvoke(LEAVE)
    assert "twenty-eight" in answer.text
    assert answer.usage_metadata is not None
    assert "".join([chunk.text async for chunk in model.astream(LEAVE)]) == answer.text
    talk = [HumanMessage("How long does parental leave last?"), AIMessage("Sixteen weeks. [1]")]
    assert "full pay" in (await model.ainvoke([*talk, HumanMessage("And is it paid?")])).text


async def test_the_responses_interface_cites_and_goes_on(wiring: dict[str, Any]) -> None:
    model = ChatOpenAI(model="footnote", use_responses_api=True, use_previous_response_id=True, **wiring)
    first = await model.ainvoke("How long does parental leave last?")
    block: Any = first.content_blocks[0]
    [citation] = block["annotations"]
    assert (citation["type"], citation["title"]) == ("citation", "handbook.pdf, page 2")
    assert first.text[citation["start_index"] : citation["end_index"]] == "[1]"
    second = await model.ainvoke(
        [HumanMessage("How long does parental leave last?"), first, HumanMessage("And is it paid?")]
    )
    assert "full pay" in second.text
    streamed = [chunk async for chunk in model.astream(LEAVE)]
    whole = streamed[0]
    for chunk in streamed[1:]:
        whole += chunk
    assert "twenty-eight" in whole.text


async def test_vectors_for_a_store_of_ones_own(wiring: dict[str, Any]) -> None:
    embeddings = OpenAIEmbeddings(model="footnote", check_embedding_ctx_length=False, **wiring)
    near, far = await embeddings.aembed_documents(["Days of annual leave.", "Bananas are yellow."])
    asked = await embeddings.aembed_query("How much leave?")

    def likeness(vector: list[float]) -> float:
        return sum(a * b for a, b in zip(asked, vector, strict=True))

    assert likeness(near) > likeness(far)
