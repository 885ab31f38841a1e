"""Several models and several servers of one: who is asked, who next, and who is let rest."""

import asyncio
from collections.abc import Callable
from time import perf_counter

import pytest

from core.errors import UpstreamUnavailable
from core.settings.chain import ModelSettings
from rag.models.chain import MeteredCompleter, ModelChain
from rag.models.usage_meter import UsageMeter
from tests.model_chains import NOWHERE, TIMEOUT_S, Clock, ask
from tests.stub_llm import RunningStub

Build = Callable[..., ModelChain]
Stubs = tuple[RunningStub, RunningStub]


def served(name: str, stubs: Stubs, **more: object) -> ModelSettings:
    """A model on both servers."""
    urls = [stub.base_url for stub in stubs]
    return ModelSettings.model_validate({"name": name, "base_urls": urls, "timeout_s": TIMEOUT_S, **more})


def counts(stubs: Stubs) -> tuple[int, int]:
    return len(stubs[0].state.requests), len(stubs[1].state.requests)


@pytest.mark.parametrize("behaviour", ["error", "busy", "unauthorized", "rejected", "stall", "empty"])
async def test_a_model_that_fails_before_its_first_word_is_followed_by_the_next(build: Build, behaviour: str) -> None:
    outcome = await ask(build(behaviour, "cite"))
    assert (outcome.model, outcome.failure) == ("cite", None)
    assert outcome.text.startswith("Full-time employees")


@pytest.mark.parametrize("behaviour", ["cut", "end-early", "stall-midway"])
async def test_one_that_has_begun_is_not(build: Build, behaviour: str) -> None:
    outcome = await ask(build(behaviour, "cite"))
    assert outcome.model == behaviour
    assert outcome.failure is not None


async def test_when_all_fail_the_last_reason_is_told(build: Build) -> None:
    outcome = await ask(build("error", "stall"))
    assert "silent" in outcome.why


async def test_a_server_that_failed_five_times_is_let_rest_and_then_tried_once(
    build: Build, stubs: Stubs, clock: Clock
) -> None:
    chain = build("unauthorized", retries=0)
    for _ in range(5):
        await ask(chain)
    assert counts(stubs)[0] == 5
    outcome = await ask(chain)
    assert counts(stubs)[0] == 5
    assert "let rest" in outcome.why
    clock.now += 30
    stubs[0].behave("stall")
    probe, other = await asyncio.gather(ask(chain), ask(chain))
    assert counts(stubs)[0] == 6
    assert sorted(["silent" in probe.why, "silent" in other.why]) == [False, True]
    clock.now += 30
    stubs[0].behave("cite")
    assert (await ask(chain)).failure is None
    assert (await ask(chain)).failure is None
    assert counts(stubs)[0] == 8


async def test_retries_count_too(build: Build, stubs: Stubs) -> None:
    chain = build("error")
    for _ in range(3):
        await ask(chain)
    assert counts(stubs)[0] == 5  # 4, 1, none


async def test_a_question_that_a_server_does_not_like_is_not_held_against_it(build: Build, stubs: Stubs) -> None:
    chain = build("rejected")
    for _ in range(6):
        await ask(chain)
    assert counts(stubs)[0] == 6


async def test_a_busy_server_is_let_alone_as_long_as_it_said(build: Build, stubs: Stubs, clock: Clock) -> None:
    chain = build("busy", "cite")
    await ask(chain)
    await ask(chain)
    assert [asked["model"] for asked in stubs[0].state.requests] == ["busy", "cite", "cite"]
    clock.now += 7
    await ask(chain)
    assert [asked["model"] for asked in stubs[0].state.requests][3:] == ["busy", "cite"]


async def test_questions_are_spread_over_the_servers(build: Build, stubs: Stubs) -> None:
    chain = build(served("cite", stubs))
    for _ in range(6):
        await ask(chain)
    assert counts(stubs) == (3, 3)
    await asyncio.gather(*[ask(chain) for _ in range(6)])
    assert counts(stubs) == (6, 6)


async def test_the_less_busy_server_is_asked(build: Build, stubs: Stubs) -> None:
    chain = build(served("stall", stubs, timeout_s=60))
    busy = asyncio.create_task(ask(chain))
    while sum(counts(stubs)) == 0:
        await asyncio.sleep(0.05)
    stubs[0].behave("cite")
    stubs[1].behave("cite")
    for _ in range(3):
        await ask(chain)
    assert sorted(counts(stubs)) == [1, 3]
    busy.cancel()
    await asyncio.wait({busy})
    assert [replica.in_flight for replica in chain.models[0].replicas] == [0, 0]


