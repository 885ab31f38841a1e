"""Which questions go to the cheap model."""

from uuid import uuid4

import pytest

from core.settings import LLMSettings
from core.settings.chain import ModelSettings
from rag.models.chain import ModelChain
from rag.models.routing import is_simple
from rag.types import Source
from tests.chunks import chunk, sources


def from_documents(count: int) -> list[Source]:
    return [Source(number=n + 1, chunk=chunk(f"Text {n}.", document_id=uuid4(), index=n)) for n in range(count)]


@pytest.mark.parametrize(
    "question",
    [
        "How many days of leave do employees get?",
        "Who signs the expense report?",
        "When does the office open on Fridays?",
        "Wie viele Urlaubstage gibt es?",
        "年休は何日ですか。",
        "Есть ли пандус у входа?",
    ],
)
def test_simple_questions(question: str) -> None:
    assert is_simple(question, sources("One."))


@pytest.mark.parametrize(
    "question",
    [
        "Why do contractors get less leave?",
        "Compare parental and sick leave.",
        "What is the difference between parental and sick leave?",
        "List all forms that a new employee signs.",
        "How long is leave? And who approves it?",
        "Warum gibt es weniger Urlaub?",
        "为什么合同工的假期更少？",
        "What has to be done first, and by whom, when an employee who works abroad falls ill during their leave at home?",
        "a" * 200,
    ],
)
def test_questions_that_want_more(question: str) -> None:
    assert not is_simple(question, sources("One."))


def test_evidence_in_many_documents_is_not_simple() -> None:
    assert is_simple("How long is leave?", from_documents(3))
    assert not is_simple("How long is leave?", from_documents(4))


def test_a_chain_is_sorted_for_the_question() -> None:
    models = (ModelSettings(name="large"), ModelSettings(name="small", role="simple"), ModelSettings(name="other"))
    chain = ModelChain(models, LLMSettings())

    def order(question: str) -> list[str]:
        return [model.settings.name for model in chain.route(question, sources("One."))]

    assert order("How long is leave?") == ["small", "large", "other"]
    assert order("Why is leave so short?") == ["large", "other", "small"]
