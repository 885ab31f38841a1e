"""How a reply comes and ends: thoughts beside it or in its text, the length limit, the content filter, and what a request asks for."""

from collections.abc import Callable

import pytest

from core.settings.chain import ModelSettings
from rag.models import reply
from rag.models.chain import MeteredCompleter, ModelChain
from rag.models.usage_meter import UsageMeter
from tests.model_chains import TIMEOUT_S, ask
from tests.stub_llm import RunningStub

Build = Callable[..., ModelChain]
Stubs = tuple[RunningStub, RunningStub]


@pytest.mark.parametrize(
    "said",
    [
        {"text": "28 days [1].", "thoughts": "It says 28."},
        {"text": "28 days [1].", "thoughts": "It says 28.", "thoughts_field": "reasoning"},
        {"text": "<think>It says 28.</think>28 days [1]."},
        {"text": "It says 28.</think>28 days [1]."},
    ],
)
async def test_thoughts_are_no_part_of_the_answer(build: Build, stubs: Stubs, said: dict[str, str]) -> None:
    stubs[0].say(**said)
    outcome = await ask(build("cite"))
    assert (outcome.reasoning.strip(), outcome.text, outcome.finish) == ("It says 28.", "28 days [1].", "stop")


async def test_endless_thoughts_are_cut(build: Build, stubs: Stubs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "SHOWN_REASONING_CHARS", 20)
    stubs[0].say("28 days [1].", thoughts="It says twenty-eight, I think. " * 5)
    assert len((await ask(build("cite"))).reasoning) == 20
    monkeypatch.setattr(reply, "LONGEST_REASONING_CHARS", 100)
    outcome = await ask(build("cite"))
    assert (outcome.text, outcome.why) == ("", "The language model thought for too long.")


@pytest.mark.parametrize(
    ("finish", "kind"), [("length", "length"), ("content_filter", "content_filter"), ("eos", "stop")]
)
async def test_how_an_answer_ended_is_told(build: Build, stubs: Stubs, finish: str, kind: str) -> None:
    stubs[0].say("28 days", finish=finish)
    outcome = await ask(build("cite"))
    assert (outcome.text, outcome.finish, outcome.failure) == ("28 days", kind, None)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": "", "thoughts": "hm", "finish": "length"}, "reached its length limit before it answered"),
        ({"text": "<think>hm", "finish": "length"}, "reached its length limit before it answered"),
        ({"text": "<think>hm"}, "thought, and gave no answer"),
        ({"text": "", "finish": "content_filter"}, "content filter"),
    ],
)
async def test_no_answer_is_asked_for_once_and_rests_nobody(
    build: Build, stubs: Stubs, said: dict[str, str], why: str
) -> None:
    stubs[0].say(**said)
    chain = build("cite", breaker_failures=1)
    outcome = await ask(chain)
    assert why in outcome.why
    assert len(stubs[0].state.requests) == 1
    assert chain.models[0].replicas[0].breaker.state == "closed"


async def test_a_small_task_gets_the_answer_alone(build: Build, stubs: Stubs) -> None:
    chain = build("cite")
    whole = "<think>They ask about leave.</think>\nHow much leave?"
    stubs[0].behave(None)
    stubs[0].state.whole = whole
    try:
        assert await MeteredCompleter(chain, UsageMeter()).complete("Hello", TIMEOUT_S) == "How much leave?"
    finally:
        stubs[0].state.whole = ""


def on(stub: RunningStub, **more: object) -> ModelSettings:
    return ModelSettings.model_validate({"name": "cite", "base_urls": (stub.base_url,), "timeout_s": TIMEOUT_S, **more})


async def test_answers_are_worded_with_little_freedom(build: Build, stubs: Stubs) -> None:
    await ask(build(on(stubs[0])))
    (asked,) = stubs[0].state.requests
    assert asked["temperature"] == 0.2
    assert {"top_p", "seed"}.isdisjoint(asked)


async def test_a_request_asks_for_what_the_settings_say(build: Build, stubs: Stubs) -> None:
    extra = {"reasoning_effort": "low", "chat_template_kwargs": {"enable_thinking": False}}
    await ask(build(on(stubs[0], temperature="unset", top_p=0.9, seed=7, max_tokens=99, extra_body=extra)))
    (asked,) = stubs[0].state.requests
    assert "temperature" not in asked
    assert (asked["top_p"], asked["seed"], asked["max_tokens"]) == (0.9, 7, 99)
    assert {name: asked[name] for name in extra} == extra
