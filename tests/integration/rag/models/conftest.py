"""Chains of models on two stubs."""

from collections.abc import Callable, Iterator

import pytest

from core.settings import LLMSettings
from core.settings.chain import ModelSettings
from rag.models import model_call
from rag.models.chain import ModelChain
from tests.model_chains import TIMEOUT_S, Clock
from tests.stub_llm import RunningStub, running_stub

BuildChain = Callable[..., ModelChain]


@pytest.fixture
def clock() -> Clock:
    """What the breakers go by."""
    return Clock()


@pytest.fixture(scope="session")
def second_stub() -> Iterator[RunningStub]:
    """Another server of the same models."""
    with running_stub() as running:
        yield running


@pytest.fixture
def stubs(stub: RunningStub, second_stub: RunningStub) -> tuple[RunningStub, RunningStub]:
    """Both servers, with nothing asked yet."""
    for each in (stub, second_stub):
        each.behave(None)
        each.state.requests.clear()
        each.state.addresses.clear()
    return stub, second_stub


@pytest.fixture
def build(stubs: tuple[RunningStub, RunningStub], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> BuildChain:
    """``build("error", "cite")``: a chain of models by their behaviour; other settings by name."""
    monkeypatch.setattr(model_call, "FIRST_WAIT_S", 0.02)

    def make(*models: str | ModelSettings, **patience: float) -> ModelChain:
        chain = [model if isinstance(model, ModelSettings) else on(model, stubs[0].base_url) for model in models]
        return ModelChain(chain, LLMSettings.model_validate(patience), clock)

    return make


def on(name: str, *base_urls: str) -> ModelSettings:
    """A model on some servers."""
    return ModelSettings(name=name, base_urls=base_urls, timeout_s=TIMEOUT_S)
