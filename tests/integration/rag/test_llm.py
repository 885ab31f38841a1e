"""The language model over real HTTP: what streams, what fails, and how it is said."""

from collections.abc import Callable
from time import perf_counter

import pytest
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from core.errors import UpstreamUnavailable
from core.settings import LLMSettings
from rag.llm import ModelAnswer, build_llm, messages_for
from rag.query import standalone
from rag.types import Turn
from tests.chunks import HANDBOOK_TEXTS, sources
from tests.stub_llm import RunningStub

Model = Callable[[str], BaseChatModel]
TIMEOUT_S = 1.0


@pytest.fixture
def model(stub: RunningStub) -> Model:
    """A model of the stub, by its behaviour."""

    def build(name: str) -> BaseChatModel:
        stub.behave(None)
        stub.state.requests.clear()
        api_key = SecretStr("stub-key")
        llm = build_llm(LLMSettings(model=name, base_url=stub.base_url, api_key=api_key, timeout_s=TIMEOUT_S))
        assert llm is not None
        return llm

    return build


def answer_of(llm: BaseChatModel) -> ModelAnswer:
    return ModelAnswer(llm, messages_for("How long is leave?", [], sources(*HANDBOOK_TEXTS[:3])), TIMEOUT_S)


async def read(answer: ModelAnswer) -> str:
    return "".join([piece async for piece in answer.pieces()])


async def test_without_a_name_there_is_no_model() -> None:
    assert build_llm(LLMSettings()) is None


async def test_the_answer_streams_in_pieces_with_usage(model: Model) -> None:
    answer = answer_of(model("cite"))
    pieces = [piece async for piece in answer.pieces()]
    assert len(pieces) > 5
    assert "".join(pieces).startswith("Full-time employees receive 25 days of paid vacation per year [1].")
    assert answer.usage.output_tokens > 5
    assert answer.usage.input_tokens > 50


async def test_the_request_is_plain_chat_completion(model: Model, stub: RunningStub) -> None:
    await read(answer_of(model("cite")))
    (asked,) = stub.state.requests
    assert (asked["model"], asked["stream"], asked["stream_options"]) == ("cite", True, {"include_usage": True})
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("error", "does not answer"),
        ("busy", "is busy"),
        ("unauthorized", "does not answer"),
        ("stall", "was silent for 1 seconds"),
        ("empty", "empty answer"),
    ],
)
async def test_failures_before_the_first_word(model: Model, behaviour: str, said: str) -> None:
    answer = answer_of(model(behaviour))
    with pytest.raises(UpstreamUnavailable, match=said):
        await read(answer)
    assert not answer.has_begun


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [("cut", "does not answer|broke off"), ("end-early", "broke off"), ("stall-midway", "was silent")],
)
async def test_failures_after_the_first_word_keep_what_came(model: Model, behaviour: str, said: str) -> None:
    kept: list[str] = []

    async def take() -> None:
        async for piece in answer_of(model(behaviour)).pieces():
            kept.append(piece)

    with pytest.raises(UpstreamUnavailable, match=said):
        await take()
    assert "".join(kept).startswith("Full-time employees")


async def test_a_busy_model_says_when_to_come_back(model: Model, stub: RunningStub) -> None:
    with pytest.raises(UpstreamUnavailable) as caught:
        await read(answer_of(model("busy")))
    assert caught.value.retry_after_s == 7
    assert len(stub.state.requests) == 1  # asking a busy server again makes it busier


async def test_one_failure_is_tried_again(model: Model, stub: RunningStub) -> None:
    llm = model("cite")
    stub.behave("error", times=1)
    assert "[1]" in await read(answer_of(llm))
    assert len(stub.state.requests) == 2


async def test_silence_ends_in_time(model: Model) -> None:
    began = perf_counter()
    with pytest.raises(UpstreamUnavailable):
        await read(answer_of(model("stall")))
    assert perf_counter() - began < TIMEOUT_S + 2


async def test_a_server_that_is_not_there() -> None:
    llm = build_llm(LLMSettings(model="any", base_url="http://127.0.0.1:9/v1"))
    assert llm is not None
    with pytest.raises(UpstreamUnavailable, match="does not answer"):
        await read(answer_of(llm))


async def test_a_follow_up_is_condensed_by_one_call(model: Model, stub: RunningStub) -> None:
    llm = model("cite")
    history = [Turn(question="What is parental leave?", answer="Leave for parents [1].")]
    assert await standalone("How long is it?", history, llm) == "How long is it? (What is parental leave?)"
    assert len(stub.state.requests) == 1


async def test_without_a_history_the_model_is_not_asked(model: Model, stub: RunningStub) -> None:
    assert await standalone("How long is it?", [], model("cite")) == "How long is it?"
    assert stub.state.requests == []


async def test_when_condensing_fails_the_question_is_folded(model: Model) -> None:
    history = [Turn(question="What is parental leave?", answer="Leave for parents [1].")]
    asked = await standalone("How long is it?", history, model("error"))
    assert asked == "What is parental leave? How long is it?"
