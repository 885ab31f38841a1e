"""Taking out what stands between marks."""

import re
from concurrent.futures import Executor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.markup import without
from tests.growth import MOST_GROWTH, growth

OPENING = re.compile(r"<!--|<(?:script|style)\b", re.IGNORECASE)
CLOSING = {
    "<!--": re.compile("-->"),
    "<script": re.compile(r"</script\s*>", re.IGNORECASE),
    "<style": re.compile(r"</style\s*>", re.IGNORECASE),
}
AS_AN_EXPRESSION = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a<!-- b -->c", "a|c"),
        ("<SCRIPT>if (a<b) {}</Script >text", "|text"),
        ("a <!-- no end", "a <!-- no end"),
        ("<script>no end <!-- b --> c", "<script>no end | c"),
        ("<!-- <script> --> b </script>", "| b </script>"),
        ("<style><!-- a --></style>b", "|b"),
        ("", ""),
    ],
)
def test_what_is_enclosed_is_taken_out(text: str, left: str) -> None:
    assert without(text, OPENING, CLOSING, "|") == left


@given(
    st.lists(st.sampled_from(["<!--", "-->", "<script", ">", "</script>", "<style>", "</style >", "a", " "])).map(
        "".join
    )
)
def test_it_is_what_an_expression_would_leave(text: str) -> None:
    assert without(text, OPENING, CLOSING, "|") == AS_AN_EXPRESSION.sub("|", text)


@pytest.mark.parametrize("mark", ["<!--", "<script>", "<script><!--", "<!-- --", "</script", "<!---->"])
def test_marks_without_end_cost_no_more_than_others(mark: str, alone: Executor) -> None:
    assert alone.submit(growth_of, mark).result() < MOST_GROWTH


def growth_of(mark: str) -> float:
    """By how much the time grows with the number of such marks."""
    return growth(lambda text: without(text, OPENING, CLOSING), lambda size: mark * (size // len(mark)))
