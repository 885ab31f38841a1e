"""Whether an answer says what is expected of it."""

import pytest

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.points import missing_points, says

LEAVE = "How many days of paid annual leave does an employee receive?"
ANSWER = "Each employee receives 25 days of paid annual leave. Requests are approved by the line manager within 3 working days."


@pytest.mark.parametrize(
    ("text", "expected", "is_said"),
    [
        ("It takes 25 days.", "25 days", True),
        ("It takes 125 days.", "25 days", False),
        ("It takes 25 working days.", "25 days", False),
        ("The LINE Manager approves.", "line manager", True),
        ("年假为二十五天。", "二十五天", True),
        ("Ｔｗｏ weeks", "two weeks", True),
    ],
)
def test_words_one_after_the_other(text: str, expected: str, is_said: bool) -> None:
    assert says(text, expected) is is_said


@pytest.mark.parametrize(
    ("point", "is_made"),
    [
        ("25 days", True),
        ("25 days of paid leave", True),
        ("20 days", False),
        ("2.5 days", False),
        ("the line manager approves requests", True),
        ("requests take at most 3 working days", True),
        ("managers must approve a leave request in 3 days", True),  # other words
        ("the canteen opens at noon", False),
        ("line manager", True),
        ("requests are not approved by the line manager", False),
        ("unpaid leave", False),
    ],
)
async def test_a_point_is_found_by_words_numbers_and_meaning(
    point: str, is_made: bool, embeddings: FootnoteEmbeddings
) -> None:
    missing = await missing_points([point], ANSWER, LEAVE, embeddings)
    assert missing == (() if is_made else (point,))


async def test_several_points_are_told_apart(embeddings: FootnoteEmbeddings) -> None:
    points = ["25 days", "30 days", "line manager", "the works council"]
    assert await missing_points(points, ANSWER, LEAVE, embeddings) == ("30 days", "the works council")


async def test_nothing_is_said_by_no_answer(embeddings: FootnoteEmbeddings) -> None:
    assert await missing_points(["25 days"], "", LEAVE, embeddings) == ("25 days",)
    assert await missing_points([], "", LEAVE, embeddings) == ()
