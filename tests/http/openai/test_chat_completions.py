"""``/v1/chat/completions`` with OpenAI's own client, on real search and extractive answers."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest
from openai import AsyncOpenAI

from answers.handle import RunHandle
from core.access import Scope
from db import threads
from rag.events import AnswerEvent, Failed, PipelineEvent, Started, Token
from tests.http.conftest import LEAVE, House
from tests.http.openai.conftest import OTHER_TEXT, openai_client

UNKNOWN = "Which enzymes break down lactose in the small intestine?"


def said(*texts: str) -> list[Any]:
    """User and assistant in turn; the user begins."""
    return [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(texts)]


async def test_an_answer_whose_annotations_lead_to_the_page(house: House, client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="footnote", messages=said(LEAVE))
    [choice] = completion.choices
    content, [first, *_] = choice.message.content or "", choice.message.annotations or []
    citation = first.url_citation
    assert "twenty-eight" in content
    assert content[citation.start_index : citation.end_index] == "[1]"
    assert (citation.title, choice.finish_reason) == ("handbook.pdf, page 2", "stop")
    run_id = completion.id.removeprefix("chatcmpl-")
    assert citation.url == f"http://test/cite/{UUID(run_id)}/1"
    async with house.signed_in("alice") as browser:
        assert (await browser.get(citation.url)).status_code == 200


async def test_the_stream_is_the_whole_answer_in_pieces(client: AsyncOpenAI) -> None:
    whole = await client.chat.completions.create(model="footnote", messages=said(LEAVE))
    stream = await client.chat.completions.create(
        model="footnote", messages=said(LEAVE), stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    *told, last = chunks
    assert "".join(chunk.choices[0].delta.content or "" for chunk in told) == whole.choices[0].message.content
    annotations = [one for chunk in told for one in getattr(chunk.choices[0].delta, "annotations", None) or ()]
    assert [one["url_citation"]["title"] for one in annotations] == ["handbook.pdf, page 2"]
    assert told[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in told][-2:] == [None, "stop"]
    assert (last.choices, last.usage and last.usage.total_tokens) == ([], 0)
    assert len({chunk.id for chunk in chunks}) == 1


async def test_a_refusal_is_an_answer(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="footnote", messages=said(UNKNOWN))
    [choice] = completion.choices
    assert choice.message.content == "Nothing in your documents answers this question."
    assert (choice.message.annotations, choice.finish_reason) == ([], "stop")
    assert completion.footnote["refused"] is True  # type: ignore[attr-defined]


async def test_earlier_messages_are_the_conversation_and_no_thread_is_made(house: House, client: AsyncOpenAI) -> None:
    alice = await house.accounts.principal_of_user("alice")
    earlier = said("How long does parental leave last?", "It lasts sixteen weeks. [1]", "And is it paid?")
    follow_up = await client.chat.completions.create(model="footnote", messages=earlier)
    assert "full pay" in (follow_up.choices[0].message.content or "")
    async with house.database.reader() as session:
        assert (await threads.page(session, alice, limit=10)).threads == []
    await client.chat.completions.create(model="footnote", messages=said(LEAVE), store=True)
    async with house.database.reader() as session:
        assert [one.name for one in (await threads.page(session, alice, limit=10)).threads] == [LEAVE]


async def test_a_model_is_a_library(house: House, client: AsyncOpenAI) -> None:
    await house.make_user("bob")
    await house.bring("bob", OTHER_TEXT, "bananas.txt")
    async with openai_client(house, "bob") as bobs:
        models = [model.id for model in (await bobs.models.list()).data]
        assert models[:2] == ["footnote", "footnote/bob"]
        assert (await bobs.models.retrieve("footnote/bob")).id == "footnote/bob"
        answer = await bobs.chat.completions.create(model="footnote/bob", messages=said("Where do bananas grow?"))
        assert "tropics" in (answer.choices[0].message.content or "")
        for model in ("footnote/alice", "footnote/nobody", "gpt-4o", "footnote/"):
            with pytest.raises(openai.NotFoundError) as refused:
                await bobs.chat.completions.create(model=model, messages=said(LEAVE))
            assert refused.value.code == "model_not_found"
            assert refused.value.param == "model"
        with pytest.raises(openai.NotFoundError):
            await bobs.models.retrieve("footnote/alice")


async def test_a_question_is_asked_of_the_file_that_it_names(house: House, client: AsyncOpenAI) -> None:
    other = await house.bring("alice", OTHER_TEXT, "bananas.txt")
    file: Any = {"type": "file", "file": {"file_id": f"file-{other.id.hex}"}}
    parts: Any = [file, {"type": "text", "text": LEAVE}]
    narrowed = await client.chat.completions.create(model="footnote", messages=[{"role": "user", "content": parts}])
    assert narrowed.footnote["refused"] is True  # type: ignore[attr-defined]
    file["file"]["file_id"] = f"file-{uuid4().hex}"
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(model="footnote", messages=[{"role": "user", "content": parts}])


async def test_what_is_ignored_is_named(client: AsyncOpenAI) -> None:
    system: Any = {"role": "system", "content": "Answer like a pirate."}
    completion = await client.chat.completions.create(
        model="footnote", messages=[system, *said(LEAVE)], temperature=0.2, seed=7, tools=[], logprobs=False, n=1
    )
    assert completion.footnote["ignored"] == ["temperature", "seed", "system messages"]  # type: ignore[attr-defined]


REFUSED: list[dict[str, Any]] = [
    {"n": 2},
    {"logprobs": True},
    {"tools": [{"type": "function", "function": {"name": "f"}}]},
    {"tool_choice": "required"},
    {"functions": [{"name": "f"}]},
    {"modalities": ["text", "audio"]},
    {"response_format": {"type": "json_object"}},
    {"web_search_options": {}},
    {"colour": "blue"},
    {"temperature": "hot"},
    {"stream": "yes"},
    {"messages": []},
    {"messages": "hello"},
    {"messages": [{"role": "assistant", "content": "I am."}]},
    {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]},
    {"messages": [{"role": "tool", "content": "42", "tool_call_id": "x"}]},
    {"messages": [{"role": "robot", "content": "x"}]},
]


async def test_what_cannot_be_done_is_refused_in_their_shape(client: AsyncOpenAI) -> None:
    for more in REFUSED:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.post("/chat/completions", body={"messages": said(LEAVE), **more}, cast_to=object)
        error = refused.value
        assert (error.type, bool(error.message)) == ("invalid_request_error", True), more
        assert (error.param or "").startswith(next(iter(more))), more
    for text in ("  ", "x" * 9000):
        with pytest.raises(openai.BadRequestError, match="The question is"):
            await client.chat.completions.create(model="footnote", messages=said(text))


class Scripted:
    """Stands for the service where its failure matters."""

    def __init__(self, *events: PipelineEvent) -> None:
        self.events = events

    async def ask(
        self, *_: object, thread_id: UUID | None, handle: RunHandle, **__: object
    ) -> AsyncGenerator[AnswerEvent, None]:
        yield Started(answer_run_id=handle.id, thread_id=thread_id)
        for event in self.events:
            yield event


async def test_a_failure_is_an_error_also_in_the_middle_of_a_stream(house: House, client: AsyncOpenAI) -> None:
    failure = Failed(message="The model does not answer.", reference="abc", retry_after_s=9.5)
    house.change(answers=Scripted(Token(text="Half an"), failure))
    with pytest.raises(openai.InternalServerError) as failed:
        await client.chat.completions.create(model="footnote", messages=said(LEAVE))
    assert (failed.value.status_code, failed.value.body["reference"]) == (503, "abc")  # type: ignore[index]
    stream = await client.chat.completions.create(model="footnote", messages=said(LEAVE), stream=True)
    with pytest.raises(openai.APIError, match=r"The model does not answer\."):
        [chunk async for chunk in stream]


async def test_nothing_without_a_key_and_nothing_where_nothing_is(house: House, client: AsyncOpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        await client.with_options(api_key="no key").chat.completions.create(model="footnote", messages=said(LEAVE))
    assert (refused.value.code, refused.value.type) == ("invalid_api_key", "authentication_error")
    with pytest.raises(openai.NotFoundError) as nothing:
        await client.images.generate(prompt="A banana.")
    assert nothing.value.type == "not_found_error"
    async with house.signed_in("alice") as plain:
        wrong = await plain.put("/v1/chat/completions")
        large = await plain.post("/v1/chat/completions", content=b'{"a":"' + b"x" * 3_000_000 + b'"}')
        deep = await plain.post("/v1/chat/completions", content=b'{"a":' * 100_000)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_supported")
    assert (large.status_code, large.json()["error"]["type"]) == (413, "invalid_request_error")
    assert (deep.status_code, deep.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_asking_too_often_is_their_rate_limit_error(house: House, client: AsyncOpenAI) -> None:
    for _ in range(house.settings.limit.questions_per_minute):
        await client.chat.completions.create(model="footnote", messages=said(LEAVE))
    with pytest.raises(openai.RateLimitError) as refused:
        await client.chat.completions.create(model="footnote", messages=said(LEAVE), stream=True)
    assert int(refused.value.response.headers["retry-after"]) > 0


async def test_an_api_key_opens_what_its_scopes_say(house: House, client: AsyncOpenAI) -> None:
    asks, reads = [(await house.make_key("alice", scope)).key for scope in (Scope.ASK, Scope.READ)]
    asking, reading = client.with_options(api_key=asks), client.with_options(api_key=reads)
    completion = await asking.chat.completions.create(model="footnote", messages=said(LEAVE))
    assert "twenty-eight" in (completion.choices[0].message.content or "")
    assert [one.filename async for one in reading.files.list()] == ["handbook.pdf"]
    with pytest.raises(openai.PermissionDeniedError) as refused:
        await reading.chat.completions.create(model="footnote", messages=said(LEAVE))
    assert refused.value.type == "permission_error"
    with pytest.raises(openai.PermissionDeniedError):
        await asking.files.create(file=("bananas.txt", OTHER_TEXT), purpose="user_data")
