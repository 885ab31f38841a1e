"""What is searched for, with a model over real HTTP: one call at most, and none where a setting or a failure says so."""

from collections.abc import Callable

import pytest

from core.settings import LLMSettings, RetrievalSettings
from rag.models.chain import MeteredCompleter, ModelChain
from rag.models.completer import Completer
from rag.models.usage_meter import UsageMeter
from rag.retrieval.query import SearchQueries, search_queries
from rag.types import Turn
from tests.stub_llm import RunningStub

Model = Callable[[str], Completer]
HISTORY = (Turn(question="What is parental leave?", answer="Leave for parents [1]."),)
FOLLOW_UP = "How long is it?"
TWO = "How long is parental leave and when does the office open?"


@pytest.fixture
def model(stub: RunningStub) -> Model:
    """A model of the stub, by its behaviour."""
    stub.behave(None)
    stub.state.requests.clear()

    def make(name: str) -> Completer:
        settings = LLMSettings(model=name, base_url=stub.base_url, timeout_s=2.0)
        return MeteredCompleter(ModelChain(settings.models(), settings), UsageMeter())

    return make


async def test_a_follow_up_is_condensed_by_one_call(model: Model, stub: RunningStub) -> None:
    found = await search_queries(FOLLOW_UP, HISTORY, model("cite"), RetrievalSettings())
    assert found == SearchQueries("How long is it? (What is parental leave?)", by="model")
    assert len(stub.state.requests) == 1


async def test_without_a_history_the_model_is_not_asked(model: Model, stub: RunningStub) -> None:
    assert await search_queries(FOLLOW_UP, (), model("cite"), RetrievalSettings()) == SearchQueries(FOLLOW_UP)
    assert stub.state.requests == []


async def test_when_condensing_fails_a_rule_understands_the_follow_up(model: Model) -> None:
    found = await search_queries(FOLLOW_UP, HISTORY, model("error"), RetrievalSettings())
    assert (found.query, found.by) == ("How long is parental leave?", "rule")
    assert found.failure


@pytest.mark.parametrize(("mode", "query"), [("rule", "How long is parental leave?"), ("off", FOLLOW_UP)])
async def test_the_model_is_not_asked_where_a_setting_says_so(
    model: Model, stub: RunningStub, mode: str, query: str
) -> None:
    settings = RetrievalSettings.model_validate({"standalone": mode, "queries": 3})
    assert (await search_queries(FOLLOW_UP, HISTORY, model("cite"), settings)).query == query
    assert stub.state.requests == []


async def test_parts_of_a_question_come_with_the_same_call(model: Model, stub: RunningStub) -> None:
    found = await search_queries(TWO, (), model("cite"), RetrievalSettings(queries=3))
    assert found == SearchQueries(TWO, ("How long is parental leave?", "when does the office open?"), by="model")
    assert len(stub.state.requests) == 1


async def test_a_follow_up_is_condensed_and_taken_apart_by_one_call(model: Model, stub: RunningStub) -> None:
    found = await search_queries("How long is it and who pays?", HISTORY, model("cite"), RetrievalSettings(queries=2))
    assert found.query == "How long is it and who pays? (What is parental leave?)"
    assert found.further == ("How long is it?",)  # no more than the setting says
    assert len(stub.state.requests) == 1
