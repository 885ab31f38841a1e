"""One model over real HTTP: what streams, what fails, how it is said, and how often it is asked."""

import asyncio
from collections.abc import Callable
from time import perf_counter

import pytest

from core.settings import LLMSettings
from core.settings.chain import ModelSettings
from rag.models.chain import ModelChain, build_chain
from tests.model_chains import NOWHERE, TIMEOUT_S, ask
from tests.stub_llm import RunningStub

Build = Callable[..., ModelChain]
Stubs = tuple[RunningStub, RunningStub]
START = "Full-time employees receive 25 days of paid vacation per year [1]."


def test_without_a_name_there_is_no_model() -> None:
    assert build_chain(LLMSettings()) is None


async def test_the_answer_streams_in_deltas_and_is_counted(build: Build) -> None:
    outcome = await ask(build("cite"))
    assert outcome.deltas > 5
    assert outcome.text.startswith(START)
    (charge,) = outcome.usage_meter.charges
    assert (charge.model, charge.purpose, charge.is_estimated) == ("cite", "answer", False)
    assert charge.input_tokens > 50
    assert charge.output_tokens == len(outcome.text.split())


async def test_the_request_is_plain_chat_completion(build: Build, stubs: Stubs) -> None:
    await ask(build("cite"))
    (asked,) = stubs[0].state.requests
    assert (asked["model"], asked["stream"], asked["stream_options"]) == ("cite", True, {"include_usage": True})
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert asked["max_tokens"] == 4096  # heeded by every server; max_completion_tokens is OpenAI's own


@pytest.mark.parametrize(
    ("behaviour", "said", "requests"),
    [
        ("error", "does not answer", 4),
        ("empty", "empty answer", 4),
        ("busy-", "is busy", 4),
        ("busy", "is busy", 1),  # for seven seconds, it says: longer than anybody waits
        ("unauthorized", "does not answer", 1),
        ("rejected", "does not answer", 1),
        ("stall", "was silent for 0.8 seconds", 1),
    ],
)
async def test_failures_before_the_first_word(
    build: Build, stubs: Stubs, behaviour: str, said: str, requests: int
) -> None:
    outcome = await ask(build(behaviour))
    assert said in outcome.why
    assert outcome.text == ""
    assert len(stubs[0].state.requests) == requests


@pytest.mark.parametrize(
    ("behaviour", "said"), [("cut", "broke off"), ("end-early", "broke off"), ("stall-midway", "was silent")]
)
async def test_failures_after_the_first_word_keep_what_came_and_are_counted(
    build: Build, stubs: Stubs, behaviour: str, said: str
) -> None:
    outcome = await ask(build(behaviour))
    assert said in outcome.why
    assert outcome.text.startswith("Full-time employees")
    assert len(stubs[0].state.requests) == 1
    (charge,) = outcome.usage_meter.charges
    assert charge.input_tokens > 100
    assert charge.output_tokens > 5


async def test_a_busy_model_says_when_to_come_back(build: Build) -> None:
    outcome = await ask(build("busy"))
    assert outcome.failure is not None
    assert outcome.failure.retry_after_s == 7


async def test_a_short_wait_that_is_asked_for_is_waited(build: Build, stubs: Stubs) -> None:
    stubs[0].behave("busy-1", times=1)
    began = perf_counter()
    assert (await ask(build("cite"))).text.startswith(START)
    assert perf_counter() - began >= 1
    assert len(stubs[0].state.requests) == 2


async def test_three_failures_are_tried_again(build: Build, stubs: Stubs) -> None:
    chain = build("cite")
    stubs[0].behave("error", times=3)
    assert (await ask(chain)).text.startswith(START)
    assert len(stubs[0].state.requests) == 4


async def test_waits_grow_and_differ(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    waits: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        if seconds > 0.2:
            waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr("rag.models.model_call.asyncio.sleep", noted)
    for _ in range(2):
        await ask(build("error"))
    assert all(0.25 * 2**n <= wait <= 0.5 * 2**n for n, wait in enumerate(waits[:3]))
    assert waits[:3] != waits[3:]


async def test_silence_ends_in_time(build: Build) -> None:
    began = perf_counter()
    assert "silent" in (await ask(build("stall"))).why
    assert perf_counter() - began < TIMEOUT_S + 2


async def test_a_server_that_is_not_there(build: Build) -> None:
    outcome = await ask(build(ModelSettings(name="any", base_urls=(NOWHERE,))))
    assert "does not answer" in outcome.why
    assert outcome.usage_meter.charges == []


@pytest.mark.parametrize(("behaviour", "charges"), [("error", 0), ("unauthorized", 0), ("stall", 1)])
async def test_what_a_server_refuses_costs_nothing(build: Build, behaviour: str, charges: int) -> None:
    assert len((await ask(build(behaviour))).usage_meter.charges) == charges


async def test_an_answer_that_is_not_counted_is_estimated(build: Build) -> None:
    exact, guessed = [(await ask(build(name))).usage_meter.charges[0] for name in ("cite", "uncounted")]
    assert guessed.is_estimated
    assert 0.5 < guessed.output_tokens / exact.output_tokens < 3


async def test_an_answer_that_is_stopped_is_charged_for_what_came(build: Build) -> None:
    from rag.models.usage_meter import UsageMeter
    from rag.writing.messages import messages_for
    from tests.model_chains import QUESTION, SOURCES

    chain, usage_meter = build("slow"), UsageMeter()
    stream = chain.deltas(chain.models, messages_for(QUESTION, [], SOURCES), usage_meter)
    for _ in range(3):
        await anext(stream)
    await stream.aclose()
    (charge,) = usage_meter.charges
    assert charge.is_estimated
    assert charge.output_tokens > 0
    assert chain.models[0].replicas[0].in_flight == 0


async def test_azure_is_asked_at_its_own_address(build: Build, stubs: Stubs) -> None:
    endpoint = stubs[0].base_url.removesuffix("/v1")
    azure = ModelSettings(
        name="large",
        model="cite",
        provider="azure",
        base_urls=(endpoint,),
        deployment="ours",
        api_version="2024-10-21",
        timeout_s=5,
    )
    outcome = await ask(build(azure))
    assert (outcome.model, outcome.text.startswith(START)) == ("large", True)
    assert stubs[0].state.addresses == ["/openai/deployments/ours/chat/completions?api-version=2024-10-21"]
    assert stubs[0].state.requests[0]["max_completion_tokens"] == 4096


async def test_an_answer_without_end_is_cut_where_the_longest_may_end(build: Build, stubs: Stubs) -> None:
    outcome = await ask(build(ModelSettings(name="endless", base_urls=(stubs[0].base_url,), max_tokens=100)))
    assert len(outcome.text) == 800
    assert "wrote more than 800 characters" in outcome.why
    (charge,) = outcome.usage_meter.charges
    assert charge.is_estimated


async def test_no_answer_is_longer_than_60_000_characters(build: Build, stubs: Stubs) -> None:
    outcome = await ask(build(ModelSettings(name="endless", base_urls=(stubs[0].base_url,), max_tokens=100_000)))
    assert len(outcome.text) == 60_000


async def test_what_cannot_be_stored_is_not_streamed(build: Build) -> None:
    outcome = await ask(build("unstorable"))
    assert outcome.text == f"Well \U0001f600 \ufffd {START}" + outcome.text.partition(START)[2]
    assert outcome.failure is None
