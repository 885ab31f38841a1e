"""``/v1/responses`` with OpenAI's own client, on real search and extractive answers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest
from openai import AsyncOpenAI

from answers.service import AnswerService
from core.access import LibraryRole
from db import threads
from rag.events import AnswerEvent
from tests.http.conftest import LEAVE, House
from tests.http.openai.conftest import OTHER_TEXT, openai_client

PARENTS = "How long does parental leave last?"
ORDER = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.annotation.added",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


async def test_a_response_whose_annotations_lead_to_the_page(client: AsyncOpenAI) -> None:
    response = await client.responses.create(model="footnote", input=LEAVE, metadata={"ticket": "42"}, temperature=0.1)
    text: Any = response.output[0].content[0]  # type: ignore[union-attr,index]
    [citation] = text.annotations
    assert (response.status, response.metadata) == ("completed", {"ticket": "42"})
    assert "twenty-eight" in response.output_text
    assert response.output_text[citation.start_index : citation.end_index] == "[1]"
    assert (citation.type, citation.title) == ("url_citation", "handbook.pdf, page 2")
    assert citation.url == f"http://test/cite/{UUID(response.id.removeprefix('resp_'))}/1"
    assert response.footnote["ignored"] == ["temperature"]  # type: ignore[attr-defined]
    assert (await client.responses.retrieve(response.id)).to_dict() == response.to_dict()


async def test_the_stream_has_all_events_in_order_and_is_the_whole_answer(client: AsyncOpenAI) -> None:
    whole = await client.responses.create(model="footnote", input=LEAVE)
    events = [event async for event in await client.responses.create(model="footnote", input=LEAVE, stream=True)]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert list(dict.fromkeys(event.type for event in events)) == ORDER
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == whole.output_text
    last: Any = events[-1]
    added: list[Any] = [event.annotation for event in events if event.type == "response.output_text.annotation.added"]
    assert [one.title for one in added] == ["handbook.pdf, page 2"]
    stored = await client.responses.retrieve(last.response.id)
    assert stored.to_dict() == last.response.to_dict()


async def test_a_stream_goes_on_after_any_number(client: AsyncOpenAI) -> None:
    events = [event async for event in await client.responses.create(model="footnote", input=LEAVE, stream=True)]
    response_id = events[0].response.id  # type: ignore[union-attr]
    for after in (-1, 0, 1, 4, len(events) - 1, 1000):
        stream = await client.responses.retrieve(response_id, stream=True, starting_after=after)
        rest = [event async for event in stream]
        assert [one.to_dict() for one in rest] == [one.to_dict() for one in events if one.sequence_number > after]


async def test_a_conversation_goes_on_by_its_last_response(house: House, client: AsyncOpenAI) -> None:
    alice = await house.accounts.principal_of_user("alice")
    first = await client.responses.create(model="footnote", input=PARENTS)
    second = await client.responses.create(model="footnote", input="And is it paid?", previous_response_id=first.id)
    assert "full pay" in second.output_text
    assert second.previous_response_id == first.id
    async with house.database.reader() as session:
        assert [one.name for one in (await threads.page(session, alice, limit=10)).threads] == [PARENTS]
    items: Any = [
        {"role": "user", "content": PARENTS},
        *(item.to_dict() for item in first.output),
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "And is it paid?"}]},
    ]
    given = await client.responses.create(model="footnote", input=items, store=False)
    assert given.output_text == second.output_text
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(given.id)


async def test_another_persons_response_is_none(house: House, client: AsyncOpenAI) -> None:
    await house.make_user("mallory")
    alice = await house.accounts.principal_of_user("alice")
    await house.share(alice, "mallory", LibraryRole.VIEWER)
    response = await client.responses.create(model="footnote", input=LEAVE, background=True)
    async with openai_client(house, "mallory") as mallory:
        for response_id in (response.id, f"resp_{uuid4().hex}", "resp_1", "x"):
            for call in (mallory.responses.retrieve, mallory.responses.cancel, mallory.responses.delete):
                with pytest.raises(openai.NotFoundError, match=r"There is no such response\."):
                    await call(response_id)
            with pytest.raises(openai.NotFoundError) as refused:
                await mallory.responses.create(model="footnote", input="And?", previous_response_id=response_id)
            assert refused.value.code == "previous_response_not_found"


async def test_a_deleted_response_leaves_its_conversation(house: House, client: AsyncOpenAI) -> None:
    alice = await house.accounts.principal_of_user("alice")
    first = await client.responses.create(model="footnote", input=PARENTS)
    second = await client.responses.create(model="footnote", input="And is it paid?", previous_response_id=first.id)
    await client.responses.delete(second.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(second.id)
    assert (await client.responses.retrieve(first.id)).status == "completed"
    await client.responses.delete(first.id)
    async with house.database.reader() as session:
        assert (await threads.page(session, alice, limit=10)).threads == []


async def test_a_vector_store_is_a_library_and_its_citations_are_files(house: House, client: AsyncOpenAI) -> None:
    alice = await house.accounts.principal_of_user("alice")
    store_id = f"vs_{alice.personal_library_id.hex}"
    tools: Any = [{"type": "file_search", "vector_store_ids": [store_id]}]
    response = await client.responses.create(model="footnote", input=LEAVE, tools=tools)
    annotations: Any = response.output[0].content[0].annotations  # type: ignore[union-attr,index]
    file = next(one for one in annotations if one.type == "file_citation")
    assert (file.filename, response.output_text[file.index :][:3]) == ("handbook.pdf", "[1]")
    assert response.tools[0].type == "file_search"
    await house.make_user("bob")
    await house.bring("bob", OTHER_TEXT, "bananas.txt")
    async with openai_client(house, "bob") as bob:
        with pytest.raises(openai.NotFoundError):
            await bob.responses.create(model="footnote", input=LEAVE, tools=tools)


REFUSED: list[dict[str, Any]] = [
    {"tools": [{"type": "web_search"}]},
    {"tools": [{"type": "file_search", "vector_store_ids": 7}]},
    {"conversation": "conv_1"},
    {"prompt": {"id": "pmpt_1"}},
    {"background": True, "store": False},
    {"text": {"format": {"type": "json_schema", "name": "x", "schema": {}}}},
    {"colour": "blue"},
    {"input": []},
    {"input": 7},
    {"input": [{"type": "function_call_output", "call_id": "x", "output": "42"}]},
    {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:x"}]}]},
    {"metadata": {"x": {"y": 1}}},
    {"metadata": {str(n): "x" for n in range(17)}},
    {"previous_response_id": 7},
]


async def test_what_cannot_be_done_is_refused_in_their_shape(client: AsyncOpenAI) -> None:
    for more in REFUSED:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.post("/responses", body={"input": LEAVE, **more}, cast_to=object)
        param = (refused.value.param or "").partition(".")[0].partition("[")[0]
        assert param in more, (more, refused.value.message)


class Slow:
    """The real service, with a pause after the first event: so that an answer can be met while it is written."""

    def __init__(self, answers: AnswerService) -> None:
        self.answers = answers
        self.go_on = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.answers, name)

    async def ask(self, *args: Any, **more: Any) -> AsyncGenerator[AnswerEvent, None]:
        events = self.answers.ask(*args, **more)
        try:
            yield await anext(events)
            await self.go_on.wait()
            async for event in events:
                yield event
        finally:
            await events.aclose()


@asynccontextmanager
async def working(house: House, answers: object | None = None) -> AsyncIterator[None]:
    """A worker of the answers' queue."""
    slots = house.services.answer_slots
    if answers is not None:
        slots._live._answers = answers  # type: ignore[assignment]
    work = asyncio.create_task(slots.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait({work})


async def test_a_response_in_the_background_is_followed_by_others(house: House, client: AsyncOpenAI) -> None:
    slow = Slow(house.answers)
    begun = await client.responses.create(model="footnote", input=LEAVE, background=True, metadata={"a": "b"})
    assert (begun.status, begun.output, begun.background) == ("queued", [], True)

    async def followed(after: int) -> list[Any]:
        stream = await client.responses.retrieve(begun.id, stream=True, starting_after=after)
        return [event async for event in stream]

    following = [asyncio.create_task(followed(0)) for _ in range(2)]
    async with working(house, slow), asyncio.timeout(60):
        while (await client.responses.retrieve(begun.id)).status == "queued":
            await asyncio.sleep(0.05)
        assert (await client.responses.retrieve(begun.id)).status == "in_progress"
        slow.go_on.set()
        one, other = await asyncio.gather(*following)
    assert [event.type for event in one][:2] == ["response.in_progress", "response.output_item.added"]
    assert [event.to_dict() for event in one] == [event.to_dict() for event in other]
    assert [event.to_dict() for event in await followed(0)] == [event.to_dict() for event in one]
    assert one[-1].response.to_dict() == (await client.responses.retrieve(begun.id)).to_dict()
    assert (one[-1].response.status, one[-1].response.metadata) == ("completed", {"a": "b"})
    assert "twenty-eight" in one[-1].response.output_text


async def test_a_stream_in_the_background_goes_on_without_its_reader(house: House, client: AsyncOpenAI) -> None:
    async with working(house), asyncio.timeout(60):
        stream = await client.responses.create(model="footnote", input=LEAVE, background=True, stream=True)
        events = [event async for event in stream]
    assert [event.type for event in events][-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))


async def test_a_response_in_the_background_is_cancelled(house: House, client: AsyncOpenAI) -> None:
    queued = await client.responses.create(model="footnote", input=LEAVE, background=True)
    assert (await client.responses.cancel(queued.id)).status == "cancelled"
    begun = await client.responses.create(model="footnote", input=LEAVE, background=True)
    async with working(house, Slow(house.answers)), asyncio.timeout(60):
        while (await client.responses.retrieve(begun.id)).status != "in_progress":
            await asyncio.sleep(0.05)
        cancelled = await client.responses.cancel(begun.id)
        assert (cancelled.id, cancelled.status) == (begun.id, "cancelled")
    assert (await client.responses.retrieve(begun.id)).status == "cancelled"
    assert (await client.responses.cancel(begun.id)).status == "cancelled"
    stream = await client.responses.retrieve(begun.id, stream=True)
    assert [event.type async for event in stream][-1] == "response.incomplete"


async def test_one_that_is_waited_for_is_not_cancelled(client: AsyncOpenAI) -> None:
    response = await client.responses.create(model="footnote", input=LEAVE)
    with pytest.raises(openai.BadRequestError, match="Only a response in the background"):
        await client.responses.cancel(response.id)
