"""Which sentences of an answer need a source, and which numbers stand behind them."""

import pytest

from rag.grounding.markers import parse
from rag.grounding.statements import Statement, statements


def stated(answer: str, question: str = "") -> list[tuple[str, Statement]]:
    marked = parse(answer)
    return [(marked.bare[one.sentence.start : one.sentence.end], one) for one in statements(marked, question)]


def claims(answer: str) -> list[str]:
    return [text for text, statement in stated(answer) if statement.is_claim]


CLAIM = "Visitors wear a badge at all times."


@pytest.mark.parametrize(
    "other",
    [
        "# Rules for visitors here",
        "**Rules for visitors here**",
        "```\nwear = badge + visitor\n```",
        "What do visitors wear in the office?",
        "Hello there!",
        "Sure.",
        "Here is what visitors have to know.",
        "I hope this helps with your visit!",
        "If you have further questions about visitors, let me know.",
        "The documents do not say what visitors wear.",
        "Visitors have to do this:",
        "Yes.",
    ],
)
def test_what_claims_nothing(other: str) -> None:
    assert claims(f"{other}\n\n{CLAIM}") == [CLAIM]


@pytest.mark.parametrize(
    "text",
    [
        "Sure, visitors wear a red badge.",
        "Visitors get 3 badges, of which:",
        "The sources do not say why, but visitors wear a badge.",
        "Smoking is allowed.",
        "25 days.",
        "访客必须佩戴徽章。",
        "ผู้เยี่ยมชมต้องติดป้าย",
    ],
)
def test_what_claims_something(text: str) -> None:
    assert claims(f"{text} \n\n{CLAIM}") == [text, CLAIM]


def test_the_only_sentence_is_a_claim_however_short() -> None:
    assert claims("Lisbon.") == ["Lisbon."]
    assert claims("Hello!") == []


def test_a_list_is_introduced_and_its_items_claim() -> None:
    answer = "These are the main rules for a visit\n\n- Visitors sign in at the desk\n- Visitors wear a badge"
    assert claims(answer) == ["Visitors sign in at the desk", "Visitors wear a badge"]


def test_the_header_of_a_table_names_its_columns() -> None:
    answer = "| Kind of leave | Days of leave |\n|---|---|\n| Paid vacation | 25 |\n| Parental leave | 112 |"
    assert claims(answer) == ["| Paid vacation | 25 |", "| Parental leave | 112 |"]


def test_numbers_cited_in_the_paragraph_are_nearby() -> None:
    answer = "Visitors sign in. They wear a badge [2].\n\nThe office is open. It is big [3]:\n\n- one desk\n- a door"
    near = {text: sorted(statement.nearby) for text, statement in stated(answer)}
    assert near["Visitors sign in."] == [2]
    assert near["The office is open."] == near["one desk"] == near["a door"] == [3]


def test_the_question_completes_a_short_claim() -> None:
    ((_, statement),) = stated("Yes [2].", "Is parental leave paid?")
    assert statement.claim.full_text == "Is parental leave paid? Yes."
    assert statement.numbers == [2]
