"""Follow-up questions."""

import pytest

from rag.retrieval.query import folded, is_follow_up


@pytest.mark.parametrize(
    "question",
    ["And for contractors?", "What about Germany?", "How long is it?", "Why?", "How many weeks?", "Who approves that?"],
)
def test_follow_ups_are_recognised(question: str) -> None:
    assert is_follow_up(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the parental leave policy?",
        "What is SOC2?",
        "How do managers support their teams when somebody is on leave?",
        "Where do I report a security incident?",
        "Summarise the travel policy",
    ],
)
def test_questions_that_stand_alone_are_left_alone(question: str) -> None:
    assert not is_follow_up(question)


def test_a_follow_up_brings_the_question_it_follows() -> None:
    assert folded("How long is it?", ["What is parental leave?"]) == "What is parental leave? How long is it?"


def test_a_chain_of_follow_ups_goes_back_to_its_beginning() -> None:
    earlier = ["Who runs the office?", "What is parental leave?", "And for contractors?"]
    assert folded("How long is it?", earlier) == "What is parental leave? And for contractors? How long is it?"


def test_without_a_history_there_is_nothing_to_fold() -> None:
    assert folded("How long is it?", []) == "How long is it?"