async def test_another_server_of_the_same_model_is_asked_at_once(build: Build, stubs: Stubs) -> None:
    chain = build(served("cite", stubs))
    stubs[0].behave("error")
    began = perf_counter()
    outcome = await ask(chain)
    assert outcome.failure is None
    assert counts(stubs) == (1, 1)
    assert perf_counter() - began < 2


async def test_a_server_that_rests_is_skipped(build: Build, stubs: Stubs) -> None:
    chain = build(served("cite", stubs), retries=1)
    stubs[0].behave("error")
    for _ in range(20):
        assert (await ask(chain)).failure is None
    assert counts(stubs) == (5, 20)


async def test_after_a_silence_one_other_server_is_asked_and_no_more(build: Build, stubs: Stubs) -> None:
    settings = ModelSettings(name="stall", base_urls=(*[stub.base_url for stub in stubs], NOWHERE), timeout_s=TIMEOUT_S)
    outcome = await ask(build(settings))
    assert "silent" in outcome.why
    assert sum(counts(stubs)) == 2


async def test_simple_questions_go_to_the_cheap_model(build: Build, stubs: Stubs) -> None:
    url = (stubs[0].base_url,)
    chain = build("cite", ModelSettings(name="small", model="uncited", base_urls=url, role="simple"))
    assert (await ask(chain, "How long is leave?")).model == "small"
    assert (await ask(chain, "Why is leave so short?")).model == "cite"


async def test_the_cheapest_model_is_asked_in_passing(build: Build, stubs: Stubs) -> None:
    url = (stubs[0].base_url,)
    dear = ModelSettings(name="cite", base_urls=url, input_price=2, output_price=8)
    cheap = ModelSettings(name="uncited", base_urls=url, input_price=0.1, output_price=0.4)
    usage_meter = UsageMeter()
    reply = await MeteredCompleter(build(dear, cheap), usage_meter).complete("Say something.", 5)
    assert "rather not say" in reply
    assert [asked["model"] for asked in stubs[0].state.requests] == ["uncited"]
    (charge,) = usage_meter.charges
    assert (charge.model, charge.purpose, charge.is_estimated) == ("uncited", "question", False)
    assert charge.cost_usd > 0


async def test_in_passing_a_model_is_asked_once(build: Build, stubs: Stubs) -> None:
    chain = build("error", "cite")
    with pytest.raises(UpstreamUnavailable, match="does not answer"):
        await chain.complete("Say something.", 5, UsageMeter())
    assert counts(stubs)[0] == 1


async def test_in_passing_nobody_waits_long_and_a_slow_model_is_not_blamed(build: Build, stubs: Stubs) -> None:
    chain, usage_meter = build("stall", breaker_failures=1), UsageMeter()
    began = perf_counter()
    with pytest.raises(UpstreamUnavailable, match="silent"):
        await chain.complete("Say something.", 0.3, usage_meter)
    assert [(charge.output_tokens, charge.is_estimated) for charge in usage_meter.charges] == [(0, True)]
    assert perf_counter() - began < 1.5
    assert chain.models[0].replicas[0].breaker.may_ask


async def test_in_passing_a_model_that_rests_is_not_asked(build: Build, stubs: Stubs) -> None:
    chain = build("unauthorized", retries=0, breaker_failures=1)
    await chain.ping()
    await ask(chain)
    with pytest.raises(UpstreamUnavailable):
        await chain.ping()
    with pytest.raises(UpstreamUnavailable):
        await chain.complete("Say something.", 5, UsageMeter())
    assert counts(stubs)[0] == 1


async def test_clients_are_built_before_the_first_question_and_ask_nobody(build: Build, stubs: Stubs) -> None:
    chain = build(served("cite", stubs))
    await chain.load()
    assert all("_built" in vars(replica) for model in chain.models for replica in model.replicas)
    assert counts(stubs) == (0, 0)
    assert (await ask(chain)).model == "cite"


async def test_a_client_that_cannot_be_built_keeps_nothing_from_starting(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no such option")

    monkeypatch.setattr("rag.models.replica.build_model", fail)
    await build("cite").load()
