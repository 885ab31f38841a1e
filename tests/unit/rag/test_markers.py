"""Reading and writing citation markers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.grounding.markers import numbers_in, parse, render


@pytest.mark.parametrize(
    ("answer", "bare", "numbers"),
    [
        ("It is so [1].", "It is so.", [(1,)]),
        ("It is so.[1][2] Yes.", "It is so. Yes.", [(1,), (2,)]),
        ("It is so [1, 3].", "It is so.", [(1, 3)]),
        ("It is so [1-3].", "It is so.", [(1, 2, 3)]),
        ("It is so [1–3; 7].", "It is so.", [(1, 2, 3, 7)]),
        ("It is so 【1†source】.", "It is so.", [(1,)]),
        ("It is so [^2].", "It is so.", [(2,)]),
        ("It is so [Source 2].", "It is so.", [(2,)]),
        (r"It is so \[2\].", "It is so.", [(2,)]),
        ("It is so [1](http://evil.example).", "It is so.", [(1,)]),
        ("Use `a[1]` here [2].", "Use `a[1]` here.", [(2,)]),
        ("```\nx = a[0]\n```\nDone [1].", "```\nx = a[0]\n```\nDone.", [(1,)]),
        ("The year [2019] stays.", "The year [2019] stays.", []),
        ("Cut off [1", "Cut off", []),
        ("It is so [unsupported] [1].", "It is so.", [(1,)]),
    ],
)
def test_parse(answer: str, bare: str, numbers: list[tuple[int, ...]]) -> None:
    marked = parse(answer)
    assert marked.bare == bare
    assert [marker.numbers for marker in marked.markers] == numbers


def test_markers_know_where_they_stood() -> None:
    marked = parse("One [1]. Two [2].")
    insertions = {marker.position: f"{marker.space}[{marker.numbers[0]}]" for marker in marked.markers}
    assert render(marked.bare, insertions) == "One [1]. Two [2]."


@given(st.text(alphabet=st.sampled_from("ab .[]0123456789,`\n-^(")))
def test_the_bare_text_holds_no_marker(answer: str) -> None:
    assert numbers_in(parse(answer).bare) == []


def test_a_marker_between_two_code_marks_leaves_them_apart() -> None:
    assert parse("`x[7]` [1]```\ncode").bare == "`x[7]` ```\ncode"
